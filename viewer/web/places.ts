/** Which image of a manifest a viewport shows, and how a view names it: pure. */

import { type ImageEntry, indexOf, type Manifest } from "./manifest"
import type { ViewportState } from "./view-state"

type Shown = Pick<ViewportState, "sop_uid" | "frame" | "plane" | "cut_mm">

/** The place in the manifest, or -1; a cut that lies between two of this site's is the nearest. */
export function placeIn(manifest: Manifest, shown: Shown): number {
  if (manifest.plane !== shown.plane) return -1
  if (manifest.plane === "acquired") return indexOf(manifest, shown.sop_uid, shown.frame)
  let [best, apart] = [-1, Number.POSITIVE_INFINITY]
  for (const [index, { sliceLocation }] of manifest.images.entries()) {
    const distance = Math.abs((sliceLocation ?? 0) - shown.cut_mm)
    if (distance < apart) [best, apart] = [index, distance]
  }
  return best
}

/** What a viewport says when it shows this image: of a cut its place, of an acquired image its name. */
export function namedAs(manifest: Manifest, image: ImageEntry): Partial<ViewportState> {
  return manifest.plane === "acquired"
    ? { sop_uid: image.sopUid, frame: image.frame }
    : { cut_mm: image.sliceLocation ?? 0 }
}

/** Whether two viewports show the same image. */
export function sameImage(a: Shown | null | undefined, b: Shown | null | undefined): boolean {
  return (
    a?.sop_uid === b?.sop_uid && a?.frame === b?.frame && a?.plane === b?.plane && a?.cut_mm === b?.cut_mm
  )
}
