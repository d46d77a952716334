/** All series of the case on screen: opens their feeds, decodes, keeps what was decoded. */

import type { Decode } from "./decoders"
import type { FetchManifest } from "./image-http"
import { type FetchLayers, LayerShelf } from "./layer-shelf"
import { type ImageEntry, type Level, type Manifest, SHRINK } from "./manifest"
import { type Held, PixelCache } from "./pixel-cache"
import { FEED_LIMITS, type FetchBytes, SeriesFeed } from "./series-feed"
import { Volumes } from "./volumes"

export type Doors = {
  readonly fetchManifest: FetchManifest
  readonly fetchBytes: FetchBytes
  /** Where the bytes of this series lie nearer than the server, if they do. */
  readonly fromDisk?: (manifest: Manifest) => Promise<FetchBytes | null>
  readonly decode: Decode
  /** What came drawn over a series; without it nothing is. */
  readonly fetchLayers?: FetchLayers
}

type Open = {
  manifest: Promise<Manifest>
  readonly abort: AbortController
  feed: SeriesFeed | null
  growing: boolean
}

/** Image `index` can be drawn better, or (null) the series has more images and a new manifest. */
export type Arrived = { readonly seriesUid: string; readonly index: number | null }

/** Series whose bytes are kept; the one looked at longest ago goes when another comes. */
const SERIES_KEPT = 8
/** As many as a screen has viewports: what is looked at is never dropped for memory. */
const SERIES_ON_SCREEN = 4
/** Compressed bytes of all series of a tab; decoded images have a budget of their own. */
export const COMPRESSED_BYTES = 320 * 2 ** 20
/** Share of it that every series on screen may hold, however much the others do. */
const FLOOR = 1 / 8
/** Share of the decoded images' memory that blocks of voxels may take; the rest shows acquired images beside them. */
const OF_VOLUMES = 0.95
const RETRY_MS = [500, 1000, 2000, 4000, 8000]

export class ImageSource {
  readonly #open = new Map<string, Open>()
  readonly #cache = new PixelCache()
  /** The series that are cut in other planes. */
  readonly volumes: Volumes
  readonly layers: LayerShelf
  readonly #listeners = new Set<(arrived: Arrived) => void>()
  /** How many panes show a series; what none shows waits for those on screen. */
  readonly #shown = new Map<string, number>()
  #waiting: (() => void)[] = []
  #warming = 0
  /** Whether a pane will show something, and the line is kept for it even now. */
  #screenFirst = true
  /** What the first pane will show, as far as one can tell before it stands. */
  #expected: string | undefined
  #prefetch = true
  #closed = false

  constructor(
    readonly doors: Doors,
    readonly onTrouble: (trouble: boolean) => void = () => {},
    readonly compressedBytes = COMPRESSED_BYTES,
  ) {
    this.layers = new LayerShelf(doors.fetchLayers)
    this.volumes = new Volumes({
      feed: uid => this.feed(uid),
      held: (uid, index) => this.held(uid, index),
      decode: doors.decode,
      limitBytes: this.#cache.budgetBytes * OF_VOLUMES,
      onBytes: bytes => this.#cache.reserve(bytes),
    })
  }

