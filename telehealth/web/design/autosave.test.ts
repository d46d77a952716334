import { Problem } from "@app/api/problem"
import { describe, expect, it } from "vitest"
import { changes, failed, merge, open, rebase, type Saved, sending, settle, stored, type } from "./autosave"

type Form = { reason: string; summary: string; questions: { id: string; text: string }[] }
const EMPTY: Form = { reason: "", summary: "", questions: [] }
const server = (version: number, part: Partial<Form> = {}): Saved<Form> => ({
  content: { ...EMPTY, ...part },
  version,
  savedAt: "2026-11-26T07:00:00Z",
})
const OFFLINE = new Problem("offline", 0, "", "")
const WRONG = new Problem("bad-body", 422, "", "")

describe("merge", () => {
  it("keeps what only one side changed", () => {
    const base = { a: 1, b: 1 }
    expect(merge(base, { a: 2, b: 1 }, { a: 1, b: 3 })).toEqual({ merged: { a: 2, b: 3 }, conflicts: [] })
  })
  it("names the field both changed and keeps mine in the form", () => {
    expect(merge({ a: 1 }, { a: 2 }, { a: 3 })).toEqual({ merged: { a: 2 }, conflicts: ["a"] })
  })
  it("sees no conflict where both wrote the same", () => {
    expect(merge({ a: 1 }, { a: 2 }, { a: 2 }).conflicts).toEqual([])
  })
})

describe("a save", () => {
  it("sends only what changed and ends clean", () => {
    const typed = type(open(server(1), null), { reason: "khó" })
    expect(typed.phase.name).toBe("dirty")
    expect(changes(typed.base.content, typed.mine)).toEqual({ reason: "khó" })
    const done = stored(sending(typed), server(2, { reason: "khó" }))
    expect(done.phase.name).toBe("clean")
    expect(done.base.version).toBe(2)
  })
  it("keeps what was typed while it travelled", () => {
    const onTheWay = sending(type(open(server(1), null), { reason: "khó" }))
    const more = type(onTheWay, { reason: "khó thở" })
    const done = stored(more, server(2, { reason: "khó" }))
    expect(done.mine.reason).toBe("khó thở")
    expect(done.phase.name).toBe("dirty")
  })
  it("does not take a blank from under the fingers when the server trims it", () => {
    const done = stored(
      sending(type(open(server(1), null), { summary: "đau " })),
      server(2, { summary: "đau" }),
    )
    expect(done.mine.summary).toBe("đau ")
    expect(done.phase.name).toBe("clean")
  })
  it("takes over what the server added to my fields", () => {
    const typed = type(open(server(1), null), { questions: [{ id: "", text: "Mổ?" }] })
    const answer = server(2, { questions: [{ id: "q1", text: "Mổ?" }] })
    const adopt = (mine: Form, theirs: Form) => ({ ...mine, questions: theirs.questions })
    expect(stored(sending(typed), answer, adopt).mine.questions[0]?.id).toBe("q1")
  })
  it("takes over what another person changed elsewhere in the form", () => {
    const done = stored(
      sending(type(open(server(1), null), { reason: "a" })),
      server(2, { reason: "a", summary: "của người khác" }),
    )
    expect(done.mine.summary).toBe("của người khác")
  })
})

describe("a save that failed", () => {
  it("waits longer each time while the line is down", () => {
    const first = failed(sending(type(open(server(1), null), { reason: "a" })), OFFLINE, 1000)
    const second = failed(sending(first), OFFLINE, 1000)
    expect(first.phase).toMatchObject({ name: "waiting", retryAt: 3000 })
    expect(second.phase).toMatchObject({ name: "waiting", retryAt: 6000 })
    expect(second.mine.reason).toBe("a")
  })
  it("says why when trying again cannot help, and tries again after the next change", () => {
    const refused = failed(sending(type(open(server(1), null), { reason: "a" })), WRONG, 0)
    expect(refused.phase.name).toBe("refused")
    expect(type(refused, { reason: "b" }).phase.name).toBe("dirty")
  })
})

describe("two writers", () => {
  const mine = type(open(server(1, { reason: "cũ" }), null), { reason: "của tôi" })
  const clash = rebase(mine, server(2, { reason: "của họ" }))
  it("stop at the field both changed, with nothing lost", () => {
    expect(clash.phase.name).toBe("conflict")
    expect(clash.conflicts).toEqual(["reason"])
    expect(clash.mine.reason).toBe("của tôi")
    expect(clash.theirs?.reason).toBe("của họ")
  })
  it("go on with mine", () => {
    const kept = settle(clash, "mine")
    expect(kept.phase.name).toBe("dirty")
    expect(kept.mine.reason).toBe("của tôi")
  })
  it("go on with theirs", () => {
    const taken = settle(clash, "theirs")
    expect(taken.phase.name).toBe("clean")
    expect(taken.mine.reason).toBe("của họ")
  })
})

describe("coming back", () => {
  it("finds what was typed but never sent", () => {
    const left = { base: server(1), mine: { ...EMPTY, reason: "chưa gửi" } }
    const draft = open(server(1), left)
    expect(draft.mine.reason).toBe("chưa gửi")
    expect(draft.phase.name).toBe("dirty")
  })
  it("merges it with what others saved meanwhile", () => {
    const left = { base: server(1), mine: { ...EMPTY, reason: "chưa gửi" } }
    const draft = open(server(4, { summary: "mới" }), left)
    expect(draft.mine).toMatchObject({ reason: "chưa gửi", summary: "mới" })
    expect(draft.base.version).toBe(4)
  })
})
