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
      range ? `${path.split("/").at(-1)} ${range[0]}-${range[1]}` : path.split("/").slice(-2).join("/"),
    )
    if (fail(asked.length)) throw new TypeError("line down")
    if (range) {
      const index = Math.floor(range[0] / 100)
      return parts([bytesOf(index).subarray(range[0] - index * 100, range[1] + 1 - index * 100)])
    }
    const stage = path.includes("stage/0") ? 0 : 1
    const around = Number(/around=(\d+)/.exec(path)?.[1])
    const [from, to] = stage === 0 ? [0, ENDS[0]] : [ENDS[0], ENDS[1]]
    return parts(centreOut(around, COUNT).map(i => stagePart(i, bytesOf(i).subarray(from, to))))
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
    "stage/0?around=10&generation=1",
    "stage/1?around=10&generation=1",
  ])
  expect(feed.codestreams.held).toBe(COUNT * 100)
  for (let i = 0; i < COUNT; i++) expect([...feed.codestreams.prefix(i, 3)]).toEqual([...bytesOf(i)])
  const overheadBytes = 2 * COUNT * 8 + 30 // stage headers, and the image on screen once more in the stages
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
