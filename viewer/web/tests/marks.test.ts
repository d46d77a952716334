import { expect, test } from "vitest"
import { lengthText, marked, marksOn, parseMark } from "../marks"
import { anImage } from "./a-series"

test("a length is in millimetres by the spacing, in pixels without one", () => {
  expect(
    lengthText(anImage(), [
      [0, 0],
      [30, 40],
    ]),
  ).toBe("23.3 mm")
  expect(
    lengthText(anImage({ spacing: null }), [
      [0, 0],
      [30, 40],
    ]),
  ).toBe("50 px")
})

test("a mark carries its image and its value as shown", () => {
  const mark = marked("a", { study_uid: "1", series_uid: "2" }, anImage(), {
    kind: "length",
    points: [
      [1.001, 2],
      [11.001, 2],
    ],
  })
  expect(mark).toMatchObject({
    sop_uid: "1.2.3",
    frame: 1,
    value: "4.0 mm",
    points: [
      [1, 2],
      [11, 2],
    ],
  })
  expect(marksOn([mark], "1.2.3", 1)).toEqual([mark])
  expect(marksOn([mark], "1.2.3", 2)).toEqual([])
})

test.each([
  [null],
  ["x"],
  [{ id: "1", kind: "circle", sop_uid: "1", points: [] }],
  [{ id: "1", kind: "length", sop_uid: "1", frame: 1, points: [[1, 2]] }],
  [{ id: "1", kind: "text", sop_uid: "1", frame: 1, points: [["1", 2]] }],
])("what cannot be drawn is no mark: %o", value => {
  expect(parseMark(value)).toBeNull()
})
