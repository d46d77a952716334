/**
 * Whose view is on this screen: the presenter's, or one's own.
 *
 * SV1 Only the holder of control makes views that are sent; a view that arrived is never sent again.
 * SV2 The holder's screen runs ahead of the log: the holder's own views coming back change nothing.
 * SV3 Everybody else sees the last presented view, unless they chose to look by themselves.
 * SV4 Looking by oneself starts from what was on screen, is never sent, and ends with `follow`.
 * SV5 Who gets control goes on from what was on screen, and what is on screen is then presented.
 * SV6 A snapshot (late join, reload) is shown whoever made it; another case ends looking by oneself.
 * SV7 Coming back after a lost line, the holder goes on from the screen (what was not sent yet follows), others catch up.
 */

import { sameView, type ViewState } from "./view-state"

export type Mode = "holding" | "following" | "looking"

export type SharedViewEvents = {
  /** The picture must change. */
  readonly onShow: () => void
  /** This site presents `view` to all the others. */
  readonly onPresent: (view: ViewState) => void
}

export class SharedView {
  #presented: ViewState | null = null
  #own: ViewState | null = null
  #holder: string | null = null
  #looking = false

  constructor(
    readonly me: string,
    readonly events: SharedViewEvents,
  ) {}

  get mode(): Mode {
    if (this.#holder === this.me) return "holding"
    return this.#looking ? "looking" : "following"
  }

  get holder(): string | null {
    return this.#holder
  }

  /** The view to draw; null when nobody has shown anything yet. */
  get shown(): ViewState | null {
    return this.mode === "following" ? this.#presented : this.#own
  }

  /** The person at this screen moved something; ignored while following (SV3). */
  change(view: ViewState): void {
    if (this.mode === "following" || sameView(view, this.#own)) return
    this.#own = view
    if (this.mode === "holding") this.#presented = view
    this.events.onShow()
    if (this.mode === "holding") this.events.onPresent(view)
  }

  /** A `view_changed` event of the log. */
  arrived(view: ViewState, by: string): void {
    if (this.mode === "holding" && by === this.me) return
    if (sameView(view, this.#presented)) return
    this.#presented = view
    if (this.mode === "following") this.events.onShow()
  }

  /** The state of the log as a whole: at the start, after a gap, at another case. */
  restore(view: ViewState | null, holder: string | null): void {
    this.#presented = view
    this.#own = view
    this.#holder = holder
    this.#looking = false
    this.events.onShow()
  }

  /** The log is back; `view` and `holder` are what the server has now. */
  resume(view: ViewState | null, holder: string | null): void {
    const kept = this.mode === "holding" && holder === this.me
    this.#presented = kept ? this.#own : view
    this.setHolder(holder)
    this.events.onShow()
  }

  setHolder(holder: string | null): void {
    if (holder === this.#holder) return
    const shown = this.shown
    const wasHolding = this.mode === "holding"
    this.#holder = holder
    if (this.mode === "holding") {
      this.#looking = false
      this.#own = shown
      this.#presented = shown
      if (shown) this.events.onPresent(shown)
    } else if (wasHolding) this.#looking = false
    this.events.onShow()
  }

  /** Looks by oneself from here on. */
  look(): void {
    if (this.mode !== "following") return
    this.#own = this.#presented
    this.#looking = true
    this.events.onShow()
  }

  follow(): void {
    if (!this.#looking) return
    this.#looking = false
    this.events.onShow()
  }
}
