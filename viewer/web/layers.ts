/** What came drawn over images (overlays, presentation states, segments, key objects), and what of it is shown: pure. */

import type { Point } from "./geometry"
import type { Manifest, Window } from "./manifest"

type Placed = { readonly sop_uid: string; readonly frame: number }

export type LayerShape = Placed & {
  readonly kind: "point" | "line" | "curve" | "circle" | "ellipse" | "text"
  readonly points: readonly Point[]
  readonly text: string
  readonly is_filled: boolean
  readonly color: string
}

export type Layer = {
  readonly key: string
  readonly kind: "overlay" | "presentation" | "segment"
  readonly title: string
  readonly description: string
  readonly at: string
  readonly color: string
  readonly places: readonly Placed[]
  readonly shapes: readonly LayerShape[]
  readonly windows: readonly (Placed & Window)[]
  /** Shapes that we cannot draw. */
  readonly left_out: number
}

export type KeyImage = Placed & { readonly series_uid: string }
export type KeyObjects = {
  readonly title: string
  readonly description: string
  readonly images: readonly KeyImage[]
}

export type Layers = {
  readonly layers: readonly Layer[]
  readonly key_objects: readonly KeyObjects[]
  /** Parts that may name the patient, and are not for this person. */
  readonly withheld: number
}

export const NO_LAYERS: Layers = { layers: [], key_objects: [], withheld: 0 }

/** What lies over one image. */
export type Over = {
  readonly planes: readonly { readonly key: string; readonly href: string; readonly faint: boolean }[]
  readonly shapes: readonly LayerShape[]
}

/** Several presentation states say the same thing in several versions: the newest is shown, the others on demand. */
export function hiddenAtFirst({ layers }: Layers): ReadonlySet<string> {
  const states = layers.filter(layer => layer.kind === "presentation")
  return new Set(states.slice(1).map(layer => layer.key))
}

export function overImage(
  { layers }: Layers,
  hidden: ReadonlySet<string>,
  { seriesUid }: Pick<Manifest, "seriesUid">,
  image: { readonly sopUid: string; readonly frame: number },
): Over {
  const here = (place: Placed) => isOn(place, image)
  const shown = layers.filter(layer => !hidden.has(layer.key))
  return {
    planes: shown
      .filter(layer => layer.places.some(here))
      .map(layer => ({
        key: layer.key,
        href: `/api/image-series/${seriesUid}/layers/${layer.key}/${image.sopUid}/${image.frame}`,
        faint: layer.kind === "segment",
      })),
    shapes: shown.flatMap(layer => layer.shapes.filter(here)),
  }
}

/** Frame 0 is every frame of the object. */
export function isOn(place: Placed, image: { readonly sopUid: string; readonly frame: number }): boolean {
  return place.sop_uid === image.sopUid && (place.frame === 0 || place.frame === image.frame)
}

/** The key images of all selections, each once, in the order they were chosen. */
export function keyImagesOf({ key_objects }: Layers): readonly KeyImage[] {
  const found = new Map<string, KeyImage>()
  for (const key of key_objects.flatMap(one => one.images))
    found.set(`${key.sop_uid} ${key.frame}`, found.get(`${key.sop_uid} ${key.frame}`) ?? key)
  return [...found.values()]
}

/** Indexes of the series' images that are key images. */
export function keyIndexes(layers: Layers, { images }: Manifest): readonly number[] {
  const keys = keyImagesOf(layers)
  if (keys.length === 0) return []
  return images.flatMap((image, index) => (keys.some(key => isOn(key, image)) ? [index] : []))
}

/** The grey window that a presentation state wants for an image. */
export function windowFor(layer: Layer, image: { sopUid: string; frame: number }): Window | null {
  const found = layer.windows.find(place => isOn(place, image))
  return found ? { center: found.center, width: found.width } : null
}

const CORNERS = 64

/** A shape as one line through points of the image; a curve is the line its corners make. */
export function outlineOf({ kind, points }: LayerShape): readonly Point[] {
  const [a, b, c, d] = points
  if (kind === "circle" && a && b) {
    const radius = Math.hypot(b[0] - a[0], b[1] - a[1])
    return around(a, [radius, 0], [0, radius])
  }
  if (kind === "ellipse" && a && b && c && d) {
    const middle: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
    return around(middle, [b[0] - middle[0], b[1] - middle[1]], [d[0] - middle[0], d[1] - middle[1]])
  }
  return kind === "curve" ? smoothed(points) : points
}

function around(middle: Point, long: Point, short: Point): readonly Point[] {
  return Array.from({ length: CORNERS + 1 }, (_, i): Point => {
    const [x, y] = [Math.cos((2 * Math.PI * i) / CORNERS), Math.sin((2 * Math.PI * i) / CORNERS)]
    return [middle[0] + long[0] * x + short[0] * y, middle[1] + long[1] * x + short[1] * y]
  })
}

const STEPS = 8

/** A Catmull-Rom curve through the points, as the standard leaves the kind of interpolation open (PS3.3 C.10.5.1.2). */
function smoothed(points: readonly Point[]): readonly Point[] {
  const at = (i: number) => points[Math.max(0, Math.min(points.length - 1, i))] ?? [0, 0]
  const pieces = points.slice(1).flatMap((_, i) =>
    Array.from({ length: STEPS }, (__, step): Point => {
      const corners = [at(i - 1), at(i), at(i + 1), at(i + 2)] as const
      return [spline(corners, 0, step / STEPS), spline(corners, 1, step / STEPS)]
    }),
  )
  return [...pieces, at(points.length - 1)]
}

function spline([a, b, c, d]: readonly [Point, Point, Point, Point], axis: 0 | 1, t: number): number {
  const [p, q, r, s] = [a[axis], b[axis], c[axis], d[axis]]
  return q + (t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)))) / 2
}
