/** Letters at the edges: where the patient's right, front and head are (PS3.3 C.7.6.1.1.1). */

import { cameraOf, type Placing } from "./geometry"
import type { ImageEntry, Vector3 } from "./manifest"

export type Edges = {
  readonly left: string
  readonly right: string
  readonly top: string
  readonly bottom: string
}

/** Null for an image without orientation: a guessed side would be worse than none. */
export function edgesOf(image: ImageEntry, placing: Placing): Edges | null {
  if (!image.orientation) return null
  const { viewUp, viewPlaneNormal } = cameraOf(image, placing, { width: 1, height: 1 })
  const right = cross(viewUp, viewPlaneNormal)
  return {
    top: letters(viewUp),
    bottom: letters(minus(viewUp)),
    right: letters(right),
    left: letters(minus(right)),
  }
}

/** The one or two strongest axes of a direction; DICOM's patient axes point to left, back and head. */
function letters(direction: Vector3): string {
  const axes = [
    [direction[0], "L", "R"],
    [direction[1], "P", "A"],
    [direction[2], "H", "F"],
  ] as const
  return axes
    .map(([along, plus, minusName]) => ({ size: Math.abs(along), name: along > 0 ? plus : minusName }))
    .filter(({ size }) => size > 0.3)
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map(({ name }) => name)
    .join("")
}

const minus = (v: Vector3): Vector3 => [-v[0], -v[1], -v[2]]
const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]
