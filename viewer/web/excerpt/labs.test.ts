import { describe, expect, it } from "vitest"
import { flagOf, isTable, number, parseLabs } from "./labs"

describe("numbers", () => {
  it.each([
    ["3,1", 3.1],
    ["3.1", 3.1],
    ["1.250,5", 1250.5],
    ["1,250.5", 1250.5],
    ["128", 128],
    ["-0,5", -0.5],
  ])("%s", (text, value) => expect(number(text)).toBe(value))
  it.each(["dương tính", "< 0,5", "", "12 g"])("%s is none", text => expect(number(text)).toBeNull())
})

describe("flags", () => {
  it.each([
    ["128", "130-170", "L"],
    ["171", "130 – 170", "H"],
    ["150", "130-170", ""],
    ["3,1", "0,8-1,2", "H"],
    ["6", "< 5", "H"],
    ["4", "≤ 5", ""],
    ["0,4", "> 0,9", "L"],
    ["âm tính", "âm tính", ""],
    ["5", "", ""],
  ])("%s against %s", (value, range, flag) => expect(flagOf(value, range)).toBe(flag))
})

describe("a pasted table", () => {
  it("in our order, without a head row", () => {
    expect(parseLabs("Hb\t128\tg/L\t130-170\t23/11/2026 08:00\r\nINR\t3,1\t\t0,8-1,2\t")).toEqual([
      { name: "Hb", value: "128", unit: "g/L", range: "130-170", flag: "L", taken_at: "2026-11-23" },
      { name: "INR", value: "3,1", unit: "", range: "0,8-1,2", flag: "H", taken_at: null },
    ])
  })
  it("in the laboratory's own order, by its head row", () => {
    const text = "Tên xét nghiệm\tĐơn vị\tKết quả\tTrị số bình thường\nCreatinin\tµmol/L\t96\t62-106"
    expect(parseLabs(text)).toEqual([
      { name: "Creatinin", value: "96", unit: "µmol/L", range: "62-106", flag: "", taken_at: null },
    ])
  })
  it("keeps a flag that came with it", () => {
    expect(parseLabs("Xét nghiệm\tKết quả\tCờ\nKali\t7,1\tHH")[0]?.flag).toBe("HH")
  })
  it("skips empty rows", () => expect(parseLabs("\n\t\t\nHb\t128\n")).toHaveLength(1))
  it("is told from plain typing", () => {
    expect(isTable("Hb\t128")).toBe(true)
    expect(isTable("Hb")).toBe(false)
  })
})
