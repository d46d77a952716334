/** Choosing the plane a viewport is cut in: pure. */

import { planeOf, worldOf } from "./geometry"
import { indexOf, type Manifest, PLANES, type Plane } from "./manifest"
import { placeIn } from "./places"
import { type ViewState, withViewport } from "./view-state"
import { cutFrame, cutsOf, depthOf, placeOfCut, volumeOf } from "./volume"

export const nextPlane = (plane: Plane): Plane =>
  PLANES[(PLANES.indexOf(plane) + 1) % PLANES.length] ?? "acquired"

/**
 * Shows viewport `index` in another plane: through the middle of the acquired image it names. Turns and zoom were for
 * the plane before; the window stays. `acquired` is the series as it came. The same view for what is no volume.
 */
export function replaned(view: ViewState, index: number, acquired: Manifest, plane: Plane): ViewState {
  const viewport = view.viewports[index]
  const volume = volumeOf(acquired)
  if (!viewport || viewport.series_uid !== acquired.seriesUid || viewport.plane === plane) return view
  const fresh = { rotation: 0, flip_h: false, flip_v: false, zoom: 1, pan: [0, 0], cine_fps: null } as const
  const here = acquired.images[sliceUnder(acquired, viewport.plane, placeInCuts())]
  const named = here && { sop_uid: here.sopUid, frame: here.frame }
  if (plane === "acquired") return withViewport(view, index, { ...fresh, ...named, plane, cut_mm: 0 })
  const image = here ?? acquired.images[indexOf(acquired, viewport.sop_uid, viewport.frame)]
  if (typeof volume === "string" || !image) return view
  const middle = worldOf(planeOf(image), [image.columns / 2, image.rows / 2])
  const cut_mm = placeOfCut(volume, plane, middle)
  return withViewport(view, index, { ...fresh, ...named, plane, cut_mm: onGrid(acquired, plane, cut_mm) })

  function placeInCuts(): number {
    const cuts = viewport && viewport.plane !== "acquired" ? cutsOf(acquired, viewport.plane) : "few"
    return viewport && typeof cuts !== "string" ? placeIn(cuts, viewport) : -1
  }
}

function onGrid(acquired: Manifest, plane: Exclude<Plane, "acquired">, cut_mm: number): number {
  const cuts = cutsOf(acquired, plane)
  if (typeof cuts === "string") return cut_mm
  const image = cuts.images[placeIn(cuts, { plane, cut_mm, sop_uid: "", frame: 1 })]
  return image?.sliceLocation ?? cut_mm
}

/** The acquired image that is cut number `index` of a plane, or -1 where the plane crosses all of them. */
export function sliceUnder(acquired: Manifest, plane: Plane, index: number): number {
  const volume = volumeOf(acquired)
  if (typeof volume === "string" || plane === "acquired" || index < 0) return -1
  const frame = cutFrame(volume, plane)
  return frame.through === 2 ? (volume.order[depthOf(volume, frame, index)] ?? -1) : -1
}
