/**
 * How the images of a case hang when it is opened for the first time: pure, from the list of studies alone, so that
 * every site hangs the same. The first rule that fits wins; the newest study comes first.
 */

import { linkedTo } from "./linked"
import { type Breast, breastsOf, flipsOf } from "./mammograms"
import { indexOf, type Manifest } from "./manifest"
import { axisName, isScout } from "./series-kind"
import { firstSeries, mayShow, opened, type Picture, type SeriesInfo, type StudyInfo } from "./series-list"
import type { Layout, ViewState } from "./view-state"

/** What one viewport shows: an image by name, or the middle one. */
export type Slot = {
  readonly series: SeriesInfo
  readonly sopUid: string | null
  readonly frame: number
  readonly flipH: boolean
  readonly flipV: boolean
}

export type Hanging = {
  readonly layout: Layout
  readonly slots: readonly (Slot | null)[]
  readonly linked: boolean
}

const VOLUMES: readonly string[] = ["CT", "MR", "PT"]
const SHADOWS: readonly string[] = ["CR", "DX", "RG"]
const CLIPS: readonly string[] = ["US", "IVUS", "XA", "RF", "ES"]
/** Fewer images are looked at one by one and not scrolled. */
const STACK = 4
/** An axial series leads if it has at least this share of the largest one's images: a bolus monitor does not. */
const AXIAL_SHARE = 1 / 4

/** Null when nothing can be shown yet. */
export function hang(studies: readonly StudyInfo[]): Hanging | null {
  const newest = [...studies].sort((a, b) => (b.study_date ?? "").localeCompare(a.study_date ?? ""))
  for (const rule of [volumes, mammograms, clips, shadows])
    for (const [at, study] of newest.entries()) {
      const hanging = rule(study, newest.slice(at + 1))
      if (hanging) return hanging
    }
  const first = firstSeries(studies)
  return first && placed([middle(first)], false)
}

/** CT and MR: beside the earlier study, MR sequences of one frame of reference together, else the main series. */
function volumes(study: StudyInfo, earlier: readonly StudyInfo[]): Hanging | null {
  const main = mainOf(study)
  if (!main) return null
  const before = earlier.find(old => comparable(study, main, old, mainOf(old)))
  const prior = before && (alike(before, main) ?? mainOf(before))
  if (prior) return placed([middle(main), middle(prior)], true)
  const others = main.modality === "MR" ? sequencesBeside(study, main) : []
  return placed([main, ...others].slice(0, 4).map(middle), others.length > 0)
}

function stacksOf(study: StudyInfo): readonly SeriesInfo[] {
  const stacks = study.series.filter(
    s => mayShow(s) && VOLUMES.includes(s.modality) && s.image_count >= STACK,
  )
  const wanted = stacks.filter(series => !isScout(series))
  return wanted.length > 0 ? wanted : stacks
}

/** Most images, axial before other directions. */
function mainOf(study: StudyInfo): SeriesInfo | null {
  const stacks = stacksOf(study)
  const most = largest(stacks)
  const axial = stacks.filter(
    series => axisName(series) === "axial" && series.image_count >= (most?.image_count ?? 0) * AXIAL_SHARE,
  )
  return largest(axial) ?? most
}

function largest(series: readonly SeriesInfo[]): SeriesInfo | null {
  return series.reduce<SeriesInfo | null>((a, b) => (a && a.image_count >= b.image_count ? a : b), null)
}

/** Those of the main one's direction first: they scroll with it. */
function sequencesBeside(study: StudyInfo, main: SeriesInfo): readonly SeriesInfo[] {
  const frame = main.frame_of_reference_uid
  const others = stacksOf(study).filter(
    series =>
      series !== main && series.modality === "MR" && frame !== "" && series.frame_of_reference_uid === frame,
  )
  const along = (series: SeriesInfo) => axisName(series) === axisName(main)
  return [...others.filter(along), ...others.filter(series => !along(series))]
}

/** Another day, the same modality and part of the body; where no part is named, the same name of the study. */
function comparable(study: StudyInfo, now: SeriesInfo, old: StudyInfo, then: SeriesInfo | null): boolean {
  if (!then || then.modality !== now.modality) return false
  if (!study.study_date || !old.study_date || study.study_date === old.study_date) return false
  if (now.body_part && then.body_part) return folded(now.body_part) === folded(then.body_part)
  return folded(study.description) !== "" && folded(study.description) === folded(old.description)
}

