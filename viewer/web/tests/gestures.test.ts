import { expect, test } from "vitest"
import { screenOf } from "../geometry"
import { mirrored, panned, Travel, toppled, turned, windowed, zoomed } from "../gestures"
import { placingOf, type ViewportState } from "../view-state"
import { anImage } from "./a-series"

const canvas = { width: 400, height: 300 }
const viewport: ViewportState = {
  study_uid: "1",
  series_uid: "2",
  sop_uid: "3",
  frame: 1,
  window: { center: 40, width: 300 },
  zoom: 1.5,
  pan: [0.1, -0.05],
  rotation: 90,
  flip_h: true,
  flip_v: false,
  invert: false,
  cine_fps: null,
  plane: "acquired",
  cut_mm: 0,
}

test("zooming keeps the point under the hand", () => {
  const image = anImage()
  const before = screenOf(image, placingOf(viewport), canvas, [30, 20])
  const after = { ...viewport, ...zoomed(viewport, image, canvas, 2, before) }
  const [x, y] = screenOf(image, placingOf(after), canvas, [30, 20])
  expect([x, y]).toEqual([expect.closeTo(before[0], 0), expect.closeTo(before[1], 0)])
  expect(after.zoom).toBe(3)
})

test("the picture goes with the hand whatever its turn and flips", () => {
  const image = anImage()
  const [x, y] = screenOf(image, placingOf(viewport), canvas, [30, 20])
  const after = { ...viewport, ...panned(viewport, image, canvas, [12, -7]) }
  const [u, v] = screenOf(image, placingOf(after), canvas, [30, 20])
  expect([u - x, v - y]).toEqual([expect.closeTo(12, 0), expect.closeTo(-7, 0)])
})

test("window: right widens, down darkens, never narrower than it can be", () => {
  expect(windowed({ center: 40, width: 300 }, [10, 5])).toEqual({ center: 45, width: 310 })
  expect(windowed({ center: 40, width: 1 }, [-1e6, 0]).width).toBeGreaterThan(0)
})

test("mirrors act as seen on screen, also after a quarter turn", () => {
  expect(mirrored({ ...viewport, rotation: 0 })).toEqual({ flip_h: false })
  expect(mirrored(viewport)).toEqual({ flip_v: true })
  expect(toppled(viewport)).toEqual({ flip_h: false })
  expect(turned({ ...viewport, rotation: 270 })).toEqual({ rotation: 0 })
})

test("small wheel steps of a touchpad add up, a change of direction starts anew", () => {
  const travel = new Travel(50)
  expect([20, 20, 20, 20, -20, -40].map(d => travel.take(d))).toEqual([0, 0, 1, 0, 0, -1])
  expect(new Travel(50).take(100)).toBe(2)
})
