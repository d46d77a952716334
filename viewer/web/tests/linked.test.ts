import { expect, test } from "vitest"
import { linkedTo } from "../linked"
import type { Manifest } from "../manifest"
import { referenceLine } from "../reference-lines"
import { scaleBar } from "../scale-bar"
import { opened } from "../series-list"
import type { ViewportState, ViewState } from "../view-state"
import { aManifest, anImage } from "./a-series"

type Stack = {
  uid: string
  apart: number
  count: number
  from?: number
  frame?: string
  down?: boolean
  sagittal?: boolean
}

/** Axial slices `apart` mm from `from` upwards, or sagittal ones. */
function stack({ uid, apart, count, from = 0, frame = "f", down, sagittal }: Stack): Manifest {
  const images = Array.from({ length: count }, (_, i) => {
    const place = from + i * apart * (down ? -1 : 1)
    return anImage({
      sopUid: `${uid}.${i}`,
      rows: 100,
      columns: 100,
      spacing: [1, 1],
      position: sagittal ? [place, -50, 50] : [-50, -50, place],
      orientation: sagittal ? [0, 1, 0, 0, 0, -1] : [1, 0, 0, 0, 1, 0],
    })
  })
  return { ...aManifest(0), seriesUid: uid, frameOfReferenceUid: frame, images }
}

const at = (manifest: Manifest, index: number): ViewportState | null => {
  const port = opened(manifest, null)
  return port && { ...port, sop_uid: manifest.images[index]?.sopUid ?? "" }
}
const viewOf = (ports: readonly (ViewportState | null)[], linked = true): ViewState => ({
  layout: 2,
  active: 0,
  viewports: ports,
  linked,
})
const sops = (view: ViewState) => view.viewports.map(viewport => viewport?.sop_uid)

const thin = stack({ uid: "1", apart: 1, count: 100 })
const thick = stack({ uid: "2", apart: 5, count: 20 })

test("VS14 in one frame of reference the slice at the same place is shown", () => {
  const series = [thin, thick]
  const view = viewOf([at(thin, 52), at(thick, 0)])
  expect(sops(linkedTo(view, view, i => series[i] ?? null))).toEqual(["1.52", "2.10"])
})

test("a stack that runs the other way goes the other way", () => {
  const turned = stack({ uid: "3", apart: 5, count: 20, from: 95, down: true })
  const series = [thin, turned]
  const view = viewOf([at(thin, 90), at(turned, 0)])
  expect(sops(linkedTo(view, view, i => series[i] ?? null))[1]).toBe("3.1")
})

test("VS14 an earlier study keeps its distance, without losing its place in small steps", () => {
  const earlier = stack({ uid: "4", apart: 5, count: 40, from: 300, frame: "earlier" })
  const series = [thin, earlier]
  const anchor = viewOf([at(thin, 20), at(earlier, 10)])
  let view = anchor
  for (let i = 21; i <= 41; i++)
    view = linkedTo(
      anchor,
      { ...view, viewports: [at(thin, i), view.viewports[1] ?? null] },
      n => series[n] ?? null,
    )
  expect(sops(view)).toEqual(["1.41", "4.14"])
})

test("VS14 slices of another direction, and views that are not linked, stay", () => {
  const sagittal = stack({ uid: "5", apart: 5, count: 20, sagittal: true })
  const series = [thin, sagittal]
  const crossed = viewOf([at(thin, 50), at(sagittal, 3)])
  expect(linkedTo(crossed, crossed, i => series[i] ?? null)).toBe(crossed)
  const apart = viewOf([at(thin, 50), at(thick, 0)], false)
  expect(linkedTo(apart, apart, i => [thin, thick][i] ?? null)).toBe(apart)
})

test("a manifest on its way moves nothing", () => {
  const view = viewOf([at(thin, 50), at(thick, 0)])
  expect(linkedTo(view, view, i => (i === 0 ? thin : null))).toBe(view)
})

test("an axial slice is a level line on a sagittal image", () => {
  const sagittal = stack({ uid: "5", apart: 5, count: 20, sagittal: true })
  const [here, other] = [sagittal.images[5], thin.images[30]]
  if (!here || !other) throw new RangeError()
  const line = referenceLine({ manifest: sagittal, image: here }, { manifest: thin, image: other })
  const rows = line?.map(([, row]) => row) ?? []
  expect(rows[0]).toBeCloseTo(20.5, 6) // 20 mm below the first row at 50 mm
  expect(rows[1]).toBeCloseTo(20.5, 6)
  expect(line?.map(([column]) => Math.round(column)).sort((a, b) => a - b)).toEqual([0, 100])
})

test("no line between parallel images, nor across frames of reference", () => {
  const sagittal = stack({ uid: "5", apart: 5, count: 20, sagittal: true, frame: "g" })
  const [one, two, three] = [thin.images[1], thick.images[1], sagittal.images[1]]
  if (!one || !two || !three) throw new RangeError()
  expect(referenceLine({ manifest: thin, image: one }, { manifest: thick, image: two })).toBeNull()
  expect(referenceLine({ manifest: thin, image: one }, { manifest: sagittal, image: three })).toBeNull()
})

test.each([
  [2, 150, 50, 100],
  [1.3, 150, 100, 130],
  [40, 150, 2, 80],
  [0.1, 150, 1000, 100],
  [700, 150, 0.2, 140],
])("at %d pixels a millimetre and %d of room the bar is %d mm", (scale, room, millimetres, pixels) => {
  const bar = scaleBar(scale, room)
  expect(bar?.millimetres).toBe(millimetres)
  expect(bar?.pixels).toBeCloseTo(pixels, 6)
})

test("no scale, no bar", () => {
  expect(scaleBar(Number.NaN, 100)).toBeNull()
  expect(scaleBar(0, 100)).toBeNull()
})
