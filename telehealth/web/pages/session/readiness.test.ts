import type { CaseReadiness } from "@app/api/types"
import { expect, test } from "vitest"
import { complete, hasImages, percentOf } from "./readiness"

const site = {
  facility_id: "a",
  facility_name: "A",
  state: "complete",
  held_bytes: 10,
  total_bytes: 10,
  rate_bps: null,
  left_seconds: null,
  told_at: null,
} as const

test("percent is whole and reaches 100 only with the last byte", () => {
  expect(percentOf(0, 10, "vi")).toBe("0%")
  expect(percentOf(9_999, 10_000, "vi")).toBe("99%")
  expect(percentOf(10, 10, "vi")).toBe("100%")
})

test("sites that are complete are counted, cases without images are told apart", () => {
  const of: CaseReadiness = { case_id: "c", sites: [site, { ...site, state: "late", held_bytes: 1 }] }
  expect(complete(of)).toBe(1)
  expect(hasImages(of)).toBe(true)
  expect(hasImages({ case_id: "c", sites: [{ ...site, total_bytes: 0 }] })).toBe(false)
})
