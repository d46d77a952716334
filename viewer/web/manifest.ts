/** What a series is made of and where the bytes of every resolution end; parsed from the wire, checked once. */

/** Index into `ends`: 0 = 1/8, 1 = 1/4, 2 = 1/2, 3 = lossless. */
export type Level = 0 | 1 | 2 | 3
export const LOSSLESS: Level = 3
/** How much smaller than the full matrix a level's image is. */
export const SHRINK = [8, 4, 2, 1] as const

export type Vector3 = readonly [number, number, number]
export type Window = { readonly center: number; readonly width: number }

/** Images as they were acquired, or cuts through a series that is a block of voxels. */
export const PLANES = ["acquired", "axial", "coronal", "sagittal"] as const
export type Plane = (typeof PLANES)[number]

export type ImageEntry = {
  readonly sopUid: string
  readonly frame: number
  readonly rows: number
  readonly columns: number
  readonly instanceNumber: number | null
  readonly position: Vector3 | null
  readonly orientation: readonly [number, number, number, number, number, number] | null
  /** Between rows, between columns, in mm (PS3.3 10.7.1.3); null when the image has no scale. */
  readonly spacing: readonly [number, number] | null
  /** Of a cut: where it lies along the plane's normal, in mm of patient coordinates. */
  readonly sliceLocation: number | null
  readonly bitsStored: number
  readonly signed: boolean
  readonly photometric: string
  readonly slope: number
  readonly intercept: number
  readonly window: Window | null
  /** Frames a second as the device wants them shown; null when it does not say. */
  readonly frameRate: number | null
  readonly ends: readonly [number, number, number, number]
  readonly offset: number
  readonly length: number
}

export type Manifest = {
  readonly seriesUid: string
  readonly studyUid: string
  readonly frameOfReferenceUid: string
  readonly modality: string
  readonly plane: Plane
  /** Grows when images are added; indexes into `images` mean nothing under another one. */
  readonly generation: number
  /** Names the pack: under it a byte never changes. */
  readonly packId: string
  readonly images: readonly ImageEntry[]
  readonly totalBytes: number
}

/** The server's manifest is not one we can draw from. */
export class ManifestError extends Error {
  constructor(readonly pointer: string) {
    super(`manifest: ${pointer}`)
  }
}

type Json = { readonly [key: string]: unknown }

const MAX_SIDE = 32_768

export function parseManifest(value: unknown): Manifest {
  const root = object(value, "/")
  if (!Array.isArray(root.images)) throw new ManifestError("/images")
  return {
    seriesUid: text(root.series_uid, "/series_uid"),
    studyUid: text(root.study_uid, "/study_uid"),
    frameOfReferenceUid: typeof root.frame_of_reference_uid === "string" ? root.frame_of_reference_uid : "",
    modality: typeof root.modality === "string" ? root.modality : "",
    plane: "acquired",
    generation: optional(root.generation) ?? 0,
    packId: typeof root.pack_id === "string" ? root.pack_id : "",
    images: root.images.map((image, i) => parseImage(object(image, `/images/${i}`), `/images/${i}`)),
    totalBytes: count(root.total_bytes, "/total_bytes"),
  }
}

function parseImage(image: Json, at: string): ImageEntry {
  const length = count(image.length, `${at}/length`)
  return {
    sopUid: text(image.sop_uid, `${at}/sop_uid`),
    frame: optional(image.frame) ?? 1,
    rows: side(image.rows, `${at}/rows`),
    columns: side(image.columns, `${at}/columns`),
    instanceNumber: optional(image.instance_number),
    position: numbers(image.position, 3) as Vector3 | null,
    orientation: orientation(image.orientation),
    spacing: spacing(image.spacing),
    sliceLocation: optional(image.slice_location),
    bitsStored: optional(image.bits_stored) ?? 16,
    signed: image.signed === true,
    photometric: typeof image.photometric === "string" ? image.photometric : "MONOCHROME2",
    slope: optional(image.slope) || 1,
    intercept: optional(image.intercept) ?? 0,
    window: window(image.window),
    frameRate: frameRate(image.frame_rate),
    ends: ends(image.ends, length, `${at}/ends`),
    offset: count(image.offset, `${at}/offset`),
    length,
  }
}

/** Cumulative, never shrinking, the last one the whole codestream: anything else would cut a prefix into garbage. */
function ends(value: unknown, length: number, at: string): ImageEntry["ends"] {
  const list = numbers(value, 4)
  const rising = list?.every((end, i) => Number.isInteger(end) && end > 0 && end >= (list[i - 1] ?? 0))
  if (!list || !rising || list[3] !== length) throw new ManifestError(at)
  return list as unknown as ImageEntry["ends"]
}

function orientation(value: unknown): ImageEntry["orientation"] {
  const list = numbers(value, 6)
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = list ?? []
  const parallel = Math.hypot(b * f - c * e, c * d - a * f, a * e - b * d) < 0.5
  return list && !parallel ? (list as unknown as ImageEntry["orientation"]) : null
}

function spacing(value: unknown): ImageEntry["spacing"] {
  const list = numbers(value, 2)
  return list?.every(mm => mm > 0) ? (list as unknown as [number, number]) : null
}

function frameRate(value: unknown): number | null {
  const rate = optional(value)
  return rate !== null && rate >= 0.1 && rate <= 60 ? rate : null
}

function window(value: unknown): Window | null {
  if (typeof value !== "object" || value === null) return null
  const { center, width } = value as Json
  return typeof center === "number" && typeof width === "number" && width > 0 ? { center, width } : null
}

function object(value: unknown, at: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ManifestError(at)
  return value as Json
}

function text(value: unknown, at: string): string {
  if (typeof value !== "string" || value === "") throw new ManifestError(at)
  return value
}

function count(value: unknown, at: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) throw new ManifestError(at)
  return value
}

function side(value: unknown, at: string): number {
  const pixels = count(value, at)
  if (pixels < 1 || pixels > MAX_SIDE) throw new ManifestError(at)
  return pixels
}

function optional(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null
}

function numbers(value: unknown, length: number): readonly number[] | null {
  const good = Array.isArray(value) && value.length === length && value.every(n => Number.isFinite(n))
  return good ? (value as number[]) : null
}

/** The place of an image in the series, or -1. */
export function indexOf(manifest: Manifest, sopUid: string, frame: number): number {
  return manifest.images.findIndex(image => image.sopUid === sopUid && image.frame === frame)
}

/** Nearest first: the order in which a stack becomes useful to somebody looking at `around`. */
export function centreOut(around: number, count: number): number[] {
  const order: number[] = []
  for (let step = 0; order.length < count; step++) {
    if (around + step < count && around + step >= 0) order.push(around + step)
    if (step > 0 && around - step >= 0 && around - step < count) order.push(around - step)
    if (step > count + Math.abs(around)) break
  }
  return order
}
