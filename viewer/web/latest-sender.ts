/** Sends at most once in `gapMs`; what comes faster replaces what waits, and the last value always goes out. */

export type Timers = {
  readonly now: () => number
  /** Returns a cancel function. */
  readonly after: (ms: number, run: () => void) => () => void
}

export const browserTimers: Timers = {
  now: () => performance.now(),
  after: (ms, run) => {
    const id = setTimeout(run, ms)
    return () => clearTimeout(id)
  },
}

export class LatestSender<T> {
  #waiting: { readonly value: T } | null = null
  #cancel: (() => void) | null = null
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(
    readonly gapMs: number,
    readonly send: (value: T) => void,
    readonly timers: Timers = browserTimers,
  ) {}

  offer(value: T): void {
    this.#waiting = { value }
    if (this.#cancel) return
    const wait = this.#lastAt + this.gapMs - this.timers.now()
    if (wait <= 0) this.flush()
    else this.#cancel = this.timers.after(wait, () => this.flush())
  }

  /** Sends what waits, now. */
  flush(): void {
    const waiting = this.#waiting
    this.drop()
    if (!waiting) return
    this.#lastAt = this.timers.now()
    this.send(waiting.value)
  }

  /** Forgets what waits: control went to somebody else. */
  drop(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#waiting = null
  }
}
