/** The studies of a case as the viewer needs them, and what is opened first: pure. */

import type { Manifest, Window } from "./manifest"
import { openingWindow } from "./presets"
import { EMPTY_VIEW, type ViewportState, type ViewState } from "./view-state"

/** What decides where an image hangs; empty where its header does not say. */
export type Picture = {
  readonly sop_uid: string
  readonly frame: number
  /** Of the object it is one of. */
  readonly frames: number
  readonly laterality: "" | "L" | "R" | "B"
  readonly view_position: string
  readonly image_type: readonly string[]
  /** Where rows and columns go (PS3.3 C.7.6.1.1.1). */
  readonly patient_orientation: readonly string[]
  /** Raw detector values, which no doctor reads. */
  readonly for_processing: boolean
  readonly orientation: readonly number[] | null
}

export type SeriesInfo = {
  readonly series_uid: string
  readonly number: number | null
  readonly modality: string
  readonly description: string
  readonly body_part: string
  readonly frame_of_reference_uid: string
  readonly image_count: number
  /** Of these, how many have a delivery copy that can be shown. */
  readonly published_count: number
  readonly state: "receiving" | "ready" | "failed"
  readonly default_window: Window | null
  readonly thumbnail_url: string | null
  readonly burned_in: "clear" | "may_show_a_name"
  readonly name_said: "no_name" | "name" | null
  /** Its pixels may show the patient's name, and are not for this person. */
  readonly withheld: boolean
  /** A few images, or of a stack the middle one. */
  readonly pictures: readonly Picture[]
}

export type StudyInfo = {
  readonly study_uid: string
  readonly description: string
  /** yyyy-mm-dd */
  readonly study_date: string | null
  readonly series: readonly SeriesInfo[]
}

/** Series of reports have none: they are read, not looked at. */
export const hasPictures = (series: Pick<SeriesInfo, "image_count" | "state">): boolean =>
  series.image_count > 0 || series.state !== "ready"

export function allSeries(studies: readonly StudyInfo[]): readonly SeriesInfo[] {
  return studies.flatMap(study => study.series).filter(hasPictures)
}

/** Series of which something can be shown; what of them is still on its way joins them. */
export function shownSeries(studies: readonly StudyInfo[]): readonly SeriesInfo[] {
  return allSeries(studies).filter(mayShow)
}

export const mayShow = (series: SeriesInfo): boolean => series.published_count > 0 && !series.withheld

/** Who gets the pixels of a series: everybody, others but not this person, or this person but not everybody. */
export function audienceOf(
  studies: readonly StudyInfo[],
  seriesUid: string | undefined,
): "all" | "others" | "some" {
  const series = allSeries(studies).find(one => one.series_uid === seriesUid)
  if (!series) return "all"
  if (series.withheld) return "others"
  const open = series.name_said === "no_name" || (!series.name_said && series.burned_in === "clear")
  return open ? "all" : "some"
}

/** The first stack that is worth scrolling, else the first series: every site opens the same one. */
export function firstSeries(studies: readonly StudyInfo[]): SeriesInfo | null {
  const shown = shownSeries(studies)
  return shown.find(series => series.published_count > 3) ?? shown[0] ?? null
}

/** A series as it opens: its middle image, the file's window, fitted. */
export function opened(manifest: Manifest, ofSeries: Window | null): ViewportState | null {
  const image = manifest.images[Math.floor(manifest.images.length / 2)]
  if (!image) return null
  return {
    study_uid: manifest.studyUid,
    series_uid: manifest.seriesUid,
    sop_uid: image.sopUid,
    frame: image.frame,
    window: openingWindow(image, manifest.modality, ofSeries),
    zoom: 1,
    pan: [0, 0],
    rotation: 0,
    flip_h: false,
    flip_v: false,
    invert: false,
    cine_fps: null,
    plane: "acquired",
    cut_mm: 0,
  }
}

export function openedView(manifest: Manifest, ofSeries: Window | null): ViewState {
  return { ...EMPTY_VIEW, viewports: [opened(manifest, ofSeries)] }
}

/** Series not on screen yet, in order, for the empty viewports of a new layout. */
export function unseen(view: ViewState, studies: readonly StudyInfo[]): readonly SeriesInfo[] {
  const seen = new Set(view.viewports.map(viewport => viewport?.series_uid))
  return shownSeries(studies).filter(series => !seen.has(series.series_uid))
}
