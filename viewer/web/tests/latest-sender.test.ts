import { expect, test } from "vitest"
import { LatestSender } from "../latest-sender"

function clock() {
  let now = 0
  const due: { at: number; run: () => void }[] = []
  const timers = {
    now: () => now,
    after: (ms: number, run: () => void) => {
      const entry = { at: now + ms, run }
      due.push(entry)
      return () => void due.splice(due.indexOf(entry), 1)
    },
  }
  const advance = (ms: number) => {
    now += ms
    for (const entry of due.filter(e => e.at <= now)) {
      due.splice(due.indexOf(entry), 1)
      entry.run()
    }
  }
  return { timers, advance }
}

test("30 offers a second go out at most 15 times, and the last one always", () => {
  const { timers, advance } = clock()
  const sent: number[] = []
  const sender = new LatestSender<number>(1000 / 15, value => sent.push(value), timers)
  for (let i = 1; i <= 30; i++) {
    sender.offer(i)
    advance(1000 / 30)
  }
  advance(1000)
  expect(sent.length).toBeLessThanOrEqual(16)
  expect(sent[0]).toBe(1)
  expect(sent.at(-1)).toBe(30)
})

test("what waits is forgotten when control is lost", () => {
  const { timers, advance } = clock()
  const sent: number[] = []
  const sender = new LatestSender<number>(100, value => sent.push(value), timers)
  sender.offer(1)
  sender.offer(2)
  sender.drop()
  advance(1000)
  expect(sent).toEqual([1])
})
