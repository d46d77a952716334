/** Viewports that scroll together by where the patient is: pure. */

import { planeOf } from "./geometry"
import type { ImageEntry, Manifest, Vector3 } from "./manifest"
import { namedAs, placeIn } from "./places"
import { type ViewState, withViewport } from "./view-state"

/** The manifest a viewport shows, or null while it is on its way. */
export type ManifestAt = (index: number) => Manifest | null

/** Slices that lie more than this apart in angle do not scroll together: cos 18°. */
const PARALLEL = 0.95

/**
 * The others follow the active viewport. In one frame of reference they show the slice at the same place; in two
 * (an earlier study) they keep the distance they had in `anchor`, the view from which they scroll together.
 */
export function linkedTo(anchor: ViewState, view: ViewState, manifestAt: ManifestAt): ViewState {
  if (!view.linked || view.layout === 1) return view
  const leader = shownAt(view, view.active, manifestAt)
  if (!leader) return view
  return view.viewports.reduce((next, _, index) => {
    const image = index === view.active ? null : followed(anchor, view, index, manifestAt)
    const manifest = manifestAt(index)
    return image && manifest ? withViewport(next, index, namedAs(manifest, image)) : next
  }, view)
}

function followed(
  anchor: ViewState,
  view: ViewState,
  index: number,
  manifestAt: ManifestAt,
): ImageEntry | null {
  const leader = shownAt(view, view.active, manifestAt)
  const other = shownAt(view, index, manifestAt)
  if (!leader || !other || !leader.image.position || !other.image.position) return null
  const normal = normalOf(leader.image)
  const along = normal && normalOf(other.image)
  if (!normal || !along || Math.abs(dot(normal, along)) < PARALLEL) return null
  const one = leader.manifest.frameOfReferenceUid
  if (one !== "" && one === other.manifest.frameOfReferenceUid)
    return nearest(other.manifest, along, dot(leader.image.position, along))
  const [from, otherFrom] = [
    shownAt(anchor, view.active, manifestAt)?.image.position,
    shownAt(anchor, index, manifestAt)?.image.position,
  ]
  if (!from || !otherFrom) return null
  const moved = (dot(leader.image.position, normal) - dot(from, normal)) * Math.sign(dot(normal, along))
  return nearest(other.manifest, along, dot(otherFrom, along) + moved)
}

function shownAt(
  view: ViewState,
  index: number,
  manifestAt: ManifestAt,
): { manifest: Manifest; image: ImageEntry } | null {
  const viewport = view.viewports[index]
  const manifest = manifestAt(index)
  if (!viewport || manifest?.seriesUid !== viewport.series_uid) return null
  const image = manifest.images[placeIn(manifest, viewport)]
  return image ? { manifest, image } : null
}

function nearest(manifest: Manifest, along: Vector3, place: number): ImageEntry | null {
  let [best, apart]: [ImageEntry | null, number] = [null, Number.POSITIVE_INFINITY]
  for (const image of manifest.images) {
    if (!image.position) continue
    const distance = Math.abs(dot(image.position, along) - place)
    if (distance < apart) [best, apart] = [image, distance]
  }
  return best
}

/** Perpendicular to the image, of length 1; null when the image has no orientation. */
export function normalOf(image: ImageEntry): Vector3 | null {
  if (!image.orientation) return null
  const { rowCosines: r, columnCosines: c } = planeOf(image)
  return [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]]
}

/** Whether the view goes on from the same series in the same places, so that its distances still hold. */
export function sameSeries(a: ViewState, b: ViewState): boolean {
  return (
    a.layout === b.layout &&
    a.linked === b.linked &&
    a.viewports.every((viewport, i) => {
      const other = b.viewports[i]
      return viewport?.series_uid === other?.series_uid && viewport?.plane === other?.plane
    })
  )
}

const dot = (a: Vector3, b: Vector3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
