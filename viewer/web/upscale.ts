/**
 * Draws a low-resolution image on the full matrix, so that spacing, origin and every world coordinate stay those of
 * the lossless image whatever its quality.
 *
 * The samples of a 5/3 or 9/7 low band lie ON the pixels 0, k, 2k … of the full image (ITU-T T.800 Annex F), not in
 * the middle of k-sized blocks: so sample x/k, without a half-pixel shift.
 */

export type Samples = Int16Array | Uint16Array | Int32Array | Uint8Array | Float32Array

export type Matrix = { readonly columns: number; readonly rows: number; readonly components: number }

/** Bilinear; `low` is row-major, components interleaved; the result has `full.rows * full.columns * components`. */
export function upscale<S extends Samples>(low: S, from: Matrix, full: Matrix, shrink: number, into: S): S {
  const across = taps(full.columns, from.columns, shrink)
  const down = taps(full.rows, from.rows, shrink)
  const { components } = full
  const stride = from.columns * components
  let out = 0
  for (let row = 0; row < full.rows; row++) {
    const [top, bottom, fy] = [at(down.low, row) * stride, at(down.high, row) * stride, at(down.weight, row)]
    for (let column = 0; column < full.columns; column++) {
      const left = at(across.low, column) * components
      const right = at(across.high, column) * components
      const fx = at(across.weight, column)
      for (let c = 0; c < components; c++) {
        const upper = at(low, top + left + c) * (1 - fx) + at(low, top + right + c) * fx
        const lower = at(low, bottom + left + c) * (1 - fx) + at(low, bottom + right + c) * fx
        into[out++] = Math.round(upper * (1 - fy) + lower * fy)
      }
    }
  }
  return into
}

type Taps = { readonly low: Int32Array; readonly high: Int32Array; readonly weight: Float32Array }

function taps(fullSide: number, lowSide: number, shrink: number): Taps {
  const low = new Int32Array(fullSide)
  const high = new Int32Array(fullSide)
  const weight = new Float32Array(fullSide)
  for (let i = 0; i < fullSide; i++) {
    const place = Math.min(i / shrink, lowSide - 1)
    low[i] = Math.floor(place)
    high[i] = Math.min(Math.floor(place) + 1, lowSide - 1)
    weight[i] = place - Math.floor(place)
  }
  return { low, high, weight }
}

function at(list: ArrayLike<number>, index: number): number {
  return list[index] as number
}
