import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { ImageSource } from "../image-source"
import { centreOut } from "../manifest"
import { Pane } from "../pane"
import type { FetchBytes } from "../series-feed"
import { opened } from "../series-list"
import { aManifest, bytesOf, ENDS, stagePart } from "./a-series"

const COUNT = 20
const SERIES_BYTES = COUNT * 100
const MEMORY = 3 * SERIES_BYTES

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const manifestOf = (seriesUid: string) => ({ ...aManifest(COUNT), seriesUid })

async function* parts(chunks: readonly Uint8Array[]) {
  yield* chunks
}

const fetchBytes: FetchBytes = async (path, { range }) => {
  if (range) {
    const index = Math.floor(range[0] / 100)
    return parts([bytesOf(index).subarray(range[0] - index * 100, range[1] + 1 - index * 100)])
  }
  const [from, to] = path.includes("stage/0") ? [0, ENDS[0]] : [ENDS[0], ENDS[1]]
  return parts(centreOut(0, COUNT).map(i => stagePart(i, bytesOf(i).subarray(from, to))))
}

function aSource() {
  const pixels = { values: new Int16Array(4), components: 1, min: 0, max: 1 }
  const decode = async () => pixels
  return new ImageSource(
    { fetchManifest: async uid => manifestOf(uid), fetchBytes, decode },
    () => {},
    MEMORY,
  )
}

test("BR1 a tab keeps its memory ceiling however many series are looked at", async () => {
  const source = aSource()
  let most = 0
  let leave = () => {}
  for (let round = 0; round < 3; round++)
    for (let series = 0; series < 9; series++) {
      await source.manifest(`1.${series}`)
      leave()
      leave = source.show(`1.${series}`)
      source.look(`1.${series}`, (round * 7) % COUNT)
      await vi.runAllTimersAsync()
      most = Math.max(most, source.heldBytes)
      expect(source.feed(`1.${series}`)?.codestreams.level((round * 7) % COUNT)).toBe(3)
    }
  expect(most).toBeGreaterThan(SERIES_BYTES)
  expect(most).toBeLessThanOrEqual(MEMORY + ENDS[3]) // the image on screen comes in any case
})

test("BR1 a picture that stood still while its series was forgotten comes back when it is turned", async () => {
  const source = aSource()
  const manifest = manifestOf("1.0")
  const first = opened(manifest, null)
  if (!first) throw new RangeError()
  const pane = new Pane(source, { onDraw: () => {}, onStatus: () => {} })
  pane.show(first)
  await vi.runAllTimersAsync()
  for (let series = 1; series < 9; series++) {
    await source.manifest(`1.${series}`)
    source.look(`1.${series}`, 3)
    await vi.runAllTimersAsync()
  }
  expect(source.feed("1.0")).toBeNull()
  pane.show({ ...first, sop_uid: "1.2.4" })
  await vi.runAllTimersAsync()
  expect(pane.drawn).toMatchObject({ index: 4, held: { level: 3 } })
})

test("other series wait until the one on screen scrolls, and come after it one by one", async () => {
  const asked: string[] = []
  const manifests: string[] = []
  const source = new ImageSource({
    fetchManifest: async uid => {
      manifests.push(uid)
      return manifestOf(uid)
    },
    fetchBytes: (path, options) => {
      asked.push(path.replace(/\?.*/, "").split("/").slice(3, 5).join("/"))
      return fetchBytes(path, options)
    },
    decode: async () => ({ values: new Int16Array(4), components: 1, min: 0, max: 1 }),
  })
  void source.warm(["1.0", "1.1", "1.2"])
  await vi.runAllTimersAsync()
  expect(manifests).toEqual(["1.0"])
  source.show("1.0")
  source.look("1.0", 3)
  await vi.runAllTimersAsync()
  expect(manifests).toEqual(["1.0", "1.1", "1.2"])
  const first = (series: string) => asked.findIndex(path => path.startsWith(series))
  expect(asked.slice(0, 3)).toEqual(["1.0/pack", "1.0/stage", "1.0/stage"])
  expect([first("1.1"), first("1.2")].every(at => at > 2)).toBe(true)
  expect(source.feed("1.2")?.codestreams.level(19)).toBe(1)
  expect(source.feed("1.0")?.codestreams.level(19)).toBe(3)
})

