/** The decoder's side of the worker: one job in, one answer out. */

import createOpenJph, { type OpenJph } from "@cornerstonejs/codec-openjph"
import wasmUrl from "@cornerstonejs/codec-openjph/wasm?url"
import { decodeImage, type Pixels, type Wanted } from "./decode"
import type { Level } from "./manifest"

export type Job = {
  readonly id: number
  readonly bytes: Uint8Array
  readonly level: Level
  readonly wanted: Wanted
}
export type Answer = { readonly id: number; readonly pixels?: Pixels; readonly error?: string }

let codec: Promise<OpenJph> | null = null

self.onmessage = async (event: MessageEvent<Job>) => {
  const { id, bytes, level, wanted } = event.data
  try {
    codec ??= createOpenJph({ locateFile: () => wasmUrl })
    const pixels = decodeImage(await codec, bytes, level, wanted)
    const answer: Answer = { id, pixels }
    self.postMessage(answer, { transfer: [pixels.values.buffer as ArrayBuffer] })
  } catch (error) {
    const answer: Answer = { id, error: String(error) }
    self.postMessage(answer)
  }
}
