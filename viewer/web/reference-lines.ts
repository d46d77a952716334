/** Where another viewport's image cuts this one: pure. */

import { type Point, pixelOf, planeOf, worldOf } from "./geometry"
import { normalOf } from "./linked"
import type { ImageEntry, Manifest, Vector3 } from "./manifest"

type Shown = { readonly manifest: Manifest; readonly image: ImageEntry }

/** Planes closer to parallel than this cut in no line worth drawing: cos 18°. */
const PARALLEL = 0.95

/** The line of `other`'s image on this one, in this one's pixels; null when they do not cut, or are of two frames. */
export function referenceLine(here: Shown, other: Shown): readonly [Point, Point] | null {
  const frame = here.manifest.frameOfReferenceUid
  const normal = normalOf(here.image)
  const otherNormal = normalOf(other.image)
  if (frame === "" || frame !== other.manifest.frameOfReferenceUid || !normal || !otherNormal) return null
  if (!here.image.position || !other.image.position || Math.abs(dot(normal, otherNormal)) > PARALLEL)
    return null
  const plane = planeOf(here.image)
  const cuts = cornersOf(other.image).flatMap((corner, i, corners) => {
    const next = corners[(i + 1) % corners.length] as Vector3
    const [from, to] = [heightOf(corner), heightOf(next)]
    return from > 0 === to > 0 ? [] : [pixelOf(plane, between(corner, next, from / (from - to)))]
  })
  const [a, b] = cuts
  return a && b ? [a, b] : null

  function heightOf(point: Vector3): number {
    return dot([0, 1, 2].map(i => axis(point, i) - axis(plane.origin, i)) as never, normal as Vector3)
  }
}

function cornersOf(image: ImageEntry): readonly Vector3[] {
  const plane = planeOf(image)
  const corners: readonly Point[] = [
    [0, 0],
    [image.columns, 0],
    [image.columns, image.rows],
    [0, image.rows],
  ]
  return corners.map(corner => worldOf(plane, corner))
}

const between = (a: Vector3, b: Vector3, share: number): Vector3 =>
  [0, 1, 2].map(i => axis(a, i) + (axis(b, i) - axis(a, i)) * share) as never
const axis = (v: Vector3, i: number) => v[i as 0 | 1 | 2]
const dot = (a: Vector3, b: Vector3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
