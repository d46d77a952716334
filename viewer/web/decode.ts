/** From a codestream prefix to modality values on the full matrix; runs in a worker. */

import type { Decoder, OpenJph } from "@cornerstonejs/codec-openjph"
import { type ImageEntry, type Level, SHRINK } from "./manifest"
import { type Samples, upscale } from "./upscale"

export type Wanted = Pick<
  ImageEntry,
  "rows" | "columns" | "bitsStored" | "signed" | "slope" | "intercept" | "photometric"
>

export type Pixels = {
  /** rows * columns * components, row-major: modality values (PS3.3 C.11.1), or RGB bytes. */
  readonly values: Samples
  readonly components: number
  readonly min: number
  readonly max: number
}

/** The codestream is broken, or not the image the manifest tells of. */
export class DecodeError extends Error {}

export function decodeImage(codec: OpenJph, bytes: Uint8Array, level: Level, wanted: Wanted): Pixels {
  const decoder = new codec.HTJ2KDecoder()
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes)
    decoder.readHeader()
    const skipped = Math.min(Math.log2(SHRINK[level]), decoder.getNumDecompositions())
    if (skipped === 0) decoder.decode()
    else decoder.decodeSubResolution(skipped)
    return onFullMatrix(decoder, skipped, wanted)
  } finally {
    decoder.delete()
  }
}

function onFullMatrix(decoder: Decoder, skipped: number, wanted: Wanted): Pixels {
  const info = decoder.getFrameInfo()
  const size = decoder.calculateSizeAtDecompositionLevel(skipped)
  const components = info.componentCount
  const raw = samples(decoder.getDecodedBuffer(), info.bitsPerSample, info.isSigned)
  const from = { columns: size.width, rows: size.height, components }
  const full = { columns: wanted.columns, rows: wanted.rows, components }
  const shrink = 2 ** skipped
  if (Math.ceil(full.columns / shrink) !== from.columns || Math.ceil(full.rows / shrink) !== from.rows)
    throw new DecodeError(`${from.columns}x${from.rows} is not 1/${shrink} of ${full.columns}x${full.rows}`)
  const stored = skipped === 0 ? raw : upscale(raw, from, full, shrink, alike(raw, full))
  return components === 3
    ? { values: Uint8Array.from(stored), components, min: 0, max: 255 }
    : rescaled(stored, wanted)
}

function samples(buffer: Uint8Array, bits: number, signed: boolean): Samples {
  const { buffer: memory, byteOffset, byteLength } = buffer
  if (bits <= 8) return signed ? Int16Array.from(new Int8Array(memory, byteOffset, byteLength)) : buffer
  return signed
    ? new Int16Array(memory, byteOffset, byteLength / 2)
    : new Uint16Array(memory, byteOffset, byteLength / 2)
}

function alike(
  like: Samples,
  { columns, rows, components }: { columns: number; rows: number; components: number },
) {
  const length = columns * rows * components
  if (like instanceof Uint8Array) return new Uint8Array(length)
  return like instanceof Int16Array ? new Int16Array(length) : new Uint16Array(length)
}

/** Applies slope and intercept; the type follows from the header only, so that all levels of an image share it. */
export function rescaled(stored: Samples, wanted: Wanted): Pixels {
  const values = room(wanted, stored.length)
  const [low, high] = limits(values)
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < stored.length; i++) {
    const value = Math.min(high, Math.max(low, (stored[i] as number) * wanted.slope + wanted.intercept))
    values[i] = value
    if (value < min) min = value
    if (value > max) max = value
  }
  return { values, components: 1, min, max }
}

/** An array of the type that every value of such an image fits into. */
export function room(
  { bitsStored, signed, slope, intercept }: Wanted,
  length: number,
): Int16Array | Uint16Array | Float32Array {
  const range = signed ? [-(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1] : [0, 2 ** bitsStored - 1]
  const ends = range.map(stored => stored * slope + intercept)
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  const whole = Number.isInteger(slope) && Number.isInteger(intercept)
  if (whole && low >= -32_768 && high <= 32_767) return new Int16Array(length)
  return whole && low >= 0 && high <= 65_535 ? new Uint16Array(length) : new Float32Array(length)
}

/** A padding value outside the stored bits must saturate, not wrap to the other end of the scale. */
function limits(values: Samples): readonly [number, number] {
  if (values instanceof Int16Array) return [-32_768, 32_767]
  return values instanceof Uint16Array ? [0, 65_535] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
}
