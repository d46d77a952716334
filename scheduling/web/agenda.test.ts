import { describe, expect, it } from "vitest"
import { move, offsets, plan, totalMinutes } from "./agenda"

const agenda = ["a", "b", "c"].map(case_id => ({ case_id, planned_minutes: 15 }))
const order = (slots: { case_id: string }[]) => slots.map(slot => slot.case_id).join("")

describe("order", () => {
  it.each([
    ["a", 2, "bca"],
    ["c", 0, "cab"],
    ["b", 1, "abc"],
    ["a", 99, "bca"],
    ["c", -1, "cab"],
    ["x", 0, "abc"],
  ])("%s to place %i", (id, place, expected) => expect(order(move(agenda, id, place))).toBe(expected))
})

it("minutes are whole and within reason", () => {
  expect(plan(agenda, "b", 20)[1]?.planned_minutes).toBe(20)
  expect(plan(agenda, "b", 12.4)[1]?.planned_minutes).toBe(12)
  expect(plan(agenda, "b", 0)[1]?.planned_minutes).toBe(1)
  expect(plan(agenda, "b", 9999)[1]?.planned_minutes).toBe(240)
})

it("each case begins when those before it end", () => {
  expect(offsets(agenda)).toEqual([0, 15, 30])
  expect(totalMinutes(agenda)).toBe(45)
})
