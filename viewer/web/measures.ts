/** What a mark measures: lengths and areas by the image's spacing, grey values from its lossless pixels; pure. */

import type { Pixels } from "./decode"
import { lengthOf, type Point, planeOf } from "./geometry"
import type { ImageEntry } from "./manifest"

export type MarkKind = "length" | "angle" | "ellipse" | "roi" | "arrow" | "text"

export const MEASURES = [
  "length_mm",
  "length_px",
  "angle_deg",
  "area_mm2",
  "area_px2",
  "mean",
  "sd",
  "min",
  "max",
] as const
export type Measure = (typeof MEASURES)[number]
export type Measures = { readonly [name in Measure]?: number }

/** Marks that are worth nothing on an image that is not lossless yet. */
export const measuresKind = (kind: string): boolean =>
  kind === "length" || kind === "angle" || kind === "ellipse" || kind === "roi"

/** Grey values of CT are Hounsfield units; of the others no unit is known here. */
export const unitOf = (modality: string): string => (modality === "CT" ? "HU" : "")

/** The measures of a mark; without `pixels` those that need none. */
export function measured(
  image: ImageEntry,
  kind: MarkKind,
  points: readonly Point[],
  pixels: Pixels | null,
): Measures {
  const plane = planeOf(image)
  const [a, b, c] = points
  if (!a || !b) return {}
  if (kind === "length") {
    const length = hundredth(lengthOf(plane, [a, b]))
    return plane.scaled ? { length_mm: length } : { length_px: length }
  }
  if (kind === "angle") return c ? { angle_deg: hundredth(angleOf(plane.spacing, a, b, c)) } : {}
  if (kind !== "ellipse" && kind !== "roi") return {}
  const box = Math.abs(b[0] - a[0]) * Math.abs(b[1] - a[1]) * (kind === "ellipse" ? Math.PI / 4 : 1)
  const area = hundredth(box * plane.spacing[0] * plane.spacing[1])
  const greys = pixels && pixels.components === 1 ? greysIn(image, kind, [a, b], pixels) : {}
  return { ...(plane.scaled ? { area_mm2: area } : { area_px2: area }), ...greys }
}

/** The angle at `b` in degrees, in the patient's millimetres and not in pixels that may be oblong. */
function angleOf([down, across]: readonly [number, number], a: Point, b: Point, c: Point): number {
  const [ax, ay] = [(a[0] - b[0]) * across, (a[1] - b[1]) * down]
  const [cx, cy] = [(c[0] - b[0]) * across, (c[1] - b[1]) * down]
  return (Math.atan2(Math.abs(ax * cy - ay * cx), ax * cx + ay * cy) * 180) / Math.PI
}

/** Mean, deviation and ends over the pixels whose centre lies inside; nothing when none does. */
function greysIn(
  image: ImageEntry,
  kind: "ellipse" | "roi",
  [a, b]: readonly [Point, Point],
  { values }: Pixels,
): Measures {
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])]
  const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])]
  const [x, y, rx, ry] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2]
  const inside = (column: number, row: number) =>
    kind === "roi" || ((column - x) / rx) ** 2 + ((row - y) / ry) ** 2 <= 1
  let [count, mean, square, min, max] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const last = { row: Math.min(image.rows, bottom), column: Math.min(image.columns, right) }
  for (let row = Math.max(0, Math.ceil(top - 0.5)); row + 0.5 <= last.row; row++)
    for (let column = Math.max(0, Math.ceil(left - 0.5)); column + 0.5 <= last.column; column++) {
      if (!inside(column + 0.5, row + 0.5)) continue
      const value = values[row * image.columns + column] as number
      const step = value - mean // Welford: no cancellation over many large values
      mean += step / ++count
      square += step * (value - mean)
      min = Math.min(min, value)
      max = Math.max(max, value)
    }
  return count === 0
    ? {}
    : {
        mean: hundredth(mean),
        sd: hundredth(Math.sqrt(square / count)),
        min: hundredth(min),
        max: hundredth(max),
      }
}

const hundredth = (value: number) => Math.round(value * 100) / 100

type Say = (key: string, values: { readonly [name: string]: string }) => string

/** Lines of words for the measures; `say` speaks `viewer:measure.<key>`, `lang` decides comma or point. */
export function measureLines(measures: Measures, unit: string, say: Say, lang: string): readonly string[] {
  const number = (value: number, digits = 1) => decimal(lang, value, digits)
  const lines: string[] = []
  for (const [key, digits] of [
    ["length_mm", 1],
    ["length_px", 0],
    ["angle_deg", 1],
    ["area_mm2", 1],
    ["area_px2", 0],
  ] as const) {
    const value = measures[key]
    if (value !== undefined) lines.push(say(key, { value: number(value, digits) }))
  }
  const { mean, sd, min, max } = measures
  if (mean !== undefined && sd !== undefined)
    lines.push(say("mean", { mean: number(mean), sd: number(sd), unit }).trim())
  if (min !== undefined && max !== undefined)
    lines.push(say("range", { min: number(min, ends(min)), max: number(max, ends(max)), unit }).trim())
  return lines
}

const ends = (value: number): number => (Number.isInteger(value) ? 0 : 1)

const formats = new Map<string, Intl.NumberFormat>()

/** A number as people of this language write it: 31,3 in Vietnamese, 31.3 in English; no thousands marks. */
export function decimal(lang: string, value: number, digits: number): string {
  const key = `${lang}/${digits}`
  let format = formats.get(key)
  if (!format) {
    format = new Intl.NumberFormat(lang, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      useGrouping: false,
    })
    formats.set(key, format)
  }
  return format
    .format(value)
    .replace(/^-/, "−")
    .replace(/^−(0(?:[.,]0+)?)$/, "$1")
}
