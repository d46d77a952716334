import { expect, test } from "vitest"
import { LayerShelf } from "../layer-shelf"
import {
  hiddenAtFirst,
  isOn,
  keyImagesOf,
  keyIndexes,
  type Layer,
  type LayerShape,
  type Layers,
  NO_LAYERS,
  outlineOf,
  overImage,
  windowFor,
} from "../layers"
import type { Manifest } from "../manifest"

const shape = (kind: LayerShape["kind"], points: LayerShape["points"], sop_uid = "1.1"): LayerShape => ({
  kind,
  points,
  sop_uid,
  frame: 0,
  text: "",
  is_filled: false,
  color: "#ffffff",
})

const layer = (key: string, kind: Layer["kind"], more: Partial<Layer> = {}): Layer => ({
  key,
  kind,
  title: key,
  description: "",
  at: "",
  color: "#e69f00",
  places: [],
  shapes: [],
  windows: [],
  left_out: 0,
  ...more,
})

const LAYERS: Layers = {
  layers: [
    layer("overlay-6000", "overlay", { places: [{ sop_uid: "1.1", frame: 0 }] }),
    layer("new", "presentation", {
      shapes: [shape("line", [[0, 0] as const, [1, 1] as const])],
      windows: [{ sop_uid: "1.2", frame: 0, center: 40, width: 400 }],
    }),
    layer("old", "presentation", { shapes: [shape("point", [[5, 5] as const])] }),
    layer("segment-9-1", "segment", { places: [{ sop_uid: "1.2", frame: 2 }] }),
  ],
  key_objects: [
    { title: "", description: "", images: [{ series_uid: "1", sop_uid: "1.2", frame: 2 }] },
    { title: "", description: "", images: [{ series_uid: "1", sop_uid: "1.2", frame: 2 }] },
  ],
  withheld: 0,
}
const SERIES = { seriesUid: "1" }

test("of several presentation states the newest is shown", () => {
  expect(hiddenAtFirst(LAYERS)).toEqual(new Set(["old"]))
  const over = overImage(LAYERS, hiddenAtFirst(LAYERS), SERIES, { sopUid: "1.1", frame: 3 })
  expect(over.shapes.map(one => one.kind)).toEqual(["line"])
  expect(overImage(LAYERS, new Set(["new"]), SERIES, { sopUid: "1.1", frame: 3 }).shapes).toHaveLength(1)
})

test("planes are fetched for the frame that is shown, segments lie faintly", () => {
  const first = overImage(LAYERS, new Set(), SERIES, { sopUid: "1.1", frame: 3 })
  expect(first.planes).toEqual([
    { key: "overlay-6000", href: "/api/image-series/1/layers/overlay-6000/1.1/3", faint: false },
  ])
  const second = overImage(LAYERS, new Set(), SERIES, { sopUid: "1.2", frame: 2 })
  expect(second.planes.map(plane => [plane.key, plane.faint])).toEqual([["segment-9-1", true]])
  expect(overImage(LAYERS, new Set(), SERIES, { sopUid: "1.2", frame: 1 }).planes).toEqual([])
})

test("frame 0 is every frame", () => {
  expect(isOn({ sop_uid: "1", frame: 0 }, { sopUid: "1", frame: 7 })).toBe(true)
  expect(isOn({ sop_uid: "1", frame: 2 }, { sopUid: "1", frame: 7 })).toBe(false)
})

test("an image chosen twice is one key image, and has its place in the series", () => {
  expect(keyImagesOf(LAYERS)).toHaveLength(1)
  const images = [1, 2, 3].map(frame => ({ sopUid: "1.2", frame }))
  expect(keyIndexes(LAYERS, { images } as unknown as Manifest)).toEqual([1])
})

test("a presentation state says how an image is to be shown", () => {
  const [, state] = LAYERS.layers
  if (!state) throw new Error("no state")
  expect(windowFor(state, { sopUid: "1.2", frame: 1 })).toEqual({ center: 40, width: 400 })
  expect(windowFor(state, { sopUid: "1.1", frame: 1 })).toBeNull()
})

test("circles and ellipses are closed lines as far from their middle as they should be", () => {
  const circle = outlineOf(shape("circle", [[10, 10] as const, [10, 13] as const]))
  expect(circle.every(([x, y]) => Math.abs(Math.hypot(x - 10, y - 10) - 3) < 1e-9)).toBe(true)
  const ellipse = outlineOf(
    shape("ellipse", [[0, 5] as const, [20, 5] as const, [10, 0] as const, [10, 10] as const]),
  )
  expect(ellipse.every(([x, y]) => Math.abs(((x - 10) / 10) ** 2 + ((y - 5) / 5) ** 2 - 1) < 1e-9)).toBe(true)
  expect(ellipse[0]?.[0]).toBeCloseTo(ellipse.at(-1)?.[0] ?? Number.NaN)
})

test("a curve goes through its points, in order, and is straight through points of a line", () => {
  const points = [[0, 0] as const, [10, 10] as const, [20, 20] as const]
  const curve = outlineOf(shape("curve", points))
  expect(curve[0]).toEqual([0, 0])
  expect(curve.at(-1)).toEqual([20, 20])
  expect(curve).toContainEqual([10, 10])
  expect(curve.every(([x, y]) => Math.abs(x - y) < 1e-9)).toBe(true)
})

test("a series is asked for once; a failure is not repeated, a change of rights asks again", async () => {
  const asked: string[] = []
  let heard = 0
  const shelf = new LayerShelf(uid => {
    asked.push(uid)
    return uid === "bad" ? Promise.reject(new Error("line")) : Promise.resolve(LAYERS)
  })
  shelf.listen(() => {
    heard += 1
  })
  expect(shelf.of("1", 1)).toBe(NO_LAYERS)
  shelf.of("1", 1)
  shelf.of("bad", 1)
  await new Promise(done => setTimeout(done))
  expect(shelf.of("1", 1)).toBe(LAYERS)
  expect(shelf.of("bad", 1)).toBe(NO_LAYERS)
  expect(asked).toEqual(["1", "bad"])
  expect(heard).toBe(1)
  shelf.forget()
  expect(shelf.of("1", 1)).toBe(NO_LAYERS)
  expect(asked).toEqual(["1", "bad", "1"])
})

test("an answer to a question from before rights changed is not believed", async () => {
  const answers: ((layers: Layers) => void)[] = []
  const shelf = new LayerShelf(() => new Promise(done => answers.push(done)))
  shelf.of("1", 1)
  shelf.forget()
  answers[0]?.(LAYERS)
  await new Promise(done => setTimeout(done))
  expect(shelf.of("1", 1)).toBe(NO_LAYERS)
})
