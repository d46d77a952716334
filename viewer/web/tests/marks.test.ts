import { expect, test } from "vitest"
import { marked, marksOn, measuresOf, parseMark } from "../marks"
import { aManifest, anImage } from "./a-series"

const pixels = { values: new Int16Array(64 * 96).fill(40), components: 1, min: 40, max: 40 }
const on = { manifest: aManifest(1), image: anImage(), pixels }
const recorded = (measures: object, unit: string) =>
  Object.keys(measures).length ? `${JSON.stringify(measures)}${unit}` : ""

test("a mark carries its image, its measures, and its value in words", () => {
  const points = [
    [1.001, 2],
    [11.001, 2],
  ] as const
  const mark = marked("a", on, { kind: "length", points }, recorded)
  expect(mark).toMatchObject({
    study_uid: "1.8",
    series_uid: "1.9",
    sop_uid: "1.2.3",
    frame: 1,
    value: '{"length_mm":4}',
    measures: { length_mm: 4 },
    points: [
      [1, 2],
      [11, 2],
    ],
  })
  expect(mark.unit).toBeUndefined()
  expect(marksOn([mark], "1.2.3", 1)).toEqual([mark])
  expect(marksOn([mark], "1.2.3", 2)).toEqual([])
})

test("greys of CT are in Hounsfield units", () => {
  const points = [
    [10, 10],
    [20, 20],
  ] as const
  expect(marked("a", on, { kind: "roi", points }, recorded)).toMatchObject({
    unit: "HU",
    measures: { mean: 40, sd: 0 },
  })
  const arrow = marked("a", on, { kind: "arrow", points, text: "ở đây" }, recorded)
  expect([arrow.text, arrow.value, arrow.measures, arrow.unit]).toEqual([
    "ở đây",
    undefined,
    undefined,
    undefined,
  ])
})

test("a length of an older log is measured again, so that it speaks this person's language", () => {
  const wire = {
    id: "1",
    kind: "length",
    sop_uid: "1.2.3",
    frame: 1,
    value: "4.0 mm",
    points: [
      [1, 2],
      [11, 2],
    ],
  }
  const mark = parseMark(wire)
  expect(mark && measuresOf(mark, anImage())).toEqual({ length_mm: 4 })
})

test("measures from the wire are numbers of known names", () => {
  const wire = { id: "1", kind: "text", sop_uid: "1", frame: 1, points: [[1, 2]] }
  expect(parseMark({ ...wire, measures: { mean: 3, sd: "4", other: 5 } })?.measures).toEqual({ mean: 3 })
  expect(parseMark({ ...wire, measures: "x" })?.measures).toBeUndefined()
})

test.each([
  [null],
  ["x"],
  [{ id: "1", kind: "circle", sop_uid: "1", points: [] }],
  [{ id: "1", kind: "toString", sop_uid: "1", points: [] }],
  [{ id: "1", kind: "length", sop_uid: "1", frame: 1, points: [[1, 2]] }],
  [
    {
      id: "1",
      kind: "angle",
      sop_uid: "1",
      frame: 1,
      points: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  [{ id: "1", kind: "text", sop_uid: "1", frame: 1, points: [["1", 2]] }],
])("what cannot be drawn is no mark: %o", value => {
  expect(parseMark(value)).toBeNull()
})
