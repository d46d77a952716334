import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { centreOut, type Level } from "../manifest"
import { FEED_LIMITS, type FetchBytes, SeriesFeed } from "../series-feed"
import { aManifest, bytesOf, ENDS, stagePart } from "./a-series"

const COUNT = 20

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Serves `aManifest(COUNT)` like the server, and remembers what was asked. */
function server(fail: (call: number) => boolean = () => false) {
  const asked: string[] = []
  let sentBytes = 0
  async function* parts(chunks: Uint8Array[]) {
    for (const chunk of chunks) {
      sentBytes += chunk.length
      yield chunk
    }
  }
  const fetchBytes: FetchBytes = async (path, { range }) => {
    asked.push(
      range
        ? `${path.split("/").at(-1)?.split("?")[0]} ${range[0]}-${range[1]}`
        : path.split("/").slice(-2).join("/"),
    )
    if (fail(asked.length)) throw new TypeError("line down")
    if (range) {
      const index = Math.floor(range[0] / 100)
      return parts([bytesOf(index).subarray(range[0] - index * 100, range[1] + 1 - index * 100)])
    }
    const stage = path.includes("stage/0") ? 0 : 1
    const around = Number(/around=(\d+)/.exec(path)?.[1])
    const order = centreOut(around, COUNT).slice(Number(/skip=(\d+)/.exec(path)?.[1]))
    const [from, to] = stage === 0 ? [0, ENDS[0]] : [ENDS[0], ENDS[1]]
    return parts(order.map(i => stagePart(i, bytesOf(i).subarray(from, to))))
  }
  return { asked, fetchBytes, sent: () => sentBytes }
}

test("first the image on screen, then the stack, then everything lossless, no byte twice", async () => {
  const { asked, fetchBytes, sent } = server()
  const levels: [number, Level][] = []
  const feed = new SeriesFeed(aManifest(COUNT), fetchBytes, {
    onLevel: (i, level) => levels.push([i, level]),
  })
  feed.look(10)
  await vi.runAllTimersAsync()
  expect(asked.slice(0, 3)).toEqual([
    "pack 1000-1029",
    "stage/0?around=10&generation=1&skip=0",
    "stage/1?around=10&generation=1&skip=1",
  ])
  expect(feed.codestreams.held).toBe(COUNT * 100)
  for (let i = 0; i < COUNT; i++) expect([...feed.codestreams.prefix(i, 3)]).toEqual([...bytesOf(i)])
  const overheadBytes = 2 * COUNT * 8 + ENDS[0] // stage headers, and the image on screen once more in the first
  expect(sent()).toBeLessThanOrEqual(COUNT * 100 + overheadBytes)
  expect(levels.filter(([i]) => i === 10).at(-1)).toEqual([10, 3])
})

test("a line that fails is tried again and told, and the feed ends complete", async () => {
  const { fetchBytes } = server(call => call > 3 && call < 9)
  const troubles: boolean[] = []
  const feed = new SeriesFeed(aManifest(COUNT), fetchBytes, {
    onLevel: () => {},
    onTrouble: t => troubles.push(t),
  })
  feed.look(0)
  await vi.runAllTimersAsync()
  expect(feed.codestreams.held).toBe(COUNT * 100)
  expect(troubles).toEqual([true, false])
})

test("without prefetch only the image on screen comes", async () => {
  const { asked, fetchBytes } = server()
  const feed = new SeriesFeed(aManifest(COUNT), fetchBytes, { onLevel: () => {} })
  feed.setPrefetch(false)
  feed.look(4)
  await vi.runAllTimersAsync()
  expect(asked).toEqual(["pack 400-429", "pack 430-499"])
})

/** A line on which every answer waits for its turn: `release` lets one go on to its next chunk. */
function slowLine() {
  const { asked, fetchBytes, sent } = server()
  const turns: (() => void)[] = []
  const slow: FetchBytes = async (path, options) => {
    const chunks = await fetchBytes(path, options)
    const aborted = new Promise<never>((_, fail) =>
      options.signal.addEventListener("abort", () => fail(new DOMException("left", "AbortError"))),
    )
    aborted.catch(() => undefined)
    return (async function* () {
      for await (const chunk of chunks) {
        await Promise.race([new Promise<void>(go => turns.push(go)), aborted])
        yield chunk
      }
    })()
  }
  const release = async (count = 1) => {
    for (let i = 0; i < count; i++) {
      turns.shift()?.()
      await vi.advanceTimersByTimeAsync(0)
    }
  }
  return { asked, fetchBytes: slow, sent, release }
}

test("finer images of the others wait while the image on screen gets its own", async () => {
  const { asked, fetchBytes, release } = slowLine()
  const feed = new SeriesFeed(aManifest(COUNT), fetchBytes, { onLevel: () => {} })
  feed.look(10)
  await vi.advanceTimersByTimeAsync(0)
  await release(2 * COUNT)
  const before = asked.length
  feed.look(2)
  await vi.advanceTimersByTimeAsync(FEED_LIMITS.restMs)
  await release(FEED_LIMITS.farLanes)
  expect(asked.slice(before)).toEqual(["pack 230-299"])
  await release()
  expect(asked.length).toBe(before + 1 + FEED_LIMITS.farLanes)
})

test("prefetch that gives way goes on where it was, and no byte comes twice", async () => {
  const { asked, fetchBytes, release } = slowLine()
  const feed = new SeriesFeed(aManifest(COUNT), fetchBytes, { onLevel: () => {} })
  feed.setDepth("scroll")
  feed.look(10)
  await vi.advanceTimersByTimeAsync(0)
  await release(6)
  feed.setPrefetch(false)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked).toHaveLength(2)
  feed.setPrefetch(true)
  await vi.advanceTimersByTimeAsync(0)
  expect(asked[2]).toBe("stage/0?around=10&generation=1&skip=5")
})

test("memory stays within its budget and nothing is fetched only to be thrown away", async () => {
  const { fetchBytes, sent } = server()
  const feed = new SeriesFeed(
    aManifest(COUNT),
    fetchBytes,
    { onLevel: () => {} },
    { ...FEED_LIMITS, budgetBytes: () => 1000 },
  )
  feed.look(3)
  await vi.runAllTimersAsync()
  feed.look(15)
  await vi.runAllTimersAsync()
  expect(feed.codestreams.held).toBeLessThanOrEqual(1100)
  expect(feed.codestreams.level(15)).toBe(3)
  expect(sent()).toBeLessThan(COUNT * 100)
})

test("a closed feed asks nothing more", async () => {
  const { asked, fetchBytes } = server()
  const feed = new SeriesFeed(aManifest(COUNT), fetchBytes, { onLevel: () => {} })
  feed.close()
  feed.look(1)
  await vi.runAllTimersAsync()
  expect(asked).toEqual([])
})
