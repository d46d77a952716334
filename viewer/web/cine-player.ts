/** The view as it is at this moment: what was said, and how far it has run since. No DOM. */

import { begun, playedAt, type Runs, runs } from "./cine"
import type { ManifestAt } from "./linked"
import { sameImage } from "./places"
import type { ViewState } from "./view-state"

/** Seconds on a clock that only goes forward while images should run. */
export type Clock = () => number

export const wallClock: Clock = () => performance.now() / 1000

export class CinePlayer {
  #said: ViewState | null = null
  #runs: Runs = []
  #last: ViewState | null = null

  #clock: Clock

  constructor(
    clock: Clock,
    readonly manifestAt: ManifestAt,
  ) {
    this.#clock = clock
  }

  /** Runs by another clock from here on; seconds of one mean nothing on another. */
  setClock(clock: Clock): void {
    if (clock === this.#clock) return
    this.#clock = clock
    this.#said = null
    this.#runs = []
  }

  /** A view was said, at `since` on the clock when that is known, else now. */
  show(view: ViewState | null, since: number | null = null): void {
    if (view === this.#said) return
    this.#said = view
    this.#last = view
    this.#runs = view
      ? begun(since === null ? this.#runs : [], view, since ?? this.#clock(), this.manifestAt)
      : []
  }

  get running(): boolean {
    return this.#said !== null && runs(this.#said)
  }

  /** The view to draw now; the same object as long as nothing moved. */
  now(since: number | null = null): ViewState | null {
    const said = this.#said
    if (!said || !this.running) return said
    this.#beginWhatWaited(said, since)
    const next = playedAt(said, this.#runs, this.#clock(), this.manifestAt)
    if (!this.#last || !sameImages(this.#last, next)) this.#last = next
    return this.#last
  }

  /** A series whose manifest came after the view begins late; the holder's next word brings it into step. */
  #beginWhatWaited(said: ViewState, since: number | null): void {
    const waits = said.viewports.some((viewport, i) => viewport?.cine_fps != null && !this.#runs[i])
    if (!waits) return
    const late = begun([], said, since ?? this.#clock(), this.manifestAt)
    this.#runs = said.viewports.map((_, i) => this.#runs[i] ?? late[i] ?? null)
  }
}

function sameImages(a: ViewState, b: ViewState): boolean {
  return a.viewports.every((viewport, i) => sameImage(viewport, b.viewports[i]))
}
