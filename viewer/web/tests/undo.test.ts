import { expect, test } from "vitest"
import type { Mark } from "../marks"
import { type Done, noted, undone } from "../undo"

const mark = (id: string): Mark => ({
  id,
  kind: "text",
  study_uid: "",
  series_uid: "",
  sop_uid: "",
  frame: 1,
  points: [[0, 0]],
})
const [a, b] = [mark("a"), mark("b")]
const drew = (one: Mark): Done => ({ type: "drew", mark: one })

test("VS16 the last mark that is still there goes first", () => {
  const step = undone([drew(a), drew(b)], [a, b])
  expect(step).toMatchObject({ type: "remove", mark: b })
  expect(step && undone(step.rest, [a])).toMatchObject({ type: "remove", mark: a })
})

test("VS16 what somebody else took away is passed by", () => {
  expect(undone([drew(a), drew(b)], [a])).toMatchObject({ type: "remove", mark: a })
  expect(undone([drew(b)], [a])).toBeNull()
})

test("VS16 what was taken away comes back", () => {
  const done = noted([drew(a)], { type: "removed", mark: a })
  expect(undone(done, [])).toMatchObject({ type: "draw", mark: a, rest: [drew(a)] })
})

test("only so much is remembered", () => {
  const many = Array.from({ length: 150 }, () => drew(a)).reduce(noted, [] as readonly Done[])
  expect(many.length).toBe(100)
})
