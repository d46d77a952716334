/**
 * What to fetch next for one series: pure.
 *
 * Two lanes share the line. The near lane serves the image on screen: 1/4 at once, lossless when the eye rests.
 * The far lane makes the stack scrollable: 1/8 of all, 1/4 of all, then lossless in the direction of travel.
 * Every step continues a codestream where it stopped, so nothing is sent twice.
 */

import { centreOut, type Level, LOSSLESS, type Manifest } from "./manifest"

export type Step =
  | { readonly type: "image"; readonly index: number; readonly to: Level }
  | { readonly type: "stage"; readonly stage: 0 | 1; readonly around: number }

export type Looking = {
  /** Index of the image on screen. */
  readonly current: number
  /** +1 or -1: where the last scroll went. */
  readonly direction: 1 | -1
  /** The image has stood still long enough to be worth all its bytes. */
  readonly resting: boolean
}

export type Held = (index: number) => Level | null

/** Fewer missing images than this are cheaper by range than by one more stage stream. */
const FEW = 8
/** Images ahead that get full quality for one behind. */
const AHEAD_FOR_ONE_BEHIND = 3

export function nearStep(looking: Looking, held: Held): Step | null {
  const level = held(looking.current) ?? -1
  if (level < 1) return { type: "image", index: looking.current, to: 1 }
  if (level < LOSSLESS && looking.resting) return { type: "image", index: looking.current, to: LOSSLESS }
  return null
}

/** `lossless` false stops after the stack scrolls: for series nobody looks at, or when memory is short. */
export function farStep(manifest: Manifest, looking: Looking, held: Held, lossless: boolean): Step | null {
  for (const stage of [0, 1] as const) {
    const step = stageStep(manifest, looking, held, stage)
    if (step) return step
  }
  if (!lossless) return null
  const index = travelOrder(looking, manifest.images.length).find(i => (held(i) ?? -1) < LOSSLESS)
  return index === undefined ? null : { type: "image", index, to: LOSSLESS }
}

function stageStep(manifest: Manifest, looking: Looking, held: Held, stage: 0 | 1): Step | null {
  const missing = centreOut(looking.current, manifest.images.length).filter(i => (held(i) ?? -1) < stage)
  const first = missing[0]
  if (first === undefined) return null
  if (missing.length < FEW) return { type: "image", index: first, to: stage }
  return { type: "stage", stage, around: looking.current }
}

/** The current image, then three ahead for one behind, to both ends. */
export function travelOrder(looking: Looking, count: number): number[] {
  const ahead: number[] = []
  const behind: number[] = []
  for (const index of centreOut(looking.current, count)) {
    const forward = (index - looking.current) * looking.direction
    if (forward >= 0) ahead.push(index)
    else behind.push(index)
  }
  const order: number[] = []
  while (ahead.length || behind.length)
    order.push(...ahead.splice(0, AHEAD_FOR_ONE_BEHIND), ...behind.splice(0, 1))
  return order
}
