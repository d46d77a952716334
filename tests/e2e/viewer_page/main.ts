/** One viewport and its source, laid open to test_viewer_draws.py. */

import { Decoders } from "@viewer/decoders"
import { type Point, screenOf } from "@viewer/geometry"
import { fetchBytes, fetchManifest } from "@viewer/image-http"
import { ImageSource } from "@viewer/image-source"
import type { Level } from "@viewer/manifest"
import { type Drawing, Pane } from "@viewer/pane"
import { openedView } from "@viewer/series-list"
import { placingOf, type ViewportState } from "@viewer/view-state"
import { drawsByProcessor, ImageViewport, startEngine } from "@viewer/viewport"

const element = document.getElementById("surface") as HTMLDivElement
const surface = new ImageViewport(startEngine(location.search === "?cpu"), element)
const { decode } = new Decoders()
const source = new ImageSource({ fetchManifest, fetchBytes, decode })
const levels: Level[] = []
let drawn: Drawing | null = null
const draw = (drawing: Drawing) => {
  drawn = drawing
  levels.push(drawing.held.level)
  surface.draw(drawing)
}
const pane = new Pane(source, { onDraw: drawing => drawing && draw(drawing), onStatus: () => undefined })

const POINTS: Point[] = [
  [0.5, 0.5],
  [40, 12],
  [64, 64],
  [120, 100],
]

async function viewportOf(uid: string, index: number, change: Partial<ViewportState>): Promise<ViewportState> {
  const manifest = await source.manifest(uid)
  const image = manifest.images[index]
  const viewport = openedView(manifest, null).viewports[0]
  if (!image || !viewport) throw new RangeError(String(index))
  return { ...viewport, sop_uid: image.sopUid, ...change }
}

/** Where our formula and where Cornerstone put the same image points. */
function places(): { ours: Point[]; cornerstones: Point[] } {
  if (!drawn) throw new Error("nothing drawn")
  const { image, viewport } = drawn
  return {
    ours: POINTS.map(point => screenOf(image, placingOf(viewport), surface.size, point)),
    cornerstones: POINTS.map(point => surface.drawnAt(image, point)),
  }
}

/** Draws one image at each quality from exactly that quality's bytes. */
async function ladder(uid: string, index: number, change: Partial<ViewportState>) {
  const manifest = await source.manifest(uid)
  const image = manifest.images[index]
  if (!image) throw new RangeError(String(index))
  const pack = new Uint8Array(await (await fetch(`/api/image-series/${uid}/pack`)).arrayBuffer())
  const viewport = await viewportOf(uid, index, change)
  const rungs = []
  for (const level of [0, 1, 2, 3] as const) {
    const bytes = pack.slice(image.offset, image.offset + image.ends[level])
    const pixels = await decode(bytes, level, image)
    draw({ manifest, index, image, viewport, held: { level, pixels } })
    rungs.push(places())
  }
  return rungs
}

/** Share of lit pixels, and how many greys there are. */
function picture(): { lit: number; greys: number } {
  const canvas = element.querySelector("canvas") as HTMLCanvasElement
  const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
  const reds = Array.from({ length: data.length / 4 }, (_, i) => data[i * 4] as number)
  return { lit: reds.filter(red => red > 20).length / reds.length, greys: new Set(reds).size }
}

Object.assign(window, {
  viewer: {
    show: async (uid: string, index: number, change: Partial<ViewportState>) =>
      pane.show(await viewportOf(uid, index, change)),
    drawn: () => drawn && { sop: drawn.image.sopUid, level: drawn.held.level },
    byProcessor: drawsByProcessor,
    levels,
    places,
    ladder,
    picture,
  },
})
