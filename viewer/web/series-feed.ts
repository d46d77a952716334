/** Brings the bytes of one series: performs what the scheduler decides, keeps trying, tells what arrived. */

import { Codestreams } from "./codestreams"
import { centreOut, indexOf, type Level, LOSSLESS, type Manifest } from "./manifest"
import { StageParser } from "./pack-stream"
import { farStep, type Held, type Looking, nearStep, type Step } from "./scheduler"

/** One GET; `range` is first and last byte. Fails on any status but 200 and 206. */
export type FetchBytes = (
  path: string,
  options: { readonly range?: readonly [number, number]; readonly signal: AbortSignal },
) => Promise<AsyncIterable<Uint8Array>>

export type FeedEvents = {
  /** Image `index` can now be drawn at `level`. */
  readonly onLevel: (index: number, level: Level) => void
  /** The line failed (true) or works again (false). */
  readonly onTrouble?: (trouble: boolean) => void
}

export type FeedLimits = {
  /** What this series may hold; asked each time, because it shares with the others. */
  readonly budgetBytes: () => number
  readonly restMs: number
  readonly retryMs: readonly number[]
  /** Lossless images fetched at once: two hide the round trip, more would rob the voice. */
  readonly farLanes: number
}

export const FEED_LIMITS: FeedLimits = {
  budgetBytes: () => 256 * 2 ** 20,
  restMs: 160,
  retryMs: [500, 1000, 2000, 4000, 8000],
  farLanes: 2,
}

type Lane = { abort: AbortController; step: Step } | null

