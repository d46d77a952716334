/** The voxels of a series in one array, and a cut out of them: pure. */

import { type Pixels, room, type Wanted } from "./decode"
import type { Samples } from "./upscale"
import { type CutFrame, depthOf, type Side, type Volume } from "./volume"

export type Voxels = {
  readonly volume: Volume
  /** Slice by slice, each row-major, thinned. */
  readonly values: Samples
  /** Of `shrink` columns and rows one is kept, so that the block fits into memory. */
  readonly shrink: number
  readonly columns: number
  readonly rows: number
}

/** Bytes of the block at this thinning. */
export function bytesOf({ axes: [x, y, z] }: Volume, images: readonly Wanted[], shrink: number): number {
  return (
    Math.ceil(x.count / shrink) * Math.ceil(y.count / shrink) * z.count * kindOf(images).BYTES_PER_ELEMENT
  )
}

/** The least thinning, a power of two, with which the block fits into `most` bytes. */
export function shrinkFor(volume: Volume, images: readonly Wanted[], most: number): number {
  const thinned = (shrink: number): boolean =>
    bytesOf(volume, images, shrink) > most && shrink < Math.min(volume.axes[0].count, volume.axes[1].count)
  let shrink = 1
  while (thinned(shrink)) shrink *= 2
  return shrink
}

export function emptyVoxels(volume: Volume, images: readonly Wanted[], shrink: number): Voxels {
  const [columns, rows] = [0, 1].map(i => Math.ceil((volume.axes[i]?.count ?? 0) / shrink)) as [
    number,
    number,
  ]
  const Kind = kindOf(images)
  return { volume, shrink, columns, rows, values: new Kind(columns * rows * volume.axes[2].count) }
}

type Kind = Int16ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor

/** What every slice's values fit into. */
function kindOf(images: readonly Wanted[]): Kind {
  const kinds = new Set(images.map(image => room(image, 0).constructor as Kind))
  const [only] = kinds
  return kinds.size === 1 && only ? only : Float32Array
}

/** Puts slice `k` in place. */
export function putSlice({ values, columns, rows, shrink, volume }: Voxels, k: number, pixels: Pixels): void {
  const wide = volume.axes[0].count
  let out = k * columns * rows
  if (shrink === 1) values.set(pixels.values, out)
  else
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        values[out++] = pixels.values[row * shrink * wide + column * shrink] as number
}

/** Cut number `index` of a plane: along the volume's axes, linear between slices (and between what was kept). */
export function cutPixels(voxels: Voxels, frame: CutFrame, index: number): Pixels {
  const { values, volume, shrink } = voxels
  const strides = [1, voxels.columns, voxels.columns * voxels.rows] as const
  const depth = depthOf(volume, frame, index)
  const at =
    frame.through === 2 ? depth : Math.min(Math.round(depth / shrink), keptOn(voxels, frame.through) - 1)
  const across = tapsOf(voxels, frame.across, strides[frame.across.axis])
  const down = tapsOf(voxels, frame.down, strides[frame.down.axis])
  const out = new (values.constructor as Kind)(frame.across.count * frame.down.count)
  const whole = !(out instanceof Float32Array)
  const start = at * strides[frame.through]
  let [next, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let row = 0; row < frame.down.count; row++) {
    const [top, bottom, fy] = [start + num(down.low, row), start + num(down.high, row), num(down.weight, row)]
    for (let column = 0; column < frame.across.count; column++) {
      const [left, right, fx] = [
        num(across.low, column),
        num(across.high, column),
        num(across.weight, column),
      ]
      const upper = num(values, top + left) * (1 - fx) + num(values, top + right) * fx
      const lower = num(values, bottom + left) * (1 - fx) + num(values, bottom + right) * fx
      const exact = upper * (1 - fy) + lower * fy
      const value = whole ? Math.round(exact) : exact
      out[next++] = value
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return { values: out, components: 1, min, max }
}

function keptOn({ volume, columns, rows }: Voxels, axis: 0 | 1 | 2): number {
  return [columns, rows, volume.axes[2].count][axis] as number
}

type Taps = { readonly low: Int32Array; readonly high: Int32Array; readonly weight: Float64Array }

/** Between which two voxels each pixel of a side lies, as offsets, and how far from the first. */
function tapsOf(voxels: Voxels, side: Side, stride: number): Taps {
  const last = voxels.volume.axes[side.axis].count - 1
  const kept = keptOn(voxels, side.axis)
  const shrink = side.axis === 2 ? 1 : voxels.shrink
  const taps = {
    low: new Int32Array(side.count),
    high: new Int32Array(side.count),
    weight: new Float64Array(side.count),
  }
  for (let i = 0; i < side.count; i++) {
    const along = side.count > 1 ? (i * last) / (side.count - 1) : 0
    const place = Math.min((side.flipped ? last - along : along) / shrink, kept - 1)
    taps.low[i] = Math.floor(place) * stride
    taps.high[i] = Math.min(Math.floor(place) + 1, kept - 1) * stride
    taps.weight[i] = place - Math.floor(place)
  }
  return taps
}

const num = (list: ArrayLike<number>, index: number): number => list[index] as number