/** The series of an earlier study that has the same name. */
function alike(study: StudyInfo, series: SeriesInfo): SeriesInfo | null {
  const name = folded(series.description)
  return (name && stacksOf(study).find(old => folded(old.description) === name)) || null
}

const folded = (text: string) => text.trim().toUpperCase()

/** RCC LCC above RMLO LMLO, chest walls in the middle; one pair alone is side by side. */
function mammograms(study: StudyInfo): Hanging | null {
  const rows = breastsOf(study).filter(row => row.some(breast => breast !== null))
  const slots = rows.flat().map(breast => breast && hungBreast(breast))
  return slots.filter(slot => slot !== null).length < 2 ? null : placed(slots, false)
}

function hungBreast({ series, picture }: Breast): Slot {
  return { ...named(series, picture), ...flipsOf(picture) }
}

/** Images that run: the clip with most of them, from its first on. */
function clips(study: StudyInfo): Hanging | null {
  const found = picturesOf(study, CLIPS).filter(({ picture }) => picture.frames > 1)
  const [longest] = found.sort((a, b) => b.picture.frames - a.picture.frames)
  return longest ? placed([{ ...named(longest.series, longest.picture), frame: 1 }], false) : null
}

const FRONTAL: readonly string[] = ["PA", "AP"]
const LATERAL: readonly string[] = ["LL", "RL", "LAT", "LATERAL", "LLO", "RLO"]

/** X-rays: the front and the side, else the first two; one alone beside the earlier one of the same part. */
function shadows(study: StudyInfo, earlier: readonly StudyInfo[]): Hanging | null {
  const all = picturesOf(study, SHADOWS)
  const of = (views: readonly string[]) => all.find(({ picture }) => views.includes(picture.view_position))
  const front = of(FRONTAL) ?? all[0]
  if (!front) return null
  const second = of(LATERAL) ?? all.find(other => other !== front) ?? priorOf(study, front.series, earlier)
  const pair = second && second !== front ? [front, second] : [front]
  return placed(
    pair.map(({ series, picture }) => named(series, picture)),
    false,
  )
}

function priorOf(study: StudyInfo, now: SeriesInfo, earlier: readonly StudyInfo[]): Pictured | undefined {
  return earlier
    .flatMap(old => picturesOf(old, SHADOWS).filter(({ series }) => comparable(study, now, old, series)))
    .at(0)
}

type Pictured = { readonly series: SeriesInfo; readonly picture: Picture }

function picturesOf(study: StudyInfo, modalities: readonly string[]): Pictured[] {
  return study.series
    .filter(series => mayShow(series) && modalities.includes(series.modality))
    .flatMap(series => series.pictures.map(picture => ({ series, picture })))
    .filter(({ picture }) => !picture.for_processing)
}

const middle = (series: SeriesInfo): Slot => ({ series, sopUid: null, frame: 1, flipH: false, flipV: false })
const named = (series: SeriesInfo, { sop_uid, frame }: Picture): Slot => ({
  ...middle(series),
  sopUid: sop_uid,
  frame,
})

function placed(slots: readonly (Slot | null)[], linked: boolean): Hanging {
  const layout: Layout = slots.length > 2 ? 4 : slots.length === 2 ? 2 : 1
  return { layout, slots: Array.from({ length: layout }, (_, i) => slots[i] ?? null), linked }
}

export type ManifestOf = (seriesUid: string) => Manifest | null

/** The view of a hanging; series that scroll together begin at the same place of the patient. */
export function hung({ layout, slots, linked }: Hanging, manifestOf: ManifestOf): ViewState {
  const viewports = slots.map(slot => {
    const manifest = slot && manifestOf(slot.series.series_uid)
    const viewport = manifest && opened(manifest, slot.series.default_window)
    if (!viewport) return null
    const known = slot.sopUid !== null && indexOf(manifest, slot.sopUid, slot.frame) >= 0
    const image = known ? { sop_uid: slot.sopUid ?? "", frame: slot.frame } : {}
    return { ...viewport, ...image, flip_h: slot.flipH, flip_v: slot.flipV }
  })
  const view: ViewState = { layout, active: 0, viewports, linked }
  return linkedTo(view, view, index => manifestOf(viewports[index]?.series_uid ?? ""))
}

/** Tells two hangings apart. */
export function hangingKey(hanging: Hanging | null): string {
  const slots = hanging?.slots.map(slot => [slot?.series.series_uid, slot?.sopUid, slot?.flipH, slot?.flipV])
  return JSON.stringify([hanging?.linked, slots])
}
