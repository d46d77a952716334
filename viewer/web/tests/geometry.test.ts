import { expect, test } from "vitest"
import {
  cameraOf,
  imagePointOf,
  lengthOf,
  type Placing,
  pixelOf,
  planeOf,
  screenOf,
  type Turn,
  worldOf,
} from "../geometry"
import { anImage } from "./a-series"

const fit: Placing = { zoom: 1, pan: [0, 0], rotation: 0, flipH: false, flipV: false }
const canvas = { width: 400, height: 300 }
const near = (point: readonly number[]) => point.map(n => expect.closeTo(n, 6))

test("the centre of the first pixel lies at the image's position (PS3.3 C.7.6.2.1.1)", () => {
  expect(worldOf(planeOf(anImage()), [0.5, 0.5])).toEqual(near([-20, 30, 100]))
})

test("patient and pixel are inverse", () => {
  const plane = planeOf(anImage())
  expect(pixelOf(plane, worldOf(plane, [12.25, 40.5]))).toEqual(near([12.25, 40.5]))
})

test("a length uses the spacing between columns across and between rows down", () => {
  expect(
    lengthOf(planeOf(anImage()), [
      [0, 0],
      [10, 0],
    ]),
  ).toBeCloseTo(4)
  expect(
    lengthOf(planeOf(anImage()), [
      [0, 0],
      [0, 10],
    ]),
  ).toBeCloseTo(5)
})

test("fit shows the whole image, centred", () => {
  const image = anImage({ columns: 100, rows: 100, spacing: [1, 1] })
  expect(screenOf(image, fit, canvas, [0, 0])).toEqual(near([50, 0]))
  expect(screenOf(image, fit, canvas, [100, 100])).toEqual(near([350, 300]))
})

test("a quarter turn is clockwise, a flip mirrors before the turn", () => {
  const image = anImage({ columns: 100, rows: 100, spacing: [1, 1] })
  expect(screenOf(image, { ...fit, rotation: 90 }, canvas, [0, 0])).toEqual(near([350, 0]))
  expect(screenOf(image, { ...fit, flipH: true }, canvas, [0, 0])).toEqual(near([350, 0]))
  expect(screenOf(image, { ...fit, flipH: true, rotation: 90 }, canvas, [0, 0])).toEqual(near([350, 300]))
})

const placings: Placing[] = ([0, 90, 180, 270] as Turn[]).flatMap(rotation =>
  [true, false].flatMap(flipH =>
    [true, false].map(flipV => ({ zoom: 2.5, pan: [0.13, -0.21] as const, rotation, flipH, flipV })),
  ),
)

test.each(placings)("screen and image are inverse at %o", placing => {
  const image = anImage()
  expect(imagePointOf(image, placing, canvas, screenOf(image, placing, canvas, [17.5, 33]))).toEqual(
    near([17.5, 33]),
  )
})

test.each(placings)("the camera draws what the screen formula says at %o", placing => {
  const image = anImage()
  const camera = cameraOf(image, placing, canvas)
  const [wx, wy, wz] = worldOf(planeOf(image), [70, 12])
  const [ux, uy, uz] = camera.viewUp
  const [nx, ny, nz] = camera.viewPlaneNormal
  const right = [uy * nz - uz * ny, uz * nx - ux * nz, ux * ny - uy * nx] as const
  const [dx, dy, dz] = [wx - camera.focalPoint[0], wy - camera.focalPoint[1], wz - camera.focalPoint[2]]
  const perMm = canvas.height / 2 / camera.parallelScale
  const x = canvas.width / 2 + (dx * right[0] + dy * right[1] + dz * right[2]) * perMm
  const y = canvas.height / 2 - (dx * ux + dy * uy + dz * uz) * perMm
  const [sx, sy] = screenOf(image, placing, canvas, [70, 12])
  expect([x, y]).toEqual([expect.closeTo(sx, 3), expect.closeTo(sy, 3)])
})

test("the same placing shows the same image point at the centre of any window", () => {
  const placing = { ...fit, zoom: 3, pan: [0.2, -0.1] as const }
  for (const size of [
    { width: 1200, height: 900 },
    { width: 390, height: 390 },
  ])
    expect(imagePointOf(anImage(), placing, size, [size.width / 2, size.height / 2])).toEqual(
      near([28.8, 38.4]),
    )
})
