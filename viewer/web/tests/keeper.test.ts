import { expect, test } from "vitest"
import { type Disk, type KeepDoors, Keeper, type Told } from "../keep/keeper"
import { PIECE_BYTES } from "../keep/kept-packs"

const SIZE = 2 * PIECE_BYTES + 1000
const series = (name: string, bytes = SIZE) => ({
  series_uid: `1.${name}`,
  pack_id: name,
  bytes,
  images: 3,
})

class Shelf implements Disk {
  readonly deviceId = "here"
  readonly pieces = new Map<string, Map<number, number>>()

  held(pack: string): number {
    return [...(this.pieces.get(pack)?.values() ?? [])].reduce((sum, size) => sum + size, 0)
  }

  next(pack: string): number {
    return Math.floor(this.held(pack) / PIECE_BYTES) * PIECE_BYTES
  }

  async put(pack: string, offset: number, bytes: Uint8Array): Promise<void> {
    const pieces = this.pieces.get(pack) ?? new Map<number, number>()
    this.pieces.set(pack, pieces.set(offset, bytes.length))
  }

  async keepOnly(packs: ReadonlySet<string>): Promise<void> {
    for (const pack of this.pieces.keys()) if (!packs.has(pack)) this.pieces.delete(pack)
  }
}

function aKeeper(change: Partial<KeepDoors> = {}) {
  const disk = new Shelf()
  const told: [string, Told][] = []
  const asked: string[] = []
  const doors: KeepDoors = {
    sessions: async () => ["s1", "s2"],
    plan: async id => [{ case_id: `case-${id}`, series: [series(`ct-${id}`)] }],
    tell: async (id, what) => void told.push([id, what]),
    inMeeting: async () => false,
    alone: async work => {
      await work()
      return true
    },
    fetchNear: async () => {
      throw new Error("no gateway here")
    },
    fetchBytes: async (path, { range }) => {
      asked.push(path)
      return (async function* () {
        yield new Uint8Array((range?.[1] ?? 0) - (range?.[0] ?? 0) + 1)
      })()
    },
    ...change,
  }
  let now = 0
  const keeper = new Keeper(doors, disk, () => (now += 1000))
  const reached = (wanted: (snapshot: Keeper["snapshot"]) => boolean) =>
    new Promise<void>(done => {
      const look = () => wanted(keeper.snapshot) && done()
      keeper.subscribe(look)
      look()
    })
  return { keeper, disk, told, asked, reached }
}

const whole = (keeper: Keeper, id: string) => keeper.snapshot.cases.get(`case-${id}`)?.held === SIZE

test("the next session first, piece by piece, then it tells and rests", async () => {
  const { keeper, disk, told, asked, reached } = aKeeper()
  void keeper.run()
  await reached(({ status }) => status === "resting" && whole(keeper, "s2"))
  expect(asked.map(path => path.split("/")[3])).toEqual([
    ...Array(3).fill("1.ct-s1"),
    ...Array(3).fill("1.ct-s2"),
  ])
  expect(disk.held("ct-s1")).toBe(SIZE)
  expect(told.at(-1)).toEqual([
    "s2",
    { device_id: "here", rate_bps: expect.any(Number), items: [{ pack_id: "ct-s2", bytes: SIZE }] },
  ])
  keeper.close()
})

test("a broken line is tried again and nothing whole is fetched twice", async () => {
  let calls = 0
  const { keeper, disk, asked, reached } = aKeeper({
    sessions: async () => ["s1"],
    fetchBytes: async (_path, { range }) => {
      calls++
      if (calls === 2) throw new TypeError("line")
      return (async function* () {
        yield new Uint8Array((range?.[1] ?? 0) - (range?.[0] ?? 0) + 1)
      })()
    },
  })
  void keeper.run()
  await reached(({ status }) => status === "trouble")
  expect(disk.held("ct-s1")).toBe(PIECE_BYTES)
  keeper.poke()
  await reached(({ status }) => status === "resting" && whole(keeper, "s1"))
  expect(calls).toBe(4)
  expect(asked).toEqual([])
  keeper.close()
})

