import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { applyEvent, EMPTY_STATE, type LiveEvent, type LiveState } from "./live-state"

type Vector = {
  readonly name: string
  readonly steps: readonly { readonly event: LiveEvent; readonly state: LiveState }[]
}

// The same file drives tests/unit/telehealth/test_live_vectors.py.
const vectors: readonly Vector[] = JSON.parse(readFileSync("tests/vectors/live_log.json", "utf8"))

describe("LL8 the browser reduces as the server does", () => {
  it("has vectors", () => expect(vectors.length).toBeGreaterThan(3))

  it.each(vectors)("$name", ({ steps }) => {
    let state = EMPTY_STATE
    for (const step of steps) {
      state = applyEvent(state, step.event)
      expect(state).toEqual(step.state)
    }
  })

  it("LC5 leaves the state alone for a kind it does not know", () => {
    const event = { seq: 1, at: "", by: "an", kind: "of_tomorrow", body: {} } as unknown as LiveEvent
    expect(applyEvent(EMPTY_STATE, event)).toBe(EMPTY_STATE)
  })
})
