import { expect, it } from "vitest"
import { addMonths, byDate, parseTime, weeksOf } from "./month"

it("a month is whole weeks from Monday", () => {
  const weeks = weeksOf("2026-11")
  expect(weeks).toHaveLength(6)
  expect(weeks[0]?.[0]).toBe("2026-10-26")
  expect(weeks.at(-1)?.at(-1)).toBe("2026-12-06")
  expect(weeksOf("2027-02")).toHaveLength(4)
})

it("turns over the year", () => {
  expect(addMonths("2026-12", 1)).toBe("2027-01")
  expect(addMonths("2026-01", -1)).toBe("2025-12")
})

it("puts a session on its local day", () => {
  const session = { id: "1", starts_at: "2026-11-26T18:00:00Z" } as Parameters<typeof byDate>[0][number]
  expect([...byDate([session]).keys()]).toEqual(["2026-11-27"])
})

it.each([
  ["14:00", "14:00"],
  ["14h", "14:00"],
  ["8h30", "08:30"],
  ["1430", "14:30"],
  ["9.15", "09:15"],
])("%s is a time", (typed, time) => expect(parseTime(typed)).toBe(time))
it.each(["25:00", "14:60", "chiều", ""])("%s is none", typed => expect(parseTime(typed)).toBeNull())
