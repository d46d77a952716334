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

/** A program that did not come is asked for again by the next image. */
function openJph(): Promise<OpenJph> {
  codec ??= createOpenJph({ locateFile: () => wasmUrl }).catch((error: unknown) => {
    codec = null
    throw error
  })
  return codec
}

openJph().catch(() => undefined) // ready before the first image is

self.onmessage = async (event: MessageEvent<Job>) => {
  const { id, bytes, level, wanted } = event.data
  try {
    const pixels = decodeImage(await openJph(), bytes, level, wanted)
    const answer: Answer = { id, pixels }
    self.postMessage(answer, { transfer: [pixels.values.buffer as ArrayBuffer] })
  } catch (error) {
    const answer: Answer = { id, error: String(error) }
    self.postMessage(answer)
  }
}