test("an answer that ends early is no piece", async () => {
  const { keeper, disk, reached } = aKeeper({
    fetchBytes: async () =>
      (async function* () {
        yield new Uint8Array(10)
      })(),
  })
  void keeper.run()
  await reached(({ status }) => status === "trouble")
  expect(disk.held("ct-s1")).toBe(0)
  keeper.close()
})

test("a live room stops what is under way, and after it the work goes on", async () => {
  let first = true
  const { keeper, reached } = aKeeper({
    sessions: async () => ["s1"],
    fetchBytes: async (_path, { range, signal }) =>
      (async function* () {
        if (first) {
          first = false
          keeper.pause(true)
          signal.throwIfAborted()
        }
        yield new Uint8Array((range?.[1] ?? 0) - (range?.[0] ?? 0) + 1)
      })(),
  })
  void keeper.run()
  await reached(({ status }) => status === "paused")
  expect(whole(keeper, "s1")).toBe(false)
  keeper.pause(false)
  await reached(() => whole(keeper, "s1"))
  keeper.close()
})

test("what is of no coming session goes; a full disk says so", async () => {
  const full = new DOMException("full", "QuotaExceededError")
  const { keeper, disk, reached } = aKeeper({ sessions: async () => ["s1"] })
  await disk.put("old", 0, new Uint8Array(5))
  disk.put = async () => {
    throw full
  }
  void keeper.run()
  await reached(({ status }) => status === "full")
  expect(disk.held("old")).toBe(0)
  keeper.close()
})

test("who leaves tells that nothing is here any more", async () => {
  const { keeper, told, reached } = aKeeper({ sessions: async () => ["s1"] })
  void keeper.run()
  await reached(({ status }) => status === "resting" && whole(keeper, "s1"))
  await keeper.leave()
  expect(told.at(-1)).toEqual(["s1", { device_id: "here", rate_bps: null, items: [] }])
})

test("a room in another tab is waited out", async () => {
  let meeting = true
  const { keeper, asked, reached } = aKeeper({
    sessions: async () => ["s1"],
    inMeeting: async () => meeting,
  })
  void keeper.run()
  await reached(({ status }) => status === "paused")
  expect(asked).toEqual([])
  meeting = false
  keeper.poke()
  await reached(() => whole(keeper, "s1"))
  keeper.close()
})

test("while another tab fetches this one only looks", async () => {
  const { keeper, disk, asked, told, reached } = aKeeper({
    sessions: async () => ["s1"],
    alone: async () => false,
  })
  await disk.put("ct-s1", 0, new Uint8Array(PIECE_BYTES))
  void keeper.run()
  await reached(({ status, cases }) => status === "fetching" && cases.get("case-s1")?.held === PIECE_BYTES)
  expect([asked, told]).toEqual([[], []])
  keeper.close()
})

test("pieces come from the hospital's own gateway as long as it gives them, then from the server", async () => {
  const near = { url: "http://10.0.0.2:8077/near/p", key: "" }
  const given: number[] = []
  const { keeper, asked, reached } = aKeeper({
    sessions: async () => ["s1"],
    plan: async id => [{ case_id: `case-${id}`, series: [{ ...series(`ct-${id}`), near }] }],
    fetchNear: async (_, pack, number, length) => {
      if (number === 1) throw new Error("away")
      given.push(number, length)
      expect(pack).toBe("ct-s1")
      return new Uint8Array(length)
    },
  })
  void keeper.run()
  await reached(() => whole(keeper, "s1"))
  expect(given).toEqual([0, PIECE_BYTES])
  expect(asked).toHaveLength(2) // the second piece, and the third: nobody waits for it again in this round
  keeper.close()
})
