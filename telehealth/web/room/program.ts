/** The room's program comes before anybody waits for it: the viewer, its decoder, the call. */

import { readyDecoder } from "@viewer/decoders"
import { lazy, useEffect } from "react"

const RETRY_MS = [500, 1000, 2000, 4000]

/** Tries again what a line dropped; the last failure counts. */
async function persistent<T>(load: () => Promise<T>): Promise<T> {
  for (const wait of RETRY_MS) {
    try {
      return await load()
    } catch {
      await new Promise(done => setTimeout(done, wait))
    }
  }
  return await load()
}

const viewer = () => import("@viewer/image-area")
const WEIGHTS = [400, 500, 600, 700]
const LETTERS = "aệ" // of both parts of the font that Vietnamese is written with

export const ImageArea = lazy(async () => ({ default: (await persistent(viewer)).ImageArea }))

/** Called in the lobby: program and letters are there, or on their way, when the first case opens. */
export function bringViewer(): void {
  readyDecoder()
  for (const weight of WEIGHTS)
    document.fonts.load(`${weight} 1em "Be Vietnam Pro"`, LETTERS).catch(() => undefined)
  viewer().catch(() => undefined) // the room asks again
}

/** On pages from which a room is entered: brings all of it once the page itself is done. */
export function useRoomAhead(near: boolean): void {
  useEffect(() => {
    if (!near) return
    const whenIdle = window.requestIdleCallback ?? setTimeout
    whenIdle(() => {
      import("./room-page").catch(() => undefined)
      bringViewer()
    })
  }, [near])
}
