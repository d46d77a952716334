import { describe, expect, test } from "vitest"
import en from "../i18n/en.json"
import vi from "../i18n/vi.json"
import { decimal, measured, measureLines } from "../measures"
import { anImage } from "./a-series"

const image = anImage({ rows: 40, columns: 50, spacing: [0.5, 0.4] })
/** Every pixel says where it is: 1000 * row + column. */
const pixels = {
  values: Int16Array.from({ length: 40 * 50 }, (_, i) => 100 * Math.floor(i / 50) + (i % 50)),
  components: 1,
  min: 0,
  max: 3949,
}
const say = (texts: typeof vi) => (key: string, values: { readonly [name: string]: string }) =>
  texts.measure[key as keyof typeof vi.measure].replace(/{{(\w+)}}/g, (_, name) => values[name] ?? "")

test("a length is in millimetres by the spacing, in pixels without one", () => {
  const line = [
    [0, 0],
    [30, 40],
  ] as const
  expect(measured(image, "length", line, null)).toEqual({ length_mm: 23.32 })
  expect(measured(anImage({ spacing: null }), "length", line, null)).toEqual({ length_px: 50 })
})

test("an angle is the patient's, not the oblong pixels'", () => {
  const corner = [
    [10, 0],
    [0, 0],
    [10, 10],
  ] as const
  expect(measured(anImage({ spacing: [1, 1] }), "angle", corner, null)).toEqual({ angle_deg: 45 })
  expect(measured(image, "angle", corner, null)).toEqual({ angle_deg: 51.34 })
})

describe("regions", () => {
  test("a rectangle counts the pixels whose centre it holds", () => {
    const two = measured(
      image,
      "roi",
      [
        [12, 5],
        [10, 4],
      ],
      pixels,
    ) // columns 10 and 11 of row 4
    expect(two).toEqual({ area_mm2: 0.4, mean: 410.5, sd: 0.5, min: 410, max: 411 })
  })
  test("an ellipse leaves out its corners", () => {
    const round = measured(
      image,
      "ellipse",
      [
        [10, 10],
        [30, 30],
      ],
      pixels,
    )
    expect(round.area_mm2).toBeCloseTo(Math.PI * 4 * 5, 1)
    expect(round.mean).toBeCloseTo(1950 + 19.5, 1)
    expect(round.min).toBeGreaterThan(1010)
    expect(round.max).toBeLessThan(2929)
  })
  test("what hangs over the border counts what there is, what lies outside nothing", () => {
    expect(
      measured(
        image,
        "roi",
        [
          [-10, -10],
          [1, 1],
        ],
        pixels,
      ),
    ).toMatchObject({ mean: 0, min: 0, max: 0 })
    expect(
      measured(
        image,
        "roi",
        [
          [60, 60],
          [70, 70],
        ],
        pixels,
      ),
    ).toEqual({ area_mm2: 20 })
  })
  test("colours and pixels that are not there have no greys", () => {
    expect(
      measured(
        image,
        "roi",
        [
          [0, 0],
          [2, 2],
        ],
        null,
      ),
    ).toEqual({ area_mm2: 0.8 })
    expect(
      measured(
        image,
        "roi",
        [
          [0, 0],
          [2, 2],
        ],
        { ...pixels, components: 3 },
      ),
    ).toEqual({ area_mm2: 0.8 })
  })
})

test("numbers are written as people of the language write them", () => {
  expect(measureLines({ length_mm: 31.27 }, "", say(vi), "vi")).toEqual(["31,3 mm"])
  expect(measureLines({ length_mm: 31.27 }, "", say(en), "en")).toEqual(["31.3 mm"])
  expect(decimal("vi", 1234.5, 1)).toBe("1234,5")
  expect(decimal("en", -0.04, 1)).toBe("0.0")
  expect(decimal("vi", -600, 0)).toBe("−600")
})

test("a region says area, mean and ends with the unit", () => {
  const measures = { area_mm2: 120.4, mean: 43.21, sd: 12.06, min: -3, max: 88.5 }
  expect(measureLines(measures, "HU", say(vi), "vi")).toEqual([
    "120,4 mm²",
    "TB 43,2 ± 12,1 HU",
    "−3 đến 88,5 HU",
  ])
  expect(measureLines(measures, "", say(en), "en")[1]).toBe("Mean 43.2 ± 12.1")
})
