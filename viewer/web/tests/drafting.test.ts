import { expect, test } from "vitest"
import { pressed, released, stretched } from "../drafting"

test("a line goes from where one presses to where one lets go", () => {
  const draft = stretched(pressed(null, "length", [1, 1]), [20, 1])
  expect(released(draft)).toEqual({
    draft: null,
    done: {
      kind: "length",
      points: [
        [1, 1],
        [20, 1],
      ],
    },
  })
})

test("a click draws no line, but a word", () => {
  expect(released(pressed(null, "length", [1, 1]))).toEqual({ draft: null, done: null })
  expect(released(pressed(null, "text", [1, 1])).done).toEqual({ kind: "text", points: [[1, 1]] })
})

test("an angle is two lines, the second from the end of the first", () => {
  const first = released(stretched(pressed(null, "angle", [0, 0]), [10, 0]))
  expect(first.done).toBeNull()
  const between = first.draft && stretched(first.draft, [10, 5])
  const second = between && stretched(pressed(between, "angle", [10, 8]), [10, 10])
  expect(second && released(second).done).toEqual({
    kind: "angle",
    points: [
      [0, 0],
      [10, 0],
      [10, 10],
    ],
  })
})

test("another tool begins anew", () => {
  const first = released(stretched(pressed(null, "angle", [0, 0]), [10, 0])).draft
  expect(pressed(first, "length", [3, 3])).toMatchObject({
    kind: "length",
    points: [
      [3, 3],
      [3, 3],
    ],
  })
})
