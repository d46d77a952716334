import type { Delivery } from "@app/api/types"
import { expect, it } from "vitest"
import { byCase } from "./order"

const delivery = (case_id: string, state: Delivery["state"], verified_at: string | null = null) =>
  ({ id: case_id + state, case_id, state, verified_at, sent_at: null }) as Delivery

it("what needs a person comes first, the newest of the finished next to last", () => {
  const groups = byCase([
    delivery("old", "verified", "2026-11-01T00:00:00Z"),
    delivery("new", "verified", "2026-11-20T00:00:00Z"),
    delivery("way", "sending"),
    delivery("stuck", "verified"),
    delivery("stuck", "needs_person"),
  ])
  expect(groups.map(group => group[0]?.case_id)).toEqual(["stuck", "way", "new", "old"])
  expect(groups[0]).toHaveLength(2)
})
