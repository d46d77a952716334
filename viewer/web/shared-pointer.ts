/** A pointer of somebody in the room, in pixels of the image it points at. */

import type { Point } from "./geometry"

export type PointerAt = {
  readonly viewport: number
  readonly sop_uid: string
  readonly frame: number
  readonly at: Point
  readonly visible: boolean
}

export type SharedPointer = PointerAt & { readonly by: string; readonly name: string; readonly color: string }
