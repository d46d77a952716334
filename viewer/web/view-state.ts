/** What is on screen, as it travels between sites; the same value gives the same picture in a window of any size. */

import type { Placing, Turn } from "./geometry"
import { PLANES, type Plane, type Window } from "./manifest"

export type Layout = 1 | 2 | 4

/** One viewport; `zoom` 1 fits the window, `pan` is a fraction of the image's own width and height. */
export type ViewportState = {
  readonly study_uid: string
  readonly series_uid: string
  readonly sop_uid: string
  readonly frame: number
  readonly window: Window
  readonly zoom: number
  readonly pan: readonly [number, number]
  readonly rotation: Turn
  readonly flip_h: boolean
  readonly flip_v: boolean
  readonly invert: boolean
  /** The images run from this one on, so many a second; null stands still. */
  readonly cine_fps: number | null
  /** In another plane than the acquired one it is the cut at `cut_mm` (patient coordinates, along the normal). */
  readonly plane: Plane
  readonly cut_mm: number
}

export type ViewState = {
  readonly layout: Layout
  readonly active: number
  readonly viewports: readonly (ViewportState | null)[]
  /** The viewports scroll together by the patient's position. */
  readonly linked: boolean
}

export const MIN_ZOOM = 0.25
export const MAX_ZOOM = 40
const MAX_PAN = 2
const MAX_PLACE = 100_000 // mm
const MAX_RATE = 60 // images a second
export const MIN_WIDTH = 0.01 // images in SUV or ratios are narrower than 1
const LAYOUTS: readonly number[] = [1, 2, 4]
const TURNS: readonly number[] = [0, 90, 180, 270]

export const EMPTY_VIEW: ViewState = { layout: 1, active: 0, viewports: [null], linked: false }

/** A view from the wire, held within bounds; null when it is none. */
export function parseView(value: unknown): ViewState | null {
  const view = record(value)
  if (!view || !LAYOUTS.includes(view.layout as number) || !Array.isArray(view.viewports)) return null
  const layout = view.layout as Layout
  const viewports = Array.from({ length: layout }, (_, i) => parseViewport((view.viewports as unknown[])[i]))
  const active = Number.isInteger(view.active) ? clamp(view.active as number, 0, layout - 1) : 0
  return { layout, active, viewports, linked: view.linked === true }
}

function parseViewport(value: unknown): ViewportState | null {
  const v = record(value)
  if (!v || typeof v.series_uid !== "string" || typeof v.sop_uid !== "string") return null
  const window = record(v.window)
  const pan = Array.isArray(v.pan) ? v.pan : []
  return {
    study_uid: typeof v.study_uid === "string" ? v.study_uid : "",
    series_uid: v.series_uid,
    sop_uid: v.sop_uid,
    frame: Math.max(1, Math.trunc(number(v.frame, 1))),
    window: { center: number(window?.center, 0), width: Math.max(MIN_WIDTH, number(window?.width, 1)) },
    zoom: clamp(number(v.zoom, 1), MIN_ZOOM, MAX_ZOOM),
    pan: [clamp(number(pan[0], 0), -MAX_PAN, MAX_PAN), clamp(number(pan[1], 0), -MAX_PAN, MAX_PAN)],
    rotation: (TURNS.includes(v.rotation as number) ? v.rotation : 0) as Turn,
    flip_h: v.flip_h === true,
    flip_v: v.flip_v === true,
    invert: v.invert === true,
    cine_fps: typeof v.cine_fps === "number" && v.cine_fps > 0 ? Math.min(v.cine_fps, MAX_RATE) : null,
    plane: PLANES.find(plane => plane === v.plane) ?? "acquired",
    cut_mm: clamp(number(v.cut_mm, 0), -MAX_PLACE, MAX_PLACE),
  }
}

export function sameView(a: ViewState | null, b: ViewState | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

export function placingOf(viewport: ViewportState): Placing {
  const { zoom, pan, rotation } = viewport
  return { zoom, pan, rotation, flipH: viewport.flip_h, flipV: viewport.flip_v }
}

/** Changes viewport `index`; the same view comes back when nothing changed, so that nothing is sent. */
export function withViewport(view: ViewState, index: number, change: Partial<ViewportState>): ViewState {
  const old = view.viewports[index]
  if (!old) return view
  const next = { ...old, ...change }
  if (JSON.stringify(next) === JSON.stringify(old)) return view
  return { ...view, viewports: view.viewports.map((v, i) => (i === index ? next : v)) }
}

/** Puts a whole viewport in place, for example another series. */
export function placed(view: ViewState, index: number, viewport: ViewportState | null): ViewState {
  return { ...view, viewports: view.viewports.map((v, i) => (i === index ? viewport : v)) }
}

/** More or fewer viewports; those that stay keep what they show, the active one always stays. */
export function withLayout(view: ViewState, layout: Layout): ViewState {
  if (view.layout === layout) return view
  const kept = view.active < layout ? view.viewports : [view.viewports[view.active] ?? null]
  const viewports = Array.from({ length: layout }, (_, i) => kept[i] ?? null)
  return { ...view, layout, active: view.active < layout ? view.active : 0, viewports }
}

export function activated(view: ViewState, index: number): ViewState {
  return view.active === index || index >= view.layout ? view : { ...view, active: index }
}

function record(value: unknown): { readonly [key: string]: unknown } | null {
  return typeof value === "object" && value !== null ? (value as never) : null
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
