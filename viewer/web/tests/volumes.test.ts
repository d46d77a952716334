import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { Pixels } from "../decode"
import { ImageSource } from "../image-source"
import { LOSSLESS, type Manifest, type Vector3 } from "../manifest"
import { Pane, type PaneStatus } from "../pane"
import { PixelCache } from "../pixel-cache"
import { replaned } from "../planes"
import { opened } from "../series-list"
import type { ViewportState } from "../view-state"
import { cutsOf, type Rebuilt } from "../volume"
import { Volumes } from "../volumes"
import { aManifest, anImage } from "./a-series"

const SLICES = 5

function aBlock(change: Partial<Manifest> = {}): Manifest {
  const images = Array.from({ length: SLICES }, (_, k) =>
    anImage({
      sopUid: `1.2.${k}`,
      rows: 4,
      columns: 4,
      spacing: [1, 1],
      orientation: [1, 0, 0, 0, 1, 0],
      position: [0, 0, k] as Vector3,
      offset: 100 * k,
    }),
  )
  return { ...aManifest(0), images, totalBytes: 500, ...change }
}

/** Bytes of image `k` are all `k`; `until` is how many images' lossless bytes the server gives so far. */
function aServer(manifest: Manifest) {
  const server = { until: 0, wake: () => {} }
  const line = new Promise<void>(done => {
    server.wake = done
  })
  async function* bytes(range: readonly [number, number]) {
    const index = Math.floor(range[0] / 100)
    if (index >= server.until && range[1] - index * 100 > 30) await line
    yield new Uint8Array(range[1] - range[0] + 1).fill(index)
  }
  const source = new ImageSource({
    fetchManifest: async uid => ({ ...manifest, seriesUid: uid }),
    fetchBytes: async (_, { range }) => bytes(range ?? [0, 0]),
    decode: async (prefix): Promise<Pixels> => ({
      values: new Int16Array(16).fill(10 * (prefix[0] as number)),
      components: 1,
      min: 0,
      max: 0,
    }),
  })
  return { server, source }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function aPane(source: ImageSource, plane: Rebuilt, acquired = aBlock()) {
  const statuses: PaneStatus[] = []
  const pane = new Pane(source, { onDraw: () => undefined, onStatus: status => statuses.push(status) })
  const viewport = opened(acquired, null)
  const view = { layout: 1 as const, active: 0, viewports: [viewport], linked: false }
  pane.show(replaned(view, 0, acquired, plane).viewports[0] as ViewportState)
  return { pane, statuses }
}

/** Time goes on by itself until this is so. */
const until = (so: () => boolean) =>
  vi.waitUntil(async () => {
    await vi.advanceTimersByTimeAsync(100)
    return so()
  })

const lossless = (pane: Pane) => pane.drawn?.held.level === LOSSLESS

test("VS18 a cut is drawn from what has come and is lossless only when every slice under it is", async () => {
  const { server, source } = aServer(aBlock())
  server.until = SLICES - 1
  const { pane, statuses } = await aPane(source, "coronal")
  await until(() => pane.drawn?.held.slices?.lossless === SLICES - 1)
  expect(pane.drawn?.held.level).toBe(1)
  expect(statuses.at(-1)).toMatchObject({
    type: "drawn",
    level: 1,
    slices: { lossless: SLICES - 1, of: SLICES, shrink: 1 },
  })
  server.wake()
  await until(() => lossless(pane))
  // Head at the top: the last slice first.
  expect([...(pane.drawn?.held.pixels.values ?? [])].filter((_, i) => i % 4 === 0)).toEqual([
    40, 30, 20, 10, 0,
  ])
  pane.close()
  source.close()
})

test("VS18 an axial cut of axial slices needs its own slice only", async () => {
  const { server, source } = aServer(aBlock())
  server.until = 3
  const { pane } = await aPane(source, "axial")
  await until(() => lossless(pane))
  expect(pane.drawn?.held.slices).toEqual({ lossless: 1, of: 1, shrink: 1 })
  expect(pane.drawn?.index).toBe(2)
  const held = pane.drawn?.held
  pane.show({ ...(pane.drawn?.viewport as ViewportState), zoom: 2 })
  expect(pane.drawn?.held).toBe(held) // nothing is cut again for a zoom
  pane.close()
  source.close()
})

test("blocks share the memory of decoded images, and give it back", async () => {
  const manifest = aBlock()
  const { server, source } = aServer(manifest)
  server.until = SLICES
  const bytes: number[] = []
  const shelf = new Volumes({
    ...source.volumes.doors,
    limitBytes: 200,
    onBytes: total => bytes.push(total),
  })
  const one = shelf.open(manifest)
  const again = shelf.open(manifest)
  const other = shelf.open(aBlock({ seriesUid: "1.99" }))
  one()
  again()
  other()
  expect(bytes).toEqual([160, 160, 80, 160, 0]) // 5 slices of 4 x 4 in 16 bit; two blocks are thinned, one is whole again
  source.close()
})

test("a series that is no block says why", async () => {
  const { source } = aServer({ ...aBlock(), images: aBlock().images.slice(0, 3) })
  const { statuses } = await aPane(source, "coronal")
  await vi.advanceTimersByTimeAsync(10)
  expect(statuses.at(-1)).toEqual({ type: "refused", reason: "few" })
  source.close()
})

test("another plane in the same viewport lets go of the block only after the next one holds it", async () => {
  const { server, source } = aServer(aBlock())
  server.until = SLICES
  const { pane } = await aPane(source, "coronal")
  await until(() => lossless(pane))
  const { viewport } = pane.drawn as { viewport: ViewportState }
  pane.show({ ...viewport, plane: "sagittal", cut_mm: 1 })
  await vi.advanceTimersByTimeAsync(0)
  expect(pane.drawn?.manifest.plane).toBe("sagittal")
  expect(lossless(pane)).toBe(true)
  pane.show({ ...viewport, plane: "acquired", cut_mm: 0 })
  await until(() => pane.drawn?.manifest.plane === "acquired")
  const cuts = cutsOf(aBlock(), "sagittal")
  expect(typeof cuts === "string" ? cuts : source.volumes.cut(cuts, 1)).toBeNull()
  pane.close()
  source.close()
})

test("what a block takes is taken from decoded images", () => {
  const cache = new PixelCache(100)
  const pixels = { values: new Uint8Array(40), components: 1, min: 0, max: 0 }
  for (const key of ["a", "b"]) cache.put(key, { level: 3, pixels })
  cache.reserve(50)
  expect([cache.get("a"), cache.get("b")].map(Boolean)).toEqual([false, true])
  cache.reserve(99)
  cache.put("c", { level: 3, pixels })
  expect(cache.get("c")).toBeDefined() // what is looked at is always kept
})
