/** Fetches the images of coming sessions ahead of time, one piece at a time, and tells how far it is. */

import type { FetchBytes } from "../series-feed"
import { PIECE_BYTES } from "./kept-packs"
import type { FetchNear, Near } from "./near"

export type KeepSeries = {
  series_uid: string
  pack_id: string
  bytes: number
  images: number
  /** Where the hospital's own gateway has it, if it does. */
  near?: Near | null
}
export type KeepCase = { case_id: string; series: KeepSeries[] }
export type Told = { device_id: string; rate_bps: number | null; items: { pack_id: string; bytes: number }[] }

/** What the keeper needs of the server. */
export type KeepDoors = {
  /** Ids of the sessions to be ready for, the next one first. */
  readonly sessions: () => Promise<readonly string[]>
  readonly plan: (sessionId: string) => Promise<readonly KeepCase[]>
  readonly tell: (sessionId: string, told: Told) => Promise<void>
  /** Whether a live room is open in any tab of this browser. */
  readonly inMeeting: () => Promise<boolean>
  /** Does the work unless another tab is at it; whether it was done. */
  readonly alone: (work: () => Promise<void>) => Promise<boolean>
  readonly fetchBytes: FetchBytes
  readonly fetchNear: FetchNear
}

/** What the keeper needs of the disk (`KeptPacks`). */
export type Disk = {
  readonly deviceId: string
  held(packId: string): number
  next(packId: string): number
  put(packId: string, offset: number, bytes: Uint8Array): Promise<void>
  /** Keeps these and no others, and looks how much of them is here by now. */
  keepOnly(packIds: ReadonlySet<string>): Promise<void>
}

export type CaseProgress = { readonly held: number; readonly total: number }
export type KeepStatus = "resting" | "fetching" | "paused" | "trouble" | "full"
export type KeepSnapshot = {
  readonly status: KeepStatus
  readonly cases: ReadonlyMap<string, CaseProgress>
  readonly rateBps: number | null
}

const LOOK_AGAIN_MS = 60_000
const OTHER_TAB_MS = 5_000
const TELL_MS = 5_000
const RETRY_MS = [1_000, 2_000, 5_000, 15_000, 60_000]
const EMPTY: KeepSnapshot = { status: "resting", cases: new Map(), rateBps: null }

type Plan = readonly (readonly [string, readonly KeepCase[]])[]

export class Keeper {
  #snapshot = EMPTY
  readonly #listeners = new Set<() => void>()
  readonly #end = new AbortController()
  #fetching: AbortController | null = null
  #paused = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #rested: (() => void) | null = null
  #awake = false // woken before it slept
  #rateBps: number | null = null
  #toldAt = 0
  #planned: Plan = []
  #failures = 0
  /** Gateways that failed us in this round. */
  readonly #shunned = new Set<string>()

  constructor(
    readonly doors: KeepDoors,
    readonly disk: Disk,
    readonly now: () => number = () => performance.now(),
  ) {}

