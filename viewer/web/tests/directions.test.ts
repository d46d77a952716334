import { expect, test } from "vitest"
import { edgesOf } from "../directions"
import { anImage } from "./a-series"

const fit = { zoom: 1, pan: [0, 0] as const, rotation: 0 as const, flipH: false, flipV: false }
const axial = anImage({ orientation: [1, 0, 0, 0, 1, 0] })

test("an axial image has the patient's right at the left and the front on top", () => {
  expect(edgesOf(axial, fit)).toEqual({ left: "R", right: "L", top: "A", bottom: "P" })
})

test("a sagittal image has the head on top", () => {
  expect(edgesOf(anImage({ orientation: [0, 1, 0, 0, 0, -1] }), fit)).toEqual({
    left: "A",
    right: "P",
    top: "H",
    bottom: "F",
  })
})

test("letters follow flips and turns", () => {
  expect(edgesOf(axial, { ...fit, flipH: true })).toMatchObject({ left: "L", top: "A" })
  expect(edgesOf(axial, { ...fit, rotation: 90 })).toMatchObject({ top: "R", right: "A" })
})

test("without orientation no side is claimed", () => {
  expect(edgesOf(anImage({ orientation: null }), fit)).toBeNull()
})
