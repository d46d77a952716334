/**
 * Pixels, patient and screen. Image pixel coordinates are (column, row), fractional, the centre of the first pixel
 * at (0.5, 0.5) (as PS3.3 C.10.5.1.1 for graphic annotation), so the image spans 0..columns and 0..rows.
 */

import type { ImageEntry, Vector3 } from "./manifest"

export type Point = readonly [number, number]

export type Plane = {
  readonly origin: Vector3
  readonly rowCosines: Vector3
  readonly columnCosines: Vector3
  /** Between rows, between columns. */
  readonly spacing: readonly [number, number]
  /** False when the image tells no millimetres: lengths are then in pixels. */
  readonly scaled: boolean
}

export type Turn = 0 | 90 | 180 | 270

/** How an image lies in a viewport; the point of the image at the viewport's centre is (0.5 - pan) of its size. */
export type Placing = {
  readonly zoom: number
  readonly pan: Point
  readonly rotation: Turn
  readonly flipH: boolean
  readonly flipV: boolean
}

export type Size = { readonly width: number; readonly height: number }

/** The plane of an image (PS3.3 C.7.6.2.1.1); an image without one lies in the axial plane at the origin. */
export function planeOf(image: ImageEntry): Plane {
  const [xr = 1, yr = 0, zr = 0, xc = 0, yc = 1, zc = 0] = image.orientation ?? []
  return {
    origin: image.position ?? [0, 0, 0],
    rowCosines: [xr, yr, zr],
    columnCosines: [xc, yc, zc],
    spacing: image.spacing ?? [1, 1],
    scaled: image.spacing !== null,
  }
}

export function worldOf(plane: Plane, [column, row]: Point): Vector3 {
  const right = (column - 0.5) * plane.spacing[1]
  const down = (row - 0.5) * plane.spacing[0]
  return plane.origin.map(
    (o, i) => o + right * axis(plane.rowCosines, i) + down * axis(plane.columnCosines, i),
  ) as never
}

export function pixelOf(plane: Plane, world: Vector3): Point {
  const from = world.map((w, i) => w - axis(plane.origin, i)) as unknown as Vector3
  return [
    dot(from, plane.rowCosines) / plane.spacing[1] + 0.5,
    dot(from, plane.columnCosines) / plane.spacing[0] + 0.5,
  ]
}

/** The length between two points, in mm when the image has a scale, else in pixels. */
export function lengthOf(plane: Plane, [a, b]: readonly [Point, Point]): number {
  return Math.hypot((b[0] - a[0]) * plane.spacing[1], (b[1] - a[1]) * plane.spacing[0])
}

/** Screen pixels for one mm (or one pixel of an image without scale) at this placing. */
export function scaleOf(image: ImageEntry, placing: Placing, canvas: Size): number {
  const { spacing } = planeOf(image)
  const [wide, high] = [image.columns * spacing[1], image.rows * spacing[0]]
  const [across, up] = placing.rotation % 180 === 0 ? [wide, high] : [high, wide]
  return Math.min(canvas.width / across, canvas.height / up) * placing.zoom
}

/** Image pixels to screen pixels from the viewport's top left. Flips come first, in the image's axes; then rotation. */
export function screenOf(image: ImageEntry, placing: Placing, canvas: Size, [column, row]: Point): Point {
  const { spacing } = planeOf(image)
  const scale = scaleOf(image, placing, canvas)
  const centre = centreOf(image, placing)
  const right = (column - centre[0]) * spacing[1] * scale * (placing.flipH ? -1 : 1)
  const down = (row - centre[1]) * spacing[0] * scale * (placing.flipV ? -1 : 1)
  const [x, y] = turn([right, down], placing.rotation)
  return [canvas.width / 2 + x, canvas.height / 2 + y]
}

/** The inverse of `screenOf`. */
export function imagePointOf(image: ImageEntry, placing: Placing, canvas: Size, [x, y]: Point): Point {
  const { spacing } = planeOf(image)
  const scale = scaleOf(image, placing, canvas)
  const centre = centreOf(image, placing)
  const back = ((360 - placing.rotation) % 360) as Turn
  const [right, down] = turn([x - canvas.width / 2, y - canvas.height / 2], back)
  return [
    centre[0] + (right / (spacing[1] * scale)) * (placing.flipH ? -1 : 1),
    centre[1] + (down / (spacing[0] * scale)) * (placing.flipV ? -1 : 1),
  ]
}

/** The image point that lies at the viewport's centre. */
export function centreOf(image: ImageEntry, { pan }: Placing): Point {
  return [image.columns * (0.5 - pan[0]), image.rows * (0.5 - pan[1])]
}

export type Camera = {
  readonly focalPoint: Vector3
  readonly viewUp: Vector3
  readonly viewPlaneNormal: Vector3
  /** Half the visible height, in mm. */
  readonly parallelScale: number
}

/** The parallel camera that draws what `screenOf` says: a mirrored image is seen from behind. */
export function cameraOf(image: ImageEntry, placing: Placing, canvas: Size): Camera {
  const plane = planeOf(image)
  const right = times(plane.rowCosines, placing.flipH ? -1 : 1)
  const down = times(plane.columnCosines, placing.flipV ? -1 : 1)
  const [upRight, upDown] = turn([0, -1], ((360 - placing.rotation) % 360) as Turn)
  const [sideRight, sideDown] = turn([1, 0], ((360 - placing.rotation) % 360) as Turn)
  const viewUp = plus(times(right, upRight), times(down, upDown))
  const viewRight = plus(times(right, sideRight), times(down, sideDown))
  return {
    focalPoint: worldOf(plane, centreOf(image, placing)),
    viewUp,
    viewPlaneNormal: cross(viewRight, viewUp),
    parallelScale: canvas.height / 2 / scaleOf(image, placing, canvas),
  }
}

/** Clockwise on a screen whose y grows downwards. */
function turn([x, y]: Point, rotation: Turn): Point {
  if (rotation === 90) return [-y, x]
  if (rotation === 180) return [-x, -y]
  if (rotation === 270) return [y, -x]
  return [x, y]
}

const axis = (v: Vector3, i: number) => v[i as 0 | 1 | 2]
const dot = (a: Vector3, b: Vector3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const times = (v: Vector3, k: number): Vector3 => [v[0] * k, v[1] * k, v[2] * k]
const plus = (a: Vector3, b: Vector3): Vector3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]
