/** Marks on an image: where they are, what they say; pure. */

import type { Pixels } from "./decode"
import type { Point } from "./geometry"
import type { ImageEntry } from "./manifest"
import { type MarkKind, MEASURES, type Measures, measured, unitOf } from "./measures"

export type Mark = {
  readonly id: string
  readonly kind: MarkKind
  readonly study_uid: string
  readonly series_uid: string
  readonly sop_uid: string
  readonly frame: number
  readonly points: readonly Point[]
  readonly text?: string
  /** What was measured, in the words of the record. */
  readonly value?: string
  readonly measures?: Measures
  readonly unit?: string
  readonly by?: string
  readonly at?: string
}

const POINTS: { readonly [kind in MarkKind]: number } = {
  length: 2,
  angle: 3,
  ellipse: 2,
  roi: 2,
  arrow: 2,
  text: 1,
}

/** A mark from the wire, or null when it cannot be drawn. */
export function parseMark(value: unknown): Mark | null {
  const mark = value as Mark | null
  if (typeof mark !== "object" || mark === null || !Object.hasOwn(POINTS, mark.kind)) return null
  if (typeof mark.id !== "string" || typeof mark.sop_uid !== "string" || !Array.isArray(mark.points))
    return null
  const points = mark.points.every(p => Array.isArray(p) && Number.isFinite(p[0]) && Number.isFinite(p[1]))
  if (!points || mark.points.length < POINTS[mark.kind]) return null
  const { measures: wired, ...rest } = mark
  const measures = parseMeasures(wired)
  return measures ? { ...rest, measures } : rest
}

function parseMeasures(value: unknown): Measures | null {
  if (typeof value !== "object" || value === null) return null
  const wired = value as { readonly [name: string]: unknown }
  const known = MEASURES.filter(name => typeof wired[name] === "number" && Number.isFinite(wired[name]))
  return known.length > 0 ? Object.fromEntries(known.map(name => [name, wired[name]])) : null
}

export type Drawn = { readonly kind: MarkKind; readonly points: readonly Point[]; readonly text?: string }

/** An image a mark is drawn on. */
export type MarkedImage = {
  readonly manifest: { readonly studyUid: string; readonly seriesUid: string; readonly modality: string }
  readonly image: ImageEntry
  readonly pixels: Pixels
}

/** Says measures in the language of the record. */
export type Recorded = (measures: Measures, unit: string) => string

/** A mark ready for the log; it carries its value in words, so that the record needs no viewer to read it. */
export function marked(id: string, on: MarkedImage, drawn: Drawn, recorded: Recorded): Mark {
  const { image, manifest } = on
  const measures = measured(image, drawn.kind, drawn.points, on.pixels)
  const unit = measures.mean === undefined ? "" : unitOf(manifest.modality)
  const value = recorded(measures, unit)
  return {
    id,
    kind: drawn.kind,
    study_uid: manifest.studyUid,
    series_uid: manifest.seriesUid,
    sop_uid: image.sopUid,
    frame: image.frame,
    points: drawn.points.map(([column, row]) => [hundredth(column), hundredth(row)]),
    ...(drawn.text ? { text: drawn.text } : {}),
    ...(value ? { value, measures } : {}),
    ...(unit ? { unit } : {}),
  }
}

/** The measures of a mark; those of a log written before they were kept are measured again where they can be. */
export function measuresOf(mark: Mark, image: ImageEntry): Measures {
  return mark.measures ?? measured(image, mark.kind, mark.points, null)
}

export function marksOn(marks: readonly Mark[], sopUid: string, frame: number): readonly Mark[] {
  return marks.filter(mark => mark.sop_uid === sopUid && mark.frame === frame)
}

const hundredth = (value: number) => Math.round(value * 100) / 100
