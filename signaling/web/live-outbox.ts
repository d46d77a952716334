/** Events of this client that the server has not answered yet: sent again after a return, same ids (LL4). */

import type { Problem } from "./live-wire"

/** What became of a submitted event; `superseded` when a newer view made it needless (VS4). */
export type Outcome =
  | { readonly result: "stored"; readonly seq: number }
  | { readonly result: "refused"; readonly problem: Problem }
  | { readonly result: "superseded" }
  | { readonly result: "closed" }

export type PendingEvent = { readonly id: string; readonly kind: string; readonly body: object }

type Waiting = PendingEvent & { readonly settle: (outcome: Outcome) => void }

const LATEST_WINS: ReadonlySet<string> = new Set(["view_changed"])

export class LiveOutbox {
  #waiting: Waiting[] = []

  get size(): number {
    return this.#waiting.length
  }

  add(event: PendingEvent): Promise<Outcome> {
    return new Promise(settle => this.#waiting.push({ ...event, settle }))
  }

  /** Ends the wait for one event; returns it, or undefined when it was not waited for. */
  settle(id: string, outcome: Outcome): PendingEvent | undefined {
    const found = this.#waiting.find(event => event.id === id)
    this.#waiting = this.#waiting.filter(event => event !== found)
    found?.settle(outcome)
    return found
  }

  /** Drops views that a newer one follows: called while nothing can be sent. */
  compact(): void {
    const newest = new Map(this.#waiting.map(event => [event.kind, event.id]))
    for (const { id, kind } of this.#waiting) {
      if (LATEST_WINS.has(kind) && newest.get(kind) !== id) this.settle(id, { result: "superseded" })
    }
  }

  /** What has to be sent, in order. */
  all(): readonly PendingEvent[] {
    return this.#waiting.map(({ id, kind, body }) => ({ id, kind, body }))
  }

  close(): void {
    for (const { id } of this.#waiting) this.settle(id, { result: "closed" })
  }
}
