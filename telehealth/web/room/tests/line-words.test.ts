import type { LiveLine } from "@app/api/types"
import { expect, test } from "vitest"
import { lineWords } from "../line-words"

const still = { bps: 0, loss: 0, jitter_ms: 0 }
const line: LiveLine = {
  identity: "me",
  quality: "excellent",
  up: { ...still, bps: 640_000 },
  down: { ...still, bps: 1_249_000, loss: 0.02 },
  rtt_ms: 80,
  budget_bps: null,
  pictures: [],
}

test("rates in Mbit/s with the language's comma, the worse loss, the round trip", () => {
  const words = lineWords(line, "vi")
  expect(words).toEqual({ up: "0,6", down: "1,2", loss: "2%", rtt: "80", lowered: false, bad: false })
  expect(lineWords(line, "en").down).toBe("1.2")
})

test("a round trip nobody measured is no figure", () => {
  expect(lineWords({ ...line, rtt_ms: null }, "vi").rtt).toBeNull()
})

test("much loss or a long way is bad; only the line's own reason makes a picture lowered", () => {
  expect(lineWords({ ...line, up: { ...still, loss: 0.09 } }, "vi").bad).toBe(true)
  expect(lineWords({ ...line, rtt_ms: 450 }, "vi").bad).toBe(true)
  const small = { identity: "a", is_screen: false, layer: 0 }
  expect(lineWords({ ...line, pictures: [{ ...small, reason: "sender" }] }, "vi").lowered).toBe(false)
  expect(lineWords({ ...line, pictures: [{ ...small, reason: "line" }] }, "vi").lowered).toBe(true)
})
