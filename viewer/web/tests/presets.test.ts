import { expect, test } from "vitest"
import { automatic, presetOf, presetsFor, windowOf } from "../presets"

const file = { center: 41, width: 81 }

test("CT has nine windows, one a key", () => {
  const presets = presetsFor("CT", file)
  expect(presets.map(preset => preset.slug)).toEqual([
    "file",
    "brain",
    "stroke",
    "subdural",
    "bone",
    "lung",
    "mediastinum",
    "abdomen",
    "liver",
  ])
  expect(presetOf(presets, { center: 40, width: 80 })?.slug).toBe("brain")
  expect(presetOf(presets, { center: 40, width: 82 })).toBeNull()
})

test("the automatic window holds the tissue and lets air and sparks drown", () => {
  const values = new Uint16Array(10_000)
  for (let i = 5000; i < 9990; i++) values[i] = 300 + ((i * 7) % 400) // half is air, the rest tissue of 300 to 699
  values.fill(4000, 9990)
  const pixels = { values, components: 1, min: 0, max: 4000 }
  const auto = presetsFor("MR", file).find(preset => preset.slug === "auto")
  const { center, width } = auto ? windowOf(auto, pixels) : file
  expect(center - width / 2).toBeCloseTo(300, -1)
  expect(center + width / 2).toBeCloseTo(700, -1)
})

test("a picture of one grey still has a window", () => {
  expect(automatic({ values: new Int16Array(4), components: 1, min: 0, max: 0 })).toEqual({
    center: 0,
    width: 1,
  })
})
