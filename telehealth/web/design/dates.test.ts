import "../i18n"
import { describe, expect, it } from "vitest"
import {
  countdown,
  dateTime,
  instantOf,
  longDate,
  longDay,
  mondayOf,
  parseDate,
  plainDate,
  showPartial,
  span,
  today,
  weekdayOf,
  weekNumber,
} from "./dates"

describe("showing", () => {
  it("keeps the hospitals' clock wherever the reader sits", () => {
    expect(dateTime("2026-11-26T07:00:00Z")).toBe("14:00, 26/11/2026")
    expect(longDate("2026-11-26T07:00:00Z")).toBe("Thứ Năm, 26/11/2026")
    expect(span("2026-11-26T07:00:00Z", "2026-11-26T09:30:00Z")).toBe("14:00–16:30")
    expect(today("2026-11-26T17:30:00Z")).toBe("2026-11-27")
  })
  it("does not move a calendar date", () => {
    expect(plainDate("1954-03-02")).toBe("02/03/1954")
    expect(longDay("2026-11-29")).toBe("Chủ Nhật, 29/11/2026")
    expect(plainDate(null)).toBe("")
  })
  it("turns a local wall time into an instant", () => {
    expect(instantOf("2026-11-26", "14:00")).toBe("2026-11-26T07:00:00.000Z")
  })
})

describe("weeks", () => {
  it("begin on Monday", () => {
    expect(weekdayOf("2026-11-23")).toBe(0)
    expect(mondayOf("2026-11-29")).toBe("2026-11-23")
    expect(mondayOf("2026-11-23")).toBe("2026-11-23")
  })
  it.each([
    ["2026-11-26", 48],
    ["2027-01-01", 53],
    ["2027-01-04", 1],
    ["2025-12-29", 1],
  ])("%s is in ISO week %i", (date, week) => expect(weekNumber(date)).toBe(week))
})

describe("what people type for a date", () => {
  it.each([
    ["02/03/1954", "1954-03-02", "day"],
    ["2-3-1954", "1954-03-02", "day"],
    [" 2.3.1954 ", "1954-03-02", "day"],
    ["02031954", "1954-03-02", "day"],
    ["3/1954", "1954-03-01", "month"],
    ["1954", "1954-01-01", "year"],
    ["29/02/2028", "2028-02-29", "day"],
  ])("%s is read", (typed, date, precision) => expect(parseDate(typed)).toEqual({ date, precision }))
  it.each(["31/02/2026", "29/02/2026", "13/13/2026", "1/2/3/4", "hôm nay", "", "26/11/26", "99999"])(
    "%s is no date",
    typed => expect(parseDate(typed)).toBeNull(),
  )
  it.each(["02/03/1954", "03/1954", "1954"])("%s comes back as it was", typed =>
    expect(showPartial(parseDate(typed))).toBe(typed),
  )
})

describe("countdown", () => {
  const start = "2026-11-26T07:00:00Z"
  const before = (minutes: number) => Date.parse(start) - minutes * 60_000
  it.each([
    [0, "now", 0, 0],
    [-5, "now", 0, 0],
    [12, "minutes", 12, 0],
    [119, "hours", 1, 59],
    [120, "hours", 2, 0],
  ])("%i minutes before", (minutes, key, count, rest) =>
    expect(countdown(start, before(minutes))).toMatchObject({ key, count, rest }),
  )
  it("counts days by the calendar", () => {
    expect(countdown(start, Date.parse("2026-11-24T16:00:00Z"))).toMatchObject({ key: "days", count: 2 })
  })
})
