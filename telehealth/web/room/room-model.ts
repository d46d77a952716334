/** The room's mind: the live log and the view in one snapshot. No DOM; React draws it. */

import type { LiveHappening, LiveLog, LiveSnapshot } from "@signaling/live-log"
import type { LiveEvent } from "@signaling/live-state"
import type { Problem } from "@signaling/live-wire"
import { type Mark, parseMark } from "@viewer/marks"
import type { PointerAt } from "@viewer/shared-pointer"
import { type Mode, SharedView } from "@viewer/shared-view"
import { parseView, type ViewState } from "@viewer/view-state"

/** What a screen reader says and a line of text shows: `room:said.<key>`. */
export type Said = {
  readonly key: string
  readonly who: string | null
  readonly caseId: string | null
  readonly at: number
}

export type RoomSnapshot = {
  readonly live: LiveSnapshot
  readonly mode: Mode
  readonly view: ViewState | null
  readonly marks: readonly Mark[]
  readonly said: Said | null
  readonly refused: { readonly kind: string; readonly problem: Problem } | null
  /** How long the line was away when it last came back, and when that was. */
  readonly back: { readonly awayMs: number; readonly at: number } | null
}

/** The part of LiveLog the model needs. */
export type Log = Pick<LiveLog, "snapshot" | "on" | "submit" | "changeView" | "dropView" | "point">

export class RoomModel {
  readonly #shared: SharedView
  readonly #listeners = new Set<() => void>()
  readonly #stop: () => void
  #snapshot: RoomSnapshot
  #welcomed = false
  #caseId: string | null = null
  #awaySince: number | null = null

  constructor(
    readonly log: Log,
    readonly me: string,
    readonly now: () => number = Date.now,
  ) {
    this.#shared = new SharedView(me, {
      onShow: () => this.#refresh({}),
      onPresent: view => log.changeView(view),
    })
    this.#snapshot = {
      live: log.snapshot,
      mode: "following",
      view: null,
      marks: [],
      said: null,
      refused: null,
      back: null,
    }
    this.#stop = log.on(happening => this.#happened(happening))
  }

  get snapshot(): RoomSnapshot {
    return this.#snapshot
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The image area's way to the view. */
  readonly controller = {
    current: () => this.#shared.shown,
    change: (view: ViewState) => this.#shared.change(view),
  }

  look(): void {
    this.#shared.look()
  }

  follow(): void {
    this.#shared.follow()
  }

  point(pointer: PointerAt): void {
    this.log.point(pointer)
  }

  mark(mark: Mark): void {
    void this.log.submit("mark_added", { mark })
  }

  removeMark(mark: Mark): void {
    void this.log.submit("mark_removed", { mark_id: mark.id })
  }

  forgetRefusal(): void {
    this.#refresh({ refused: null })
  }

  close(): void {
    this.#stop()
    this.#listeners.clear()
  }

  #happened(happening: LiveHappening): void {
    if (happening.type === "changed") this.#changed(happening.snapshot)
    if (happening.type === "event" && !happening.missed) this.#event(happening.event)
    if (happening.type === "refused")
      this.#refresh({ refused: { kind: happening.kind, problem: happening.problem } })
  }

  #changed(live: LiveSnapshot): void {
    const was = this.#snapshot.live.status
    if (live.status !== "live" && was === "live") this.#awaySince = this.now()
    this.#refresh({ live })
    if (live.status === "live" && (was !== "live" || !this.#welcomed)) this.#welcome(live)
  }

  #welcome({ state }: LiveSnapshot): void {
    const view = parseView(state.view)
    if (this.#welcomed && state.case_id === this.#caseId) this.#shared.resume(view, state.control)
    else this.#shared.restore(view, state.control)
    this.#welcomed = true
    this.#caseId = state.case_id
    if (this.#awaySince === null) return
    const awayMs = this.now() - this.#awaySince
    this.#awaySince = null
    this.#refresh({ back: { awayMs, at: this.now() } })
  }

  #event(event: LiveEvent): void {
    const { state } = this.log.snapshot
    if (event.kind === "case_opened" || event.kind === "case_closed" || event.kind === "session_ended") {
      this.#caseId = state.case_id
      this.log.dropView()
      this.#shared.restore(parseView(state.view), state.control)
    } else if (event.kind === "view_changed") {
      const view = parseView(event.body.view)
      if (view) this.#shared.arrived(view, event.by)
    } else if (state.control !== this.#shared.holder) {
      if (state.control !== this.me) this.log.dropView()
      this.#shared.setHolder(state.control)
    }
    this.#say(event, state.control)
  }

  #say(event: LiveEvent, control: string | null): void {
    if (!SAID.has(event.kind)) return
    const who = event.kind === "control_granted" ? control : event.by
    this.#refresh({ said: { key: event.kind, who, caseId: this.#caseId, at: event.seq } })
  }

  #refresh(change: Partial<RoomSnapshot>): void {
    const live = change.live ?? this.#snapshot.live
    const marks =
      live.state.marks === this.#snapshot.live.state.marks && this.#snapshot.marks.length > 0
        ? this.#snapshot.marks
        : live.state.marks.flatMap(mark => parseMark(mark) ?? [])
    this.#snapshot = {
      ...this.#snapshot,
      ...change,
      marks,
      mode: this.#shared.mode,
      view: this.#shared.shown,
    }
    for (const listener of this.#listeners) listener()
  }
}

const SAID: ReadonlySet<string> = new Set([
  "session_started",
  "session_ended",
  "case_opened",
  "case_closed",
  "control_granted",
  "control_taken",
  "control_released",
  "recording_started",
  "recording_stopped",
  "hand_raised",
])
