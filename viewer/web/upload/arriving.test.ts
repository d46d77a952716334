import { expect, test } from "vitest"
import { arriving } from "./arriving"

const sent = (...states: Parameters<typeof arriving>[0][number]["state"][]) =>
  states.map(state => ({ state }))

test("counts what has come against everything announced", () => {
  expect(arriving(sent("stored", "duplicate", "refused", "receiving"))).toEqual({ done: 3, of: 4 })
})

test("an opened archive and a disc's index are no images", () => {
  expect(arriving(sent("unpacked", "index", "receiving"))).toEqual({ done: 0, of: 1 })
})

test("says nothing when nothing is on its way", () => {
  expect(arriving(sent("stored", "unpacked"))).toBeNull()
  expect(arriving([])).toBeNull()
})
