import type { Gateway } from "@app/api/types"
import { expect, test } from "vitest"
import { stateOf } from "./gateway-state"

const NOW = Date.parse("2026-11-26T08:00:00Z")
const fresh: Gateway = {
  id: "g",
  facility_id: "f",
  name: "G",
  enrolled_at: null,
  code_until: "2026-11-27T08:00:00Z",
  seen_at: null,
  waiting_files: 0,
  waiting_bytes: 0,
  refused_files: 0,
  trouble: "",
  near_packs: null,
  near_bytes: 0,
}
const enrolled = { ...fresh, enrolled_at: "2026-11-25T08:00:00Z", code_until: null }

test("before the first word: waits for its code, or the code is too old", () => {
  expect(stateOf(fresh, NOW)).toBe("not_enrolled")
  expect(stateOf({ ...fresh, code_until: "2026-11-26T07:59:00Z" }, NOW)).toBe("code_old")
  expect(stateOf(enrolled, NOW)).toBe("never")
})

test("then by what it told and how long ago", () => {
  const seen = { ...enrolled, seen_at: "2026-11-26T07:59:30Z" }
  expect(stateOf(seen, NOW)).toBe("well")
  expect(stateOf({ ...seen, trouble: "unreachable" }, NOW)).toBe("trouble")
  expect(stateOf({ ...seen, refused_files: 1 }, NOW)).toBe("trouble")
  expect(stateOf({ ...seen, seen_at: "2026-11-26T07:50:00Z" }, NOW)).toBe("silent")
})