  get snapshot(): KeepSnapshot {
    return this.#snapshot
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A live room has the line to itself: what is under way stops at once, nothing is lost but a piece. */
  pause(on: boolean): void {
    this.#paused = on
    if (on) this.#fetching?.abort()
    this.#show(on ? { status: "paused" } : {})
    this.#wake()
  }

  /** Looks for new images now. */
  poke(): void {
    this.#wake()
  }

  close(): void {
    this.#end.abort()
    this.#fetching?.abort()
    this.#wake()
  }

  /** Closes and tells that nothing is here any more; a server out of reach learns it another time. */
  async leave(): Promise<void> {
    this.close()
    const told = { device_id: this.disk.deviceId, rate_bps: null, items: [] }
    await Promise.allSettled(this.#planned.map(([sessionId]) => this.doors.tell(sessionId, told)))
  }

  /** Works until closed. */
  async run(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const rest = await this.#round()
      if (!this.#end.signal.aborted) await this.#sleep(rest)
    }
  }

  /** One look at the plan and everything it lacks; how long to rest then, in ms. */
  async #round(): Promise<number> {
    if (this.#paused) return LOOK_AGAIN_MS
    this.#shunned.clear()
    try {
      const plan = await this.#plan()
      const alone = await this.doors.alone(() => this.#fetchAll(plan))
      if (alone) await this.#tell(plan)
      this.#failures = 0
      const meeting = this.#paused || (await this.doors.inMeeting())
      this.#show({ status: meeting ? "paused" : alone ? "resting" : "fetching" })
      return meeting || !alone ? OTHER_TAB_MS : LOOK_AGAIN_MS
    } catch (error) {
      return this.#failed(error)
    }
  }

  #failed(error: unknown): number {
    if (this.#paused || this.#end.signal.aborted) return LOOK_AGAIN_MS
    const full = error instanceof DOMException && error.name === "QuotaExceededError"
    this.#show({ status: full ? "full" : "trouble" })
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? LOOK_AGAIN_MS
    return full ? LOOK_AGAIN_MS : wait
  }

  async #plan(): Promise<Plan> {
    const plan: (readonly [string, readonly KeepCase[]])[] = []
    for (const id of await this.doors.sessions()) plan.push([id, await this.doors.plan(id)])
    const wanted = plan.flatMap(([, cases]) => cases.flatMap(each => each.series))
    await this.disk.keepOnly(new Set(wanted.map(series => series.pack_id)))
    this.#planned = plan
    this.#show({ cases: this.#progress(plan) })
    return plan
  }

  async #fetchAll(plan: Plan): Promise<void> {
    for (const series of plan.flatMap(([, cases]) => cases.flatMap(each => each.series)))
      while (this.disk.held(series.pack_id) < series.bytes) {
        if (await this.doors.inMeeting()) return
        this.#show({ status: "fetching" })
        await this.#fetchPiece(series)
        this.#show({ cases: this.#progress(plan), rateBps: this.#rateBps })
        if (this.now() - this.#toldAt > TELL_MS) await this.#tell(plan)
      }
  }

  async #fetchPiece(series: KeepSeries): Promise<void> {
    const first = this.disk.next(series.pack_id)
    const length = Math.min(PIECE_BYTES, series.bytes - first)
    this.#fetching = new AbortController()
    const { signal } = this.#fetching
    const began = this.now()
    const bytes =
      (await this.#nearPiece(series, first, length, signal)) ??
      (await this.#piece(series, first, length, signal))
    this.#measure(length, this.now() - began)
    await this.disk.put(series.pack_id, first, bytes)
  }

  /** From the gateway of the hospital; null where there is none, and the server has to. */
  async #nearPiece(series: KeepSeries, first: number, length: number, signal: AbortSignal) {
    const { near, pack_id } = series
    const origin = near ? new URL(near.url).origin : ""
    if (!near || this.#shunned.has(origin)) return null
    try {
      return await this.doors.fetchNear(near, pack_id, first / PIECE_BYTES, length, signal)
    } catch (error) {
      if (signal.aborted) throw error
      this.#shunned.add(origin)
      return null
    }
  }

  async #piece(series: KeepSeries, first: number, length: number, signal: AbortSignal) {
    const bytes = new Uint8Array(length)
    const range = [first, first + length - 1] as const
    const path = `/api/image-series/${series.series_uid}/pack`
    let filled = 0
    for await (const chunk of await this.doors.fetchBytes(path, { range, signal })) {
      bytes.set(chunk.subarray(0, length - filled), filled)
      filled += chunk.length
    }
    if (filled !== length) throw new RangeError(`pack: ${filled} of ${length} bytes`)
    return bytes
  }

  /** A piece in five changes the rate by two thirds: steady enough to read, quick enough to be true. */
  #measure(bytes: number, ms: number): void {
    const seen = (8_000 * bytes) / Math.max(ms, 1)
    this.#rateBps = Math.max(1, Math.round(this.#rateBps === null ? seen : 0.8 * this.#rateBps + 0.2 * seen))
  }

  async #tell(plan: Plan): Promise<void> {
    this.#toldAt = this.now()
    for (const [sessionId, cases] of plan)
      await this.doors.tell(sessionId, {
        device_id: this.disk.deviceId,
        rate_bps: this.#rateBps,
        items: cases
          .flatMap(each => each.series)
          .map(({ pack_id }) => ({ pack_id, bytes: this.disk.held(pack_id) }))
          .filter(item => item.bytes > 0),
      })
  }

  #progress(plan: Plan): ReadonlyMap<string, CaseProgress> {
    const cases = plan.flatMap(([, found]) => found)
    return new Map(
      cases.map(({ case_id, series }) => [
        case_id,
        {
          held: series.reduce((sum, each) => sum + Math.min(each.bytes, this.disk.held(each.pack_id)), 0),
          total: series.reduce((sum, each) => sum + each.bytes, 0),
        },
      ]),
    )
  }

  #show(change: Partial<KeepSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change }
    for (const listener of this.#listeners) listener()
  }

  #wake(): void {
    this.#awake = this.#rested === null
    clearTimeout(this.#timer)
    this.#rested?.()
  }

  async #sleep(ms: number): Promise<void> {
    if (!this.#awake)
      await new Promise<void>(done => {
        this.#rested = done
        this.#timer = setTimeout(done, ms)
      })
    this.#rested = null
    this.#awake = false
  }
}
