/** What this hand drew and took away, to be undone in turn: pure. */

import type { Mark } from "./marks"

export type Done = { readonly type: "drew" | "removed"; readonly mark: Mark }

/** More than anybody takes back. */
const KEPT = 100

export function noted(done: readonly Done[], step: Done): readonly Done[] {
  return [...done, step].slice(-KEPT)
}

export type Undo =
  | { readonly type: "remove"; readonly mark: Mark; readonly rest: readonly Done[] }
  | { readonly type: "draw"; readonly mark: Mark; readonly rest: readonly Done[] }

/** The last step that can still be undone; what somebody else removed in the meantime stays removed. */
export function undone(done: readonly Done[], marks: readonly Mark[]): Undo | null {
  const there = new Set(marks.map(mark => mark.id))
  for (let at = done.length - 1; at >= 0; at--) {
    const step = done[at] as Done
    const rest = done.slice(0, at)
    if (step.type === "drew" && there.has(step.mark.id)) return { type: "remove", mark: step.mark, rest }
    if (step.type === "removed" && !there.has(step.mark.id)) return { type: "draw", mark: step.mark, rest }
  }
  return null
}