export class SeriesFeed {
  readonly codestreams: Codestreams
  readonly #closed = new AbortController()
  readonly #busy = new Set<number>()
  #looking: Looking | null = null
  #near: Lane = null
  #far = new AbortController()
  #farRunning = 0
  #staging = false
  #prefetch = true
  #depth: "scroll" | "lossless" = "lossless"
  #failures = 0
  #restTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly manifest: Manifest,
    readonly fetchBytes: FetchBytes,
    readonly events: FeedEvents,
    readonly limits: FeedLimits = FEED_LIMITS,
  ) {
    this.codestreams = new Codestreams(manifest)
  }

  get #path(): string {
    return `/api/image-series/${this.manifest.seriesUid}`
  }

  /** Somebody looks at image `index`: it comes first from now on. */
  look(index: number): void {
    const before = this.#looking
    if (before?.current === index || this.#closed.signal.aborted) return
    const direction = before && index < before.current ? -1 : 1
    this.#looking = { current: index, direction, resting: false }
    clearTimeout(this.#restTimer)
    this.#restTimer = setTimeout(() => this.#rest(), this.limits.restMs)
    if (this.#near && this.#near.step.type === "image" && this.#near.step.to === LOSSLESS)
      this.#near.abort.abort()
    this.#pump()
  }

  /** Prefetching stops while the line is needed for other things; the image on screen still comes. */
  setPrefetch(on: boolean): void {
    if (on === this.#prefetch) return
    this.#prefetch = on
    if (on) this.#far = new AbortController()
    else this.#far.abort() // what has come stays, and it goes on from there
    this.#pump()
  }

  /** "scroll" stops at 1/4 of every image: enough for a series nobody looks at yet. */
  setDepth(depth: "scroll" | "lossless"): void {
    if (depth === this.#depth) return
    this.#depth = depth
    this.#pump()
  }

  /** Every image can be drawn at 1/4: what comes now only makes it finer. */
  get scrolls(): boolean {
    return this.manifest.images.every((_, index) => (this.codestreams.level(index) ?? -1) >= 1)
  }

  /** True once somebody looked at an image of this series. */
  get looking(): boolean {
    return this.#looking !== null
  }

  /** Goes on where the feed of an older generation was: an image's bytes stay what they were. */
  inherit(old: SeriesFeed): void {
    for (const [index, image] of old.manifest.images.entries()) {
      const level = old.codestreams.level(index)
      const place = indexOf(this.manifest, image.sopUid, image.frame)
      if (level !== null && place >= 0) this.codestreams.add(place, 0, old.codestreams.prefix(index, level))
    }
    this.#depth = old.#depth
    this.#prefetch = old.#prefetch
    const looked = old.manifest.images[old.#looking?.current ?? -1]
    if (looked) this.look(Math.max(0, indexOf(this.manifest, looked.sopUid, looked.frame)))
  }

  /** Gives memory back to another series; the images around the one looked at keep most. */
  shrink(budgetBytes: number): void {
    this.codestreams.evict(this.#looking?.current ?? 0, budgetBytes)
  }

  close(): void {
    clearTimeout(this.#restTimer)
    this.#closed.abort()
    this.#near?.abort.abort()
    this.#far.abort()
  }

  #rest(): void {
    if (!this.#looking) return
    this.#looking = { ...this.#looking, resting: true }
    this.codestreams.evict(this.#looking.current, this.limits.budgetBytes())
    this.#pump()
  }

  #pump(): void {
    if (!this.#looking || this.#closed.signal.aborted) return
    const looking = { ...this.#looking, resting: this.#looking.resting && this.#depth === "lossless" }
    const near = this.#near ? null : nearStep(looking, index => this.codestreams.level(index))
    if (near) void this.#runNear(near)
    while (this.#prefetch && this.#farRunning < this.limits.farLanes && !this.#staging) {
      const far = farStep(
        this.manifest,
        looking,
        this.#heldOrBusy,
        this.#depth === "lossless" && this.#hasRoom(),
      )
      if (!far || this.#givesWay(far)) return
      void this.#runFar(far)
    }
  }

  /** A stage begins with the image on screen anyway; finer images wait until that one is served. */
  #givesWay(far: Step): boolean {
    return this.#near !== null && far.type === "image"
  }

  readonly #heldOrBusy: Held = index => (this.#busy.has(index) ? LOSSLESS : this.codestreams.level(index))

  /** Stops prefetching before the budget, so that nothing is fetched only to be evicted. */
  #hasRoom(): boolean {
    return this.codestreams.held < this.limits.budgetBytes() * 0.9
  }

  async #runNear(step: Step): Promise<void> {
    const abort = new AbortController()
    this.#near = { abort, step }
    await this.#run(step, abort.signal)
    this.#near = null
    this.#pump()
  }

  async #runFar(step: Step): Promise<void> {
    this.#farRunning++
    if (step.type === "stage") this.#staging = true
    else this.#busy.add(step.index)
    await this.#run(step, this.#far.signal)
    this.#farRunning--
    if (step.type === "stage") this.#staging = false
    else this.#busy.delete(step.index)
    this.#pump()
  }

  async #run(step: Step, signal: AbortSignal): Promise<void> {
    try {
      const progress =
        step.type === "stage" ? await this.#stage(step, signal) : await this.#image(step, signal)
      if (!progress) throw new Error("the server sent nothing new")
      this.#recovered()
    } catch (error) {
      if (signal.aborted || this.#closed.signal.aborted) return
      await this.#pause(error)
    }
  }

  #recovered(): void {
    if (this.#failures > 1) this.events.onTrouble?.(false)
    this.#failures = 0
  }

  async #pause(_error: unknown): Promise<void> {
    const wait = this.limits.retryMs[Math.min(this.#failures, this.limits.retryMs.length - 1)] ?? 1000
    this.#failures++
    if (this.#failures === 2) this.events.onTrouble?.(true)
    await new Promise(done => setTimeout(done, wait))
  }

  async #stage(step: Extract<Step, { type: "stage" }>, signal: AbortSignal): Promise<boolean> {
    const { images } = this.manifest
    const skip = this.#aheadOf(step)
    const parser = new StageParser(index => images[index]?.ends[step.stage] ?? 0)
    let progress = false
    for await (const chunk of await this.fetchBytes(
      `${this.#path}/stage/${step.stage}?around=${step.around}&generation=${this.manifest.generation}&skip=${skip}`,
      { signal },
    ))
      for (const { index, bytes } of parser.push(chunk))
        progress = this.#add(index, step.stage === 0 ? 0 : (images[index]?.ends[0] ?? 0), bytes) || progress
    return progress
  }

  /** How many images of a stage, in the order in which it is sent, are here already. */
  #aheadOf({ stage, around }: Extract<Step, { type: "stage" }>): number {
    const order = centreOut(around, this.manifest.images.length)
    const missing = order.findIndex(index => (this.codestreams.level(index) ?? -1) < stage)
    return missing < 0 ? order.length : missing
  }

  async #image(step: Extract<Step, { type: "image" }>, signal: AbortSignal): Promise<boolean> {
    const image = this.manifest.images[step.index]
    if (!image) return false
    let at = this.codestreams.have(step.index)
    const range = [image.offset + at, image.offset + image.ends[step.to] - 1] as const
    let progress = range[1] < range[0]
    // A browser lets one request at a time fill what it caches under one address: each image has its own.
    const path = `${this.#path}/pack?at=${image.offset}`
    for await (const chunk of await this.fetchBytes(path, { range, signal })) {
      progress = this.#add(step.index, at, chunk) || progress
      at += chunk.length
    }
    return progress || this.codestreams.have(step.index) >= image.ends[step.to]
  }

  #add(index: number, from: number, bytes: Uint8Array): boolean {
    const before = this.codestreams.level(index)
    const added = this.codestreams.add(index, from, bytes)
    const after = this.codestreams.level(index)
    if (after !== null && after !== before) this.events.onLevel(index, after)
    return added
  }
}
