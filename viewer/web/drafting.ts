/** A mark being drawn: what pressing, moving and letting go make of it; pure. */

import type { Point } from "./geometry"
import type { Drawn } from "./marks"
import type { MarkKind } from "./measures"

/** `legs` still to draw after this one: an angle is drawn as two lines, one after the other. */
export type Draft = Drawn & { readonly legs: 0 | 1; readonly down: boolean }

/** Image pixels below which a line was a click. */
const SHORTEST_LINE = 4

export function pressed(draft: Draft | null, kind: MarkKind, point: Point): Draft {
  if (draft?.kind === "angle" && kind === "angle" && draft.legs === 0 && !draft.down)
    return stretched({ ...draft, down: true }, point)
  const points = kind === "text" ? [point] : [point, point]
  return { kind, points, legs: kind === "angle" ? 1 : 0, down: true }
}

/** The last point follows the hand; between an angle's two lines also one that is not pressed. */
export function stretched(draft: Draft, point: Point): Draft {
  if (draft.kind === "text") return draft
  return { ...draft, points: [...draft.points.slice(0, -1), point] }
}

export type Released = { readonly draft: Draft | null; readonly done: Drawn | null }

/** Letting go ends a mark, or an angle's first line; a click on the spot draws nothing. */
export function released({ kind, points, legs }: Draft): Released {
  if (!longEnough(kind, points)) return { draft: null, done: null }
  const end = points.at(-1)
  if (legs === 1 && end)
    return { draft: { kind, points: [...points, end], legs: 0, down: false }, done: null }
  return { draft: null, done: { kind, points } }
}

function longEnough(kind: MarkKind, points: readonly Point[]): boolean {
  const [a, b] = points.slice(-2)
  return (
    kind === "text" ||
    (a !== undefined && b !== undefined && Math.hypot(b[0] - a[0], b[1] - a[1]) >= SHORTEST_LINE)
  )
}
