/** What a movement of hand, wheel or key does to a viewport: pure. */

import { centreOf, imagePointOf, type Placing, type Point, type Size } from "./geometry"
import type { ImageEntry, Window } from "./manifest"
import { MAX_ZOOM, MIN_WIDTH, MIN_ZOOM, placingOf, type ViewportState } from "./view-state"

export type Change = Partial<ViewportState>

/** Grey values per screen pixel, as a share of the window's width. */
const WINDOW_SHARE_PER_PIXEL = 1 / 300

/** Right widens, down raises the centre (darker), as reading stations do. */
export function windowed(window: Window, [dx, dy]: Point): Window {
  const step = window.width * WINDOW_SHARE_PER_PIXEL
  return {
    center: rounded(window.center + dy * step),
    width: Math.max(MIN_WIDTH, rounded(window.width + dx * step)),
  }
}

/** Zooms by `factor` and keeps the image point under `at` where it is. */
export function zoomed(
  viewport: ViewportState,
  image: ImageEntry,
  canvas: Size,
  factor: number,
  at?: Point,
): Change {
  const zoom = rounded(Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, viewport.zoom * factor)))
  const placing = placingOf(viewport)
  const centre = centreOf(image, placing)
  const held = at ? imagePointOf(image, placing, canvas, at) : centre
  const ratio = viewport.zoom / zoom
  return {
    zoom,
    pan: panTo(
      image,
      [0, 1].map(i => along(held, i) + (along(centre, i) - along(held, i)) * ratio),
    ),
  }
}

/** Moves the picture with the hand. */
export function panned(viewport: ViewportState, image: ImageEntry, canvas: Size, [dx, dy]: Point): Change {
  const placing: Placing = placingOf(viewport)
  return {
    pan: panTo(image, imagePointOf(image, placing, canvas, [canvas.width / 2 - dx, canvas.height / 2 - dy])),
  }
}

function panTo(image: ImageEntry, [column = 0, row = 0]: readonly number[]): readonly [number, number] {
  const limit = (value: number) => rounded(Math.min(2, Math.max(-2, value)))
  return [limit(0.5 - column / image.columns), limit(0.5 - row / image.rows)]
}

/** A quarter turn as seen on screen. */
export function turned(viewport: ViewportState): Change {
  return { rotation: ((viewport.rotation + 90) % 360) as ViewportState["rotation"] }
}

/** Mirrors left and right as seen on screen, whatever the rotation. */
export function mirrored(viewport: ViewportState): Change {
  return viewport.rotation % 180 === 0 ? { flip_h: !viewport.flip_h } : { flip_v: !viewport.flip_v }
}

/** Mirrors top and bottom as seen on screen, whatever the rotation. */
export function toppled(viewport: ViewportState): Change {
  return viewport.rotation % 180 === 0 ? { flip_v: !viewport.flip_v } : { flip_h: !viewport.flip_h }
}

export function reset(window: Window): Change {
  return { window, zoom: 1, pan: [0, 0], rotation: 0, flip_h: false, flip_v: false, invert: false }
}

/** Wheel travel that makes one image: a notch of most mice is 100 or 120, a touchpad sends many small ones. */
const WHEEL_PER_IMAGE = 100

/** Adds up wheel or finger travel and gives whole images. */
export class Travel {
  #rest = 0

  constructor(readonly perImage = WHEEL_PER_IMAGE) {}

  take(delta: number): number {
    if (Math.sign(delta) !== Math.sign(this.#rest)) this.#rest = 0
    this.#rest += delta
    const images = Math.trunc(this.#rest / this.perImage) || 0 // not -0
    this.#rest -= images * this.perImage
    return images
  }
}

function along(point: Point, i: number): number {
  return point[i as 0 | 1]
}

/** Four decimals travel well and change no pixel. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
