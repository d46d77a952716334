/** Marks on an image: where they are, what they say; pure. */

import { lengthOf, type Point, planeOf } from "./geometry"
import type { ImageEntry } from "./manifest"

export type MarkKind = "length" | "arrow" | "text" | "roi"

export type Mark = {
  readonly id: string
  readonly kind: MarkKind
  readonly study_uid: string
  readonly series_uid: string
  readonly sop_uid: string
  readonly frame: number
  readonly points: readonly Point[]
  readonly text?: string
  readonly value?: string
  readonly by?: string
  readonly at?: string
}

const KINDS: readonly unknown[] = ["length", "arrow", "text", "roi"]
const POINTS: { readonly [kind in MarkKind]: number } = { length: 2, arrow: 2, text: 1, roi: 2 }

/** A mark from the wire, or null when it cannot be drawn. */
export function parseMark(value: unknown): Mark | null {
  const mark = value as Mark | null
  if (typeof mark !== "object" || mark === null || !KINDS.includes(mark.kind)) return null
  if (typeof mark.id !== "string" || typeof mark.sop_uid !== "string" || !Array.isArray(mark.points))
    return null
  const points = mark.points.every(p => Array.isArray(p) && Number.isFinite(p[0]) && Number.isFinite(p[1]))
  return points && mark.points.length >= POINTS[mark.kind] ? mark : null
}

/** What a length says: millimetres by the image's spacing, pixels when it has none. */
export function lengthText(image: ImageEntry, points: readonly [Point, Point]): string {
  const plane = planeOf(image)
  const length = lengthOf(plane, points)
  return plane.scaled ? `${length.toFixed(1)} mm` : `${Math.round(length)} px`
}

export type Drawn = { readonly kind: MarkKind; readonly points: readonly Point[]; readonly text?: string }

/** A mark ready for the log; a length carries its value as shown, so that the record needs no viewer to read it. */
export function marked(
  id: string,
  at: { readonly study_uid: string; readonly series_uid: string },
  image: ImageEntry,
  { kind, points, text }: Drawn,
): Mark {
  const [a, b] = points
  const value = kind === "length" && a && b ? { value: lengthText(image, [a, b]) } : {}
  return {
    id,
    kind,
    study_uid: at.study_uid,
    series_uid: at.series_uid,
    sop_uid: image.sopUid,
    frame: image.frame,
    points: points.map(([column, row]) => [hundredth(column), hundredth(row)]),
    ...(text ? { text } : {}),
    ...value,
  }
}

export function marksOn(marks: readonly Mark[], sopUid: string, frame: number): readonly Mark[] {
  return marks.filter(mark => mark.sop_uid === sopUid && mark.frame === frame)
}

const hundredth = (value: number) => Math.round(value * 100) / 100
