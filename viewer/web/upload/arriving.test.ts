import { expect, test } from "vitest"
import { arriving } from "./arriving"

const NONE = { receiving: 0, stored: 0, duplicate: 0, refused: 0 }

test("counts what has come against everything announced", () => {
  expect(arriving({ receiving: 1, stored: 1, duplicate: 1, refused: 1 })).toEqual({ done: 3, of: 4 })
})

test("says nothing when nothing is on its way", () => {
  expect(arriving({ ...NONE, stored: 7 })).toBeNull()
  expect(arriving(undefined)).toBeNull()
})
