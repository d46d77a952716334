/** One viewport's mind: which image it wants, what it can draw of it now, and when it can do better. No DOM. */

import type { ImageSource } from "./image-source"
import { type ImageEntry, indexOf, type Level, type Manifest } from "./manifest"
import type { Held } from "./pixel-cache"
import type { ViewportState } from "./view-state"

export type Drawing = {
  readonly manifest: Manifest
  readonly index: number
  readonly image: ImageEntry
  readonly held: Held
  readonly viewport: ViewportState
}

export type PaneStatus =
  | { readonly type: "empty" }
  /** Waiting for the manifest or the first bytes of the wanted image; another image may still be drawn. */
  | { readonly type: "waiting"; readonly number: number | null }
  | { readonly type: "drawn"; readonly level: Level }
  /** The series does not hold this image, or may not be seen. */
  | { readonly type: "missing" }

export type PaneEvents = {
  readonly onDraw: (drawing: Drawing | null) => void
  readonly onStatus: (status: PaneStatus) => void
}

export class Pane {
  #wanted: ViewportState | null = null
  #manifest: Manifest | null = null
  #decoding = false
  #drawn: Drawing | null = null
  #leave: () => void = () => undefined
  readonly #stop: () => void

  constructor(
    readonly source: ImageSource,
    readonly events: PaneEvents,
  ) {
    this.#stop = source.listen(({ seriesUid, index }) => {
      if (seriesUid !== this.#manifest?.seriesUid) return
      if (index === null) this.#grow(seriesUid)
      else if (index === this.#index()) void this.#improve()
    })
  }

  get drawn(): Drawing | null {
    return this.#drawn
  }

  get manifest(): Manifest | null {
    return this.#manifest
  }

  show(viewport: ViewportState | null): void {
    const before = this.#wanted
    this.#wanted = viewport
    if (!viewport) this.#clear()
    else if (viewport.series_uid === this.#manifest?.seriesUid) this.#turnTo()
    else if (viewport.series_uid !== before?.series_uid) {
      this.#leave()
      this.#leave = this.source.show(viewport.series_uid)
      void this.#open(viewport.series_uid)
    }
  }

  close(): void {
    this.#stop()
    this.#leave()
    this.#wanted = null
  }

  async #open(seriesUid: string): Promise<void> {
    this.#manifest = null
    this.#tell({ type: "waiting", number: null })
    const manifest = await this.source.manifest(seriesUid).catch(() => null)
    if (this.#wanted?.series_uid !== seriesUid) return
    this.#manifest = manifest
    if (manifest) this.#turnTo()
    else this.#tell({ type: "missing" })
  }

  #grow(seriesUid: string): void {
    this.#manifest = this.source.feed(seriesUid)?.manifest ?? this.#manifest
    this.#turnTo()
  }

  #index(): number {
    if (!this.#manifest || !this.#wanted) return -1
    return indexOf(this.#manifest, this.#wanted.sop_uid, this.#wanted.frame)
  }

  #turnTo(): void {
    const index = this.#index()
    const uid = this.#manifest?.seriesUid
    if (index < 0 || !uid) {
      this.#tell({ type: "missing" })
      return
    }
    this.source.look(uid, index)
    const held = this.source.held(uid, index)
    if (held) this.#draw(index, held)
    else this.#tell({ type: "waiting", number: index + 1 })
    void this.#improve()
  }

  /** One decode at a time: what is wanted when it ends is decoded next, what was passed by is not. */
  async #improve(): Promise<void> {
    const uid = this.#manifest?.seriesUid
    const index = this.#index()
    if (this.#decoding || !uid || index < 0) return
    this.#decoding = true
    const held = await this.source.decodeBest(uid, index).catch(() => null)
    this.#decoding = false
    const still = uid === this.#manifest?.seriesUid && index === this.#index()
    if (held && still) this.#draw(index, held)
    if (held || !still) void this.#improve()
  }

  #draw(index: number, held: Held): void {
    const image = this.#manifest?.images[index]
    if (!image || !this.#manifest || !this.#wanted) return
    this.#drawn = { manifest: this.#manifest, index, image, held, viewport: this.#wanted }
    this.events.onDraw(this.#drawn)
    this.#tell({ type: "drawn", level: held.level })
  }

  #clear(): void {
    this.#leave()
    this.#leave = () => undefined
    this.#drawn = null
    this.#manifest = null
    this.events.onDraw(null)
    this.#tell({ type: "empty" })
  }

  #tell(status: PaneStatus): void {
    this.events.onStatus(status)
  }
}
