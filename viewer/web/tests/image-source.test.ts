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
  for (let round = 0; round < 3; round++)
    for (let series = 0; series < 9; series++) {
      await source.manifest(`1.${series}`)
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

test("a closed source opens nothing more", async () => {
  const source = aSource()
  source.close()
  source.look("1.0", 3)
  await vi.runAllTimersAsync()
  expect([source.heldBytes, source.feed("1.0")]).toEqual([0, null])
})
