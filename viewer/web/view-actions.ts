/** Turns commands and gestures into the next view: pure. */

import type { Point, Size } from "./geometry"
import { mirrored, panned, reset, toppled, turned, windowed, zoomed } from "./gestures"
import type { ImageEntry, Manifest, Window } from "./manifest"
import { namedAs, placeIn } from "./places"
import type { Act, Tool } from "./tools"
import { type ViewportState, type ViewState, withViewport } from "./view-state"

/** Where a gesture happens: the viewport's place in the view, its image and its size on this screen. */
export type Place = { readonly index: number; readonly manifest: Manifest; readonly canvas: Size }

export function scrolled(view: ViewState, { index, manifest }: Place, images: number): ViewState {
  const at = imageIndex(view, index, manifest)
  return at < 0 ? view : turnedTo(view, { index, manifest }, at + images)
}

/** Shows image number `at` of the series, held at its ends; a hand that turns stops what runs. */
export function turnedTo(view: ViewState, { index, manifest }: Omit<Place, "canvas">, at: number): ViewState {
  const image = manifest.images[Math.max(0, Math.min(manifest.images.length - 1, at))]
  return image ? withViewport(view, index, { ...namedAs(manifest, image), cine_fps: null }) : view
}

export function imageIndex(view: ViewState, index: number, manifest: Manifest): number {
  const viewport = view.viewports[index]
  return viewport ? placeIn(manifest, viewport) : -1
}

/** Zoom per screen pixel of an upward drag. */
const ZOOM_PER_PIXEL = 1.006

/** A drag of the hand by `moved` screen pixels with `tool`. */
export function dragged(view: ViewState, place: Place, tool: Tool, moved: Point): ViewState {
  const viewport = view.viewports[place.index]
  const image = imageOf(view, place)
  if (!viewport || !image) return view
  if (tool === "window") return withViewport(view, place.index, { window: windowed(viewport.window, moved) })
  if (tool === "pan") return withViewport(view, place.index, panned(viewport, image, place.canvas, moved))
  if (tool === "zoom") return zoomedBy(view, place, ZOOM_PER_PIXEL ** -moved[1])
  return view
}

export function zoomedBy(view: ViewState, place: Place, factor: number, at?: Point): ViewState {
  const viewport = view.viewports[place.index]
  const image = imageOf(view, place)
  if (!viewport || !image) return view
  return withViewport(view, place.index, zoomed(viewport, image, place.canvas, factor, at))
}

export function acted(view: ViewState, index: number, act: Act, openingWindow: Window): ViewState {
  const viewport = view.viewports[index]
  return viewport ? withViewport(view, index, changeOf(viewport, act, openingWindow)) : view
}

function changeOf(viewport: ViewportState, act: Act, window: Window): Partial<ViewportState> {
  if (act === "rotate") return turned(viewport)
  if (act === "flip_h") return mirrored(viewport)
  if (act === "flip_v") return toppled(viewport)
  if (act === "invert") return { invert: !viewport.invert }
  if (act === "fit") return { zoom: 1, pan: [0, 0] }
  return reset(window)
}

function imageOf(view: ViewState, { index, manifest }: Place): ImageEntry | undefined {
  return manifest.images[imageIndex(view, index, manifest)]
}