test("a series that leaves the screen stops at 1/4 and gives the line to the next", async () => {
  const source = aSource()
  await source.manifest("1.0")
  const leave = source.show("1.0")
  source.look("1.0", 3)
  leave()
  source.show("1.1")
  source.look("1.1", 3)
  await vi.runAllTimersAsync()
  expect(source.feed("1.1")?.codestreams.level(19)).toBe(3)
  expect(source.feed("1.0")?.codestreams.level(19)).toBe(1)
})

test("a case without images of its own does not hold up the next one's", async () => {
  const source = aSource()
  void source.warm(["1.1"], false)
  await vi.runAllTimersAsync()
  expect(source.feed("1.1")?.codestreams.level(19)).toBe(1)
})

test("a series that grows keeps what came, shows the same image and fetches only the rest", async () => {
  let published = 8
  const asked: string[] = []
  const grown = (count: number) => {
    const whole = manifestOf("1.0")
    // The first publication holds every other image, as they arrive from many lanes.
    const images = count < COUNT ? whole.images.filter((_, i) => i % 2 === 0).slice(0, count) : whole.images
    return { ...whole, images, generation: count < COUNT ? 1 : 2 }
  }
  const pixels = { values: new Int16Array(4), components: 1, min: 0, max: 1 }
  const source = new ImageSource({
    fetchManifest: async () => grown(published),
    fetchBytes: (path, options) => {
      if (options.range) asked.push(`${options.range[0]}-${options.range[1]}`)
      if (!options.range && published < COUNT) throw new TypeError("one by one")
      return fetchBytes(path, options)
    },
    decode: async () => pixels,
  })
  const first = opened(grown(8), null)
  const pane = new Pane(source, { onDraw: () => {}, onStatus: () => {} })
  pane.show(first)
  await vi.runAllTimersAsync()
  const sop = pane.drawn?.image.sopUid
  const before = asked.length
  published = COUNT
  await source.grow("1.0", 8)
  expect(source.feed("1.0")?.manifest.images).toHaveLength(8)
  await source.grow("1.0", COUNT)
  await vi.runAllTimersAsync()
  expect(pane.manifest?.images).toHaveLength(COUNT)
  expect([pane.drawn?.image.sopUid, pane.drawn?.held.level]).toEqual([sop, 3])
  expect(asked.slice(before).filter(range => range.startsWith(`${Number(sop?.slice(4)) * 100}-`))).toEqual([])
  for (let i = 0; i < COUNT; i++) expect(source.feed("1.0")?.codestreams.level(i)).toBe(3)
})

test("a closed source opens nothing more", async () => {
  const source = aSource()
  source.close()
  source.look("1.0", 3)
  await vi.runAllTimersAsync()
  expect([source.heldBytes, source.feed("1.0")]).toEqual([0, null])
})

test("what is withheld leaves the memory, compressed and decoded, and comes again when it is open", async () => {
  const source = aSource()
  for (const uid of ["1.1", "1.11"]) {
    await source.manifest(uid)
    source.show(uid)
    source.look(uid, 3)
    await vi.runAllTimersAsync()
    await source.decodeBest(uid, 3)
  }
  expect(source.held("1.1", 3)?.level).toBe(3)
  source.forget("1.1")
  expect(source.feed("1.1")).toBeNull()
  expect(source.heldBytes).toBeLessThanOrEqual(SERIES_BYTES)
  expect(source.held("1.11", 3)?.level).toBe(3)
  await source.manifest("1.1")
  expect(source.held("1.1", 3)).toBeUndefined()
})
