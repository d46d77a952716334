/** The hand on one viewport: mouse, wheel, fingers. Decides nothing; asks view-actions and reports. */

import { type RefObject, useEffect, useRef } from "react"
import { type Draft, pressed, released, stretched } from "./drafting"
import { imagePointOf, type Point } from "./geometry"
import { Travel } from "./gestures"
import { LOSSLESS } from "./manifest"
import type { Drawn } from "./marks"
import { type MarkKind, measuresKind } from "./measures"
import type { Drawing } from "./pane"
import { drawsMark, type Tool } from "./tools"
import { dragged, type Place, scrolled, zoomedBy } from "./view-actions"
import { placingOf, type ViewState } from "./view-state"

export type Hand = {
  readonly tool: Tool
  /** The view as it is now, not as it was last painted. */
  readonly view: () => ViewState | null
  readonly change: (view: ViewState) => void
  readonly place: () => Place | null
  readonly drawn: () => Drawing | null
  readonly onDraft: (draft: Drawn | null) => void
  readonly onMark: (drawing: Drawing, drawn: Drawn) => void
  readonly onPoint: ((at: Point, visible: boolean) => void) | null
  readonly onTouch: () => void
}

/** Screen pixels of a drag that make one image. */
const DRAG_PER_IMAGE = 10

type Finger = { readonly at: Point; readonly button: number }

export function useHand(element: RefObject<HTMLDivElement | null>, hand: Hand): void {
  const latest = useRef(hand)
  latest.current = hand
  useEffect(() => {
    const host = element.current
    return host ? listen(host, () => latest.current) : undefined
  }, [element])
}

function listen(host: HTMLElement, hand: () => Hand): () => void {
  const fingers = new Map<number, Finger>()
  const wheel = new Travel()
  const drag = new Travel(DRAG_PER_IMAGE)
  let draft: Draft | null = null
  let draftOn: Drawing | null = null

  const local = (event: MouseEvent): Point => {
    const box = host.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }
  const imagePoint = (at: Point): Point | null => {
    const drawn = hand().drawn()
    const place = hand().place()
    return drawn && place ? imagePointOf(drawn.image, placingOf(drawn.viewport), place.canvas, at) : null
  }
  const move = (next: (view: ViewState, place: Place) => ViewState): void => {
    const view = hand().view()
    const place = hand().place()
    if (view && place) hand().change(next(view, place))
  }
  const toolOf = (button: number): Tool => (button === 1 ? "pan" : button === 2 ? "zoom" : hand().tool)
  const setDraft = (next: Draft | null): void => {
    draft = next
    hand().onDraft(next)
  }
  /** What was begun on one image is not ended on another. */
  const elsewhere = (): boolean => draftOn?.image !== hand().drawn()?.image

  const down = (event: PointerEvent): void => {
    if (event.pointerType === "mouse" && event.button > 2) return
    hand().onTouch()
    fingers.set(event.pointerId, { at: local(event), button: event.button })
    host.setPointerCapture(event.pointerId)
    if (event.button === 1) event.preventDefault() // no scrolling by the middle button
    const tool = toolOf(event.button)
    const point = imagePoint(local(event))
    if (fingers.size === 1 && drawsMark(tool) && point) begin(tool, point)
    else if (fingers.size > 1 || !drawsMark(tool)) setDraft(null)
  }
  const begin = (kind: MarkKind, point: Point): void => {
    const drawn = hand().drawn()
    if (measuresKind(kind) && drawn?.held.level !== LOSSLESS) return // the heading says why
    setDraft(pressed(elsewhere() ? null : draft, kind, point))
    draftOn = drawn
  }
  const moved = (event: PointerEvent): void => {
    const at = local(event)
    const finger = fingers.get(event.pointerId)
    const point = imagePoint(at)
    if (point) hand().onPoint?.(point, true)
    if (!finger) {
      if (draft && !draft.down && event.pointerType === "mouse") stretch(point)
      return
    }
    const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, other]) => other.at)
    fingers.set(event.pointerId, { ...finger, at })
    const by: Point = [at[0] - finger.at[0], at[1] - finger.at[1]]
    const other = others[0]
    if (other) pinch(other, finger.at, at, by)
    else if (draft) stretch(point)
    else drags(toolOf(finger.button), by)
  }
  const pinch = (other: Point, before: Point, after: Point, by: Point): void => {
    const gap = (p: Point) => Math.max(10, Math.hypot(p[0] - other[0], p[1] - other[1]))
    const middle: Point = [(after[0] + other[0]) / 2, (after[1] + other[1]) / 2]
    move((view, place) => {
      const near = zoomedBy(view, place, gap(after) / gap(before), middle)
      return dragged(near, place, "pan", [by[0] / 2, by[1] / 2])
    })
  }
  const stretch = (point: Point | null): void => {
    if (elsewhere()) setDraft(null)
    else if (draft && point) setDraft(stretched(draft, point))
  }
  const drags = (tool: Tool, by: Point): void => {
    if (tool === "scroll") {
      const images = drag.take(by[1])
      if (images) move((view, place) => scrolled(view, place, images))
    } else move((view, place) => dragged(view, place, tool, by))
  }
  const up = (event: PointerEvent): void => {
    fingers.delete(event.pointerId)
    if (!draft?.down) return
    const { draft: next, done } = released(draft)
    const on = elsewhere() ? null : draftOn
    setDraft(event.type === "pointerup" && on ? next : null)
    if (event.type === "pointerup" && on && done) hand().onMark(on, done)
  }
  const wheeled = (event: WheelEvent): void => {
    event.preventDefault()
    hand().onTouch()
    if (event.ctrlKey) {
      move((view, place) => zoomedBy(view, place, event.deltaY < 0 ? 1.1 : 1 / 1.1, local(event)))
      return
    }
    const images = wheel.take(event.deltaMode === 1 ? event.deltaY * 33 : event.deltaY)
    if (images)
      move((view, place) => scrolled(view, place, Math.sign(images) * Math.min(3, Math.abs(images))))
  }
  const left = (): void => hand().onPoint?.([0, 0], false)
  const givenUp = (event: KeyboardEvent): void => {
    if (event.key === "Escape") setDraft(null)
  }
  const menu = (event: Event): void => event.preventDefault()

  host.addEventListener("pointerdown", down)
  host.addEventListener("pointermove", moved)
  host.addEventListener("pointerup", up)
  host.addEventListener("pointercancel", up)
  host.addEventListener("pointerleave", left)
  host.addEventListener("wheel", wheeled, { passive: false })
  host.addEventListener("contextmenu", menu)
  window.addEventListener("keydown", givenUp)
  return () => {
    host.removeEventListener("pointerdown", down)
    host.removeEventListener("pointermove", moved)
    host.removeEventListener("pointerup", up)
    host.removeEventListener("pointercancel", up)
    host.removeEventListener("pointerleave", left)
    host.removeEventListener("wheel", wheeled)
    host.removeEventListener("contextmenu", menu)
    window.removeEventListener("keydown", givenUp)
  }
}
