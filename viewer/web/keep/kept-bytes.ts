/** The two image doors answered from this computer's disk, for a series that is kept whole. */

import { centreOut, type Manifest } from "../manifest"
import type { FetchBytes } from "../series-feed"

/** Bytes of the pack from `first` to before `end`. */
export type ReadPack = (first: number, end: number) => Promise<Uint8Array>

const STAGE = /\/stage\/([0-2])\?around=(\d+)(?:.*&skip=(\d+))?/
const HEADER_BYTES = 8

export function keptBytes(manifest: Manifest, read: ReadPack): FetchBytes {
  return async (path, { range, signal }) => {
    const stage = STAGE.exec(path)
    if (stage) {
      const order = centreOut(Number(stage[2]), manifest.images.length).slice(Number(stage[3] ?? 0))
      return parts(manifest, read, Number(stage[1]), order, signal)
    }
    const [first, last] = range ?? [0, manifest.totalBytes - 1]
    return once(await read(first, last + 1))
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

/** As the server's stages: 0 the first resolution, 1 the second, 2 all the rest (docs/image-delivery.md DO2). */
async function* parts(
  manifest: Manifest,
  read: ReadPack,
  stage: number,
  order: readonly number[],
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  for (const index of order) {
    signal.throwIfAborted()
    const image = manifest.images[index]
    if (!image) continue
    const [eighth, quarter, , whole] = image.ends
    const from = [0, eighth, quarter][stage] ?? 0
    const to = [eighth, quarter, whole][stage] ?? 0
    const bytes = await read(image.offset + from, image.offset + to)
    const part = new Uint8Array(HEADER_BYTES + bytes.length)
    new DataView(part.buffer).setUint32(0, index)
    new DataView(part.buffer).setUint32(4, bytes.length)
    part.set(bytes, HEADER_BYTES)
    yield part
  }
}