  /** Compressed bytes in memory. */
  get heldBytes(): number {
    return [...this.#open.values()].reduce((sum, { feed }) => sum + (feed?.codestreams.held ?? 0), 0)
  }

  /** Calls `listener` whenever an image can be drawn better than before; returns the way out. */
  listen(listener: (arrived: Arrived) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The series' manifest; asked again until it comes, because a series may still be on its way. */
  manifest(seriesUid: string): Promise<Manifest> {
    return this.#get(seriesUid).manifest
  }

  /** So many images of a series are published: if it is open with fewer, the others join it. */
  async grow(seriesUid: string, published: number): Promise<void> {
    const open = this.#open.get(seriesUid)
    const old = open?.feed
    if (!open || !old || open.growing || old.manifest.images.length >= published) return
    open.growing = true
    const manifest = await this.doors.fetchManifest(seriesUid, open.abort.signal).catch(() => null)
    open.growing = false
    if (!manifest || manifest.generation <= old.manifest.generation || open.feed !== old) return
    open.manifest = Promise.resolve(manifest)
    this.#start(seriesUid, manifest, this.doors.fetchBytes)
    old.close()
    this.feed(seriesUid)?.inherit(old)
    for (const listener of this.#listeners) listener({ seriesUid, index: null })
    this.#share()
  }

  /** Nothing of this series stays: it is not for this person any more. */
  forget(seriesUid: string): void {
    this.#drop(seriesUid)
    this.#cache.forget(`${seriesUid}/`)
  }

  feed(seriesUid: string): SeriesFeed | null {
    return this.#open.get(seriesUid)?.feed ?? null
  }

  /** Lets the line be used for image `index` of this series first. */
  look(seriesUid: string, index: number): void {
    if (this.#closed) return
    const open = this.#get(seriesUid)
    this.#makeRoom()
    const look = () => {
      open.feed?.setDepth("lossless")
      open.feed?.look(index)
    }
    if (open.feed) look()
    // Dropped for memory while it stood still on screen: its pane needs it again.
    else open.manifest.then(look, () => undefined)
  }

  /** A pane shows this series from now on, until it calls what it got. */
  show(seriesUid: string): () => void {
    this.#shown.set(seriesUid, (this.#shown.get(seriesUid) ?? 0) + 1)
    this.#share()
    return () => {
      const left = (this.#shown.get(seriesUid) ?? 1) - 1
      if (left > 0) this.#shown.set(seriesUid, left)
      else this.#shown.delete(seriesUid)
      if (left <= 0) this.feed(seriesUid)?.setDepth("scroll")
      this.#share()
    }
  }

  /** The line is for the series on screen until they scroll; only then for the others. */
  #share(): void {
    const begun = this.#shown.size > 0 || !this.#screenFirst
    const free = begun && [...this.#shown.keys()].every(uid => this.feed(uid)?.scrolls)
    const others = free && this.heldBytes < this.#roomBytes // what was forgotten for memory stays so
    for (const [uid, { feed }] of this.#open)
      feed?.setPrefetch(this.#prefetch && (others || this.#shown.has(uid) || this.#isExpected(uid)))
    if (!free) return
    for (const goOn of this.#waiting.splice(0)) goOn()
  }

  #isExpected(uid: string): boolean {
    return this.#shown.size === 0 && uid === this.#expected
  }

  /** Resolves when the line is free for series that are not on screen. */
  #free(): Promise<void> {
    return new Promise(done => {
      this.#waiting.push(done)
      this.#share()
    })
  }

  /** Forgets series nobody looks at before those on screen shrink for the one looked at now, the newest. */
  #makeRoom(): void {
    const room = this.#roomBytes
    for (const oldest of [...this.#open.keys()].slice(0, -SERIES_ON_SCREEN)) {
      if (this.heldBytes <= room) return
      this.#drop(oldest)
    }
    for (const { feed } of [...this.#open.values()].slice(0, -1)) {
      if (this.heldBytes <= room) return
      feed?.shrink(room / SERIES_ON_SCREEN)
    }
  }

  get #roomBytes(): number {
    return this.compressedBytes * (1 - FLOOR)
  }

  /** What one series may hold: what the others leave, and a share in any case. */
  #budgetOf(seriesUid: string): number {
    const others = this.heldBytes - (this.feed(seriesUid)?.codestreams.held ?? 0)
    return Math.max(this.compressedBytes * FLOOR, this.compressedBytes - others)
  }

  /**
   * Makes series scroll before anybody opens them, one after the other, once those on screen do: the rest of this
   * case, or the next one. The first waits for nobody while the screen is empty: its program may still be starting.
   * `screenFirst` false: nothing will be on screen, do not wait for it.
   */
  async warm(seriesUids: readonly string[], screenFirst = true): Promise<void> {
    const mine = ++this.#warming
    this.#screenFirst = screenFirst
    this.#expected = seriesUids[0]
    this.#share()
    for (const uid of seriesUids) {
      if (!this.#isExpected(uid)) await this.#free()
      if (mine !== this.#warming) return // another list came meanwhile
      if (this.#open.has(uid) || this.#closed || this.#open.size >= SERIES_KEPT) continue
      const manifest = await this.manifest(uid).catch(() => null)
      const feed = this.feed(uid)
      if (!manifest || feed?.looking) continue
      feed?.setDepth("scroll")
      feed?.look(Math.floor(manifest.images.length / 2))
    }
  }

  setPrefetch(on: boolean): void {
    this.#prefetch = on
    this.#share()
  }

  /** What is decoded of an image, at once. */
  held(seriesUid: string, index: number): Held | undefined {
    const image = this.feed(seriesUid)?.manifest.images[index]
    return image && this.#cache.get(keyOf(seriesUid, image))
  }

  /** Decodes the best level whose bytes are here; null when there is nothing new to decode. */
  async decodeBest(seriesUid: string, index: number): Promise<Held | null> {
    const feed = this.feed(seriesUid)
    const image = feed?.manifest.images[index]
    const level = feed?.codestreams.level(index) ?? null
    if (!feed || !image || level === null) return null
    const old = this.held(seriesUid, index)
    if (old && old.level >= level) return null
    const pixels = await this.doors.decode(feed.codestreams.prefix(index, level), level, image)
    const held = { level, pixels }
    if (this.feed(seriesUid)) this.#cache.put(keyOf(seriesUid, image), held) // else it was forgotten meanwhile
    return held
  }

  close(): void {
    this.#closed = true
    for (const uid of [...this.#open.keys()]) this.#drop(uid)
    this.#listeners.clear()
  }

  #get(seriesUid: string): Open {
    const known = this.#open.get(seriesUid)
    if (known) {
      this.#open.delete(seriesUid)
      this.#open.set(seriesUid, known)
      return known
    }
    for (const oldest of [...this.#open.keys()].slice(0, Math.max(0, this.#open.size + 1 - SERIES_KEPT)))
      this.#drop(oldest)
    const abort = new AbortController()
    const manifest = this.#load(seriesUid, abort.signal)
    const open: Open = { abort, feed: null, growing: false, manifest }
    this.#open.set(seriesUid, open)
    open.manifest.catch(() => this.#open.get(seriesUid) === open && this.#open.delete(seriesUid))
    return open
  }

  #drop(seriesUid: string): void {
    const open = this.#open.get(seriesUid)
    this.#open.delete(seriesUid)
    open?.abort.abort()
    open?.feed?.close()
  }

  async #load(seriesUid: string, signal: AbortSignal): Promise<Manifest> {
    for (let failures = 0; ; failures++) {
      try {
        const manifest = await this.doors.fetchManifest(seriesUid, signal)
        this.#start(seriesUid, manifest, (await this.doors.fromDisk?.(manifest)) ?? this.doors.fetchBytes)
        if (failures > 1) this.onTrouble(false)
        return manifest
      } catch (error) {
        if (signal.aborted || !(await this.#mayRetry(error, failures))) throw error
      }
    }
  }

  async #mayRetry(error: unknown, failures: number): Promise<boolean> {
    const status = (error as { status?: number }).status
    if (status === 401 || status === 403) return false
    if (failures === 1) this.onTrouble(true)
    await new Promise(done => setTimeout(done, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]))
    return !this.#closed
  }

  #start(seriesUid: string, manifest: Manifest, fetchBytes: FetchBytes): void {
    const open = this.#open.get(seriesUid)
    if (!open) return
    const onLevel = (index: number, level: Level) => {
      for (const listener of this.#listeners) listener({ seriesUid, index })
      this.volumes.arrived(seriesUid)
      if (level >= 1) this.#share()
    }
    const events = { onLevel, onTrouble: this.onTrouble }
    const limits = { ...FEED_LIMITS, budgetBytes: () => this.#budgetOf(seriesUid) }
    open.feed = new SeriesFeed(manifest, fetchBytes, events, limits)
    this.#share()
  }
}

/** An image's place changes when others join its series, its name does not. */
const keyOf = (seriesUid: string, image: ImageEntry) => `${seriesUid}/${image.sopUid}/${image.frame}`

/** "1/8", "1/4", "1/2"; null for lossless, which has a word of its own. */
export function fractionOf(level: Level): string | null {
  return SHRINK[level] === 1 ? null : `1/${SHRINK[level]}`
}
