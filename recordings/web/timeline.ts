/** The time axis of a recording as the server lays it, and what is on it at a second: pure. */

export type TimedEvent = {
  readonly t_s: number
  readonly seq: number
  readonly kind: string
  readonly by: string
  readonly body: { readonly [field: string]: unknown }
}

export type Speaker = {
  readonly identity: string
  readonly full_name: string
  readonly spans: readonly (readonly [number, number])[]
}

export type Timeline<State> = {
  readonly duration_s: number
  /** What everybody saw at second 0. */
  readonly state: State
  readonly events: readonly TimedEvent[]
  readonly speakers: readonly Speaker[]
  /** Loudness 0..1 in equal steps over the whole length. */
  readonly peaks: readonly number[]
}

const CHECKPOINT_EVENTS = 256

/** The state at any second; going forward costs only what happened between. */
export class Fold<State, Event extends TimedEvent> {
  readonly #checkpoints: { readonly next: number; readonly state: State }[]
  #next = 0
  #state: State

  constructor(
    start: State,
    readonly events: readonly Event[],
    readonly apply: (state: State, event: Event) => State,
  ) {
    this.#state = start
    this.#checkpoints = [{ next: 0, state: start }]
  }

  at(seconds: number): State {
    const before = this.events[this.#next - 1]
    if (before && before.t_s > seconds) this.#rewind(seconds)
    for (
      let event = this.events[this.#next];
      event && event.t_s <= seconds;
      event = this.events[this.#next]
    ) {
      this.#state = this.apply(this.#state, event)
      this.#next++
      if (this.#next % CHECKPOINT_EVENTS === 0 && this.#next > (this.#checkpoints.at(-1)?.next ?? 0))
        this.#checkpoints.push({ next: this.#next, state: this.#state })
    }
    return this.#state
  }

  #rewind(seconds: number): void {
    const fits = this.#checkpoints.filter(
      ({ next }) => next === 0 || (this.events[next - 1]?.t_s ?? 0) <= seconds,
    )
    const from = fits.at(-1)
    if (!from) return
    this.#next = from.next
    this.#state = from.state
  }
}

/** What brings another view to the screen. */
const VIEWS: ReadonlySet<string> = new Set(["view_changed", "case_opened"])

/** The second at which the view on screen was said: running images run from there. */
export function viewSaidAt(events: readonly TimedEvent[], seconds: number): number {
  return events.findLast(event => event.t_s <= seconds && VIEWS.has(event.kind))?.t_s ?? 0
}

export type Tick = { readonly t_s: number; readonly kind: string; readonly by: string; readonly seq: number }

/** Events worth a tick and a line; a person scrolling makes hundreds that are not. */
const TOLD: ReadonlySet<string> = new Set([
  "case_opened",
  "case_closed",
  "control_granted",
  "control_taken",
  "control_released",
  "mark_added",
  "key_image_toggled",
  "hand_raised",
  "chat_message",
  "minutes_saved",
  "recording_stopped",
])

export function told(events: readonly TimedEvent[]): readonly TimedEvent[] {
  return events.filter(event => TOLD.has(event.kind))
}

export function speakingAt(speakers: readonly Speaker[], seconds: number): readonly Speaker[] {
  return speakers.filter(speaker => speaker.spans.some(([from, to]) => from <= seconds && seconds < to))
}

/** `02:05`. */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (n: number) => String(n).padStart(2, "0")
  const hours = Math.floor(whole / 3600)
  return `${hours ? `${hours}:` : ""}${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`
}
