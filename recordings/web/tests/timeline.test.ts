import { expect, test } from "vitest"
import { clockOf, Fold, speakingAt, type TimedEvent, told, viewSaidAt } from "../timeline"

const event = (t_s: number, kind = "view_changed"): TimedEvent => ({ t_s, seq: t_s, kind, by: "a", body: {} })

test("the state at a second is the fold of all before it, in whatever order seconds are asked", () => {
  const events = Array.from({ length: 2000 }, (_, i) => event(i / 10))
  const fold = new Fold(0, events, count => count + 1)
  const plain = (seconds: number) => events.filter(e => e.t_s <= seconds).length
  for (const seconds of [0, 5, 199, 3, 100.05, 100, 0, 250, -1, 60.3])
    expect(fold.at(seconds)).toBe(plain(seconds))
})

test("going back to before everything gives the start", () => {
  const fold = new Fold("start", [event(1)], () => "later")
  expect([fold.at(2), fold.at(0.5), fold.at(1)]).toEqual(["later", "start", "later"])
})

test("views are not told, marks and control are", () => {
  expect(told([event(1), event(2, "mark_added"), event(3, "control_taken")]).map(e => e.t_s)).toEqual([2, 3])
})

test("who speaks at a second", () => {
  const speakers = [
    {
      identity: "a",
      full_name: "A",
      spans: [
        [0, 2],
        [5, 6],
      ] as const,
    },
    { identity: "b", full_name: "B", spans: [[1, 3]] as const },
  ]
  expect(
    [0.5, 1.5, 2, 4].map(t =>
      speakingAt(speakers, t)
        .map(s => s.identity)
        .join(),
    ),
  ).toEqual(["a", "a,b", "b", ""])
})

test("clock", () => expect([0, 65.9, 3700].map(clockOf)).toEqual(["00:00", "01:05", "1:01:40"]))

test("SV9 a view runs from the second it was said", () => {
  const events = [event(1), event(2, "chat_message"), event(3, "case_opened"), event(8)]
  expect([0.5, 1, 2.5, 3, 7.9, 9].map(seconds => viewSaidAt(events, seconds))).toEqual([0, 1, 1, 3, 3, 8])
})
