/**
 * Images that run by themselves: pure.
 *
 * A view says "from this image on, so many a second"; each site runs on its own clock and lands, when the view says
 * stop, on the image it names. While it runs the holder says the place again from time to time: a late joiner and a
 * slow clock come back into step, and who is in step by less than half a second is not jerked.
 */

import { linkedTo, type ManifestAt } from "./linked"
import type { Manifest } from "./manifest"
import { namedAs, placeIn } from "./places"
import { type ViewState, withViewport } from "./view-state"

export const CINE_RATES: readonly number[] = [1, 2, 4, 6, 8, 10, 12, 15, 20, 25, 30, 45, 60]
const OF_A_CLIP = 15
const OF_A_STACK = 10
/** Seconds a site may be out of step before it jumps. */
const OUT_OF_STEP = 0.5

/** Where and when a viewport's run began, on this site's clock in seconds. */
export type Run = {
  readonly seriesUid: string
  readonly fps: number
  readonly from: number
  readonly since: number
}
export type Runs = readonly (Run | null)[]

/** The rate a series begins with: the device's own, else a clip's or a stack's. */
export function openingRate(manifest: Manifest): number {
  const clip = new Set(manifest.images.map(image => image.sopUid)).size < manifest.images.length
  return manifest.images[0]?.frameRate ?? (clip ? OF_A_CLIP : OF_A_STACK)
}

export function faster(fps: number): number {
  return CINE_RATES.find(rate => rate > fps) ?? fps
}

export function slower(fps: number): number {
  return CINE_RATES.findLast(rate => rate < fps) ?? fps
}

export function runs(view: ViewState): boolean {
  return view.viewports.some(viewport => viewport?.cine_fps != null)
}

/** Starts or stops viewport `index`; one image has nowhere to go. */
export function toggled(
  view: ViewState,
  index: number,
  manifest: Manifest,
  lastRate: number | null,
): ViewState {
  if (manifest.images.length < 2) return view
  const running = view.viewports[index]?.cine_fps != null
  return withViewport(view, index, { cine_fps: running ? null : (lastRate ?? openingRate(manifest)) })
}

/** Runs viewport `index` a step faster or slower. */
export function rated(view: ViewState, index: number, change: "faster" | "slower"): ViewState {
  const fps = view.viewports[index]?.cine_fps
  return fps == null
    ? view
    : withViewport(view, index, { cine_fps: change === "faster" ? faster(fps) : slower(fps) })
}

/** The runs of a view that has just come: one in step goes on, all others begin at the image it names. */
export function begun(before: Runs, view: ViewState, now: number, manifestAt: ManifestAt): Runs {
  return view.viewports.map((viewport, index) => {
    const manifest = manifestAt(index)
    if (viewport?.cine_fps == null || manifest?.seriesUid !== viewport.series_uid) return null
    const from = placeIn(manifest, viewport)
    if (from < 0) return null
    const run: Run = { seriesUid: viewport.series_uid, fps: viewport.cine_fps, from, since: now }
    const old = before[index]
    return old && inStep(old, run, now, manifest.images.length) ? old : run
  })
}

function inStep(old: Run, next: Run, now: number, count: number): boolean {
  if (old.seriesUid !== next.seriesUid || old.fps !== next.fps) return false
  const apart = Math.abs(placeAt(old, now, count) - next.from)
  return Math.min(apart, count - apart) <= Math.max(1, OUT_OF_STEP * old.fps)
}

function placeAt(run: Run, now: number, count: number): number {
  return (run.from + Math.floor(Math.max(0, now - run.since) * run.fps)) % count
}

/** What is on screen at `now`; linked viewports go along. The same view comes back when nothing runs. */
export function playedAt(view: ViewState, run: Runs, now: number, manifestAt: ManifestAt): ViewState {
  const played = view.viewports.reduce((next, _, index) => {
    const at = run[index]
    const manifest = manifestAt(index)
    if (!at || manifest?.seriesUid !== at.seriesUid) return next
    const image = manifest.images[placeAt(at, now, manifest.images.length)]
    return image ? withViewport(next, index, namedAs(manifest, image)) : next
  }, view)
  const leads = run[view.active] != null
  return leads && played !== view ? linkedTo(view, played, manifestAt) : played
}
