import { describe, expect, it } from "vitest"
import { bytes, left } from "./measures"
import { concluded, enqueue, newItem, rate, refusals, sampled, secondsLeft, totals } from "./queue"
import { readOutcome } from "./uploader"

const item = (path: string, size = 100) => newItem(path, size, 0)

describe("the queue", () => {
  it("takes a file once, however often it is dropped", () => {
    const queue = enqueue(enqueue([], [item("a"), item("b")]), [item("a"), item("c")])
    expect(queue.map(each => each.path)).toEqual(["a", "b", "c"])
  })
  it("starts a refused or failed file again, and leaves an arrived one alone", () => {
    const before = [
      { ...item("a"), state: "stored" as const },
      { ...item("b"), state: "failed" as const },
      { ...item("c"), state: "refused" as const },
    ]
    expect(enqueue(before, [item("a"), item("b"), item("c")]).map(each => each.state)).toEqual([
      "stored",
      "waiting",
      "waiting",
    ])
  })
  it("counts every state", () => {
    const queue = [
      { ...item("a"), state: "stored" as const, sent: 100 },
      { ...item("b"), state: "sending" as const, sent: 40 },
      { ...item("c"), state: "refused" as const, sent: 100 },
      item("d"),
    ]
    expect(totals(queue)).toEqual({
      files: 4,
      bytes: 400,
      sentBytes: 240,
      waiting: 2,
      stored: 1,
      duplicate: 0,
      refused: 1,
      failed: 0,
      done: 2,
    })
  })
})

describe("the server's word", () => {
  it.each([
    ["stored", "stored"],
    ["duplicate", "duplicate"],
    ["unpacked", "stored"],
    ["index", "stored"],
  ] as const)("%s ends as %s", (state, ends) =>
    expect(concluded(item("a"), { id: "1", name: "a", state }).state).toBe(ends),
  )
  it("keeps the reason of a refusal", () => {
    const outcome = { id: "1", name: "a", state: "refused" as const, reason_slug: "not-dicom" }
    expect(concluded(item("a"), outcome)).toMatchObject({ state: "refused", reason: "not-dicom" })
  })
  it("is read from the header, percent-encoded or not; nonsense is none", () => {
    expect(readOutcome('{"id":"1","name":"a","state":"stored"}')?.state).toBe("stored")
    expect(readOutcome(encodeURIComponent('{"id":"1","name":"ả","state":"stored"}'))?.name).toBe("ả")
    expect(readOutcome("{")).toBeNull()
    expect(readOutcome(undefined)).toBeNull()
  })
  it("lists each refused file once, those inside an archive too, and drops one that arrived later", () => {
    const local = [{ ...item("x/readme.txt"), state: "refused" as const, reason: "not-dicom" }]
    const outcomes = [
      { id: "1", name: "x/readme.txt", state: "refused" as const, reason_slug: "not-dicom" },
      { id: "2", name: "disc.zip/README", state: "refused" as const, reason_slug: "not-dicom" },
      { id: "3", name: "cut.dcm", state: "refused" as const, reason_slug: "truncated" },
      { id: "4", name: "cut.dcm", state: "stored" as const },
    ]
    expect(refusals(local, outcomes).map(each => each.name)).toEqual(["x/readme.txt", "disc.zip/README"])
  })
})

describe("pace", () => {
  it("is measured over the last seconds only", () => {
    const samples = [0, 1, 2, 20, 21, 22].reduce(
      (before, second) => sampled(before, { at: second * 1000, bytes: second * 500 }),
      [] as { at: number; bytes: number }[],
    )
    expect(samples).toHaveLength(3)
    expect(rate(samples)).toBe(500)
  })
  it("says nothing before it knows", () => {
    expect(rate([{ at: 0, bytes: 0 }])).toBeNull()
    expect(
      rate([
        { at: 0, bytes: 10 },
        { at: 5000, bytes: 10 },
      ]),
    ).toBeNull()
    expect(secondsLeft(totals([item("a")]), null)).toBeNull()
  })
  it("gives the time left", () => expect(secondsLeft(totals([item("a", 1000)]), 300)).toBe(4))
  it.each([
    [1, "seconds", 1],
    [59, "seconds", 59],
    [61, "minutes", 2],
    [7200, "hours", 2],
  ])("%i s reads well", (seconds, key, count) => expect(left(seconds)).toEqual({ key, count }))
  it.each([
    [0, "0 B"],
    [950, "950 B"],
    [4_200_000, "4,2 MB"],
    [108_000_000, "108 MB"],
  ])("%i bytes read well", (count, text) => expect(bytes(count, "vi")).toBe(text))
})
