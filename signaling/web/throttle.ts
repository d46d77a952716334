/** Timers as an argument, so that tests own the time, and a sender that keeps a pace. */

export type Timers = {
  readonly now: () => number
  /** Runs `run` once after `ms`; returns a cancel function. */
  readonly after: (ms: number, run: () => void) => () => void
}

export const browserTimers: Timers = {
  now: () => performance.now(),
  after: (ms, run) => {
    const id = setTimeout(run, ms)
    return () => clearTimeout(id)
  },
}

/** At most one value in `gapMs`; a newer one replaces what waits, and the last always goes out (VS3). */
export class Throttle<T> {
  #waiting: { readonly value: T } | null = null
  #cancel: (() => void) | null = null
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(
    readonly gapMs: number,
    readonly send: (value: T) => void,
    readonly timers: Timers,
  ) {}

  offer(value: T): void {
    this.#waiting = { value }
    if (this.#cancel) return
    const waitMs = this.#lastAt + this.gapMs - this.timers.now()
    if (waitMs <= 0) this.#flush()
    else this.#cancel = this.timers.after(waitMs, () => this.#flush())
  }

  /** Forgets what waits. */
  drop(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#waiting = null
  }

  #flush(): void {
    const waiting = this.#waiting
    this.drop()
    if (!waiting) return
    this.#lastAt = this.timers.now()
    this.send(waiting.value)
  }
}
