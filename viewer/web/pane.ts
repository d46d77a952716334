/** One viewport's mind: which image it wants, what it can draw of it now, and when it can do better. No DOM. */

import type { ImageSource } from "./image-source"
import { type ImageEntry, indexOf, type Level, type Manifest } from "./manifest"
import type { Held, Slices } from "./pixel-cache"
import { placeIn } from "./places"
import { sliceUnder } from "./planes"
import type { ViewportState } from "./view-state"
import { cutsOf, type NotVolume } from "./volume"

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
  | { readonly type: "drawn"; readonly level: Level; readonly slices: Slices | null }
  /** The series cannot be cut in other planes. */
  | { readonly type: "refused"; readonly reason: NotVolume }
  /** The series does not hold this image, or may not be seen. */
  | { readonly type: "missing" }

export type PaneEvents = {
  readonly onDraw: (drawing: Drawing | null) => void
  readonly onStatus: (status: PaneStatus) => void
}

export class Pane {
  #wanted: ViewportState | null = null
  /** What is shown: the series' own images, or cuts through them. */
  #manifest: Manifest | null = null
  #acquired: Manifest | null = null
  #decoding = false
  #drawn: Drawing | null = null
  #leave: () => void = () => undefined
  #leaveVolume: () => void = () => undefined
  readonly #stops: readonly (() => void)[]

  constructor(
    readonly source: ImageSource,
    readonly events: PaneEvents,
  ) {
    this.#stops = [
      source.listen(({ seriesUid, index }) => {
        if (seriesUid !== this.#wanted?.series_uid) return
        if (index === null) this.#grow(seriesUid)
        else if (!this.#cuts && seriesUid === this.#manifest?.seriesUid && index === this.#index())
          void this.#improve()
      }),
      source.volumes.listen(uid => this.#cuts && uid === this.#manifest?.seriesUid && this.#drawCut()),
    ]
  }

  /** Cuts come from a block of voxels, acquired images from their own bytes. */
  get #cuts(): boolean {
    return this.#manifest !== null && this.#manifest.plane !== "acquired"
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
    else if (viewport.series_uid === this.#manifest?.seriesUid && viewport.plane === this.#manifest.plane)
      this.#turnTo()
    else if (viewport.series_uid !== before?.series_uid || viewport.plane !== before.plane) {
      const leave = this.#leave
      this.#leave = this.source.show(viewport.series_uid)
      leave()
      void this.#open(viewport)
    }
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.#leave()
    this.#leaveVolume()
    this.#wanted = null
  }

  async #open({ series_uid, plane }: ViewportState): Promise<void> {
    this.#manifest = null
    this.#tell({ type: "waiting", number: null })
    const manifest = await this.source.manifest(series_uid).catch(() => null)
    if (this.#wanted?.series_uid !== series_uid || this.#wanted.plane !== plane) return
    if (manifest) this.#take(this.source.feed(series_uid)?.manifest ?? manifest)
    else this.#tell({ type: "missing" })
  }

  /** The acquired images, or the cuts through them. */
  #take(acquired: Manifest): void {
    this.#acquired = acquired
    const plane = this.#wanted?.plane ?? "acquired"
    const manifest = plane === "acquired" ? acquired : cutsOf(acquired, plane)
    const leave = this.#leaveVolume
    this.#leaveVolume = () => undefined
    if (typeof manifest === "string") this.#tell({ type: "refused", reason: manifest })
    else {
      this.#manifest = manifest
      if (manifest !== acquired) this.#leaveVolume = this.source.volumes.open(acquired)
      this.#turnTo()
    }
    leave() // after the new one is open, so that a block both need is kept
  }

  #grow(seriesUid: string): void {
    const manifest = this.source.feed(seriesUid)?.manifest
    if (manifest) this.#take(manifest)
  }

  #index(): number {
    return this.#manifest && this.#wanted ? placeIn(this.#manifest, this.#wanted) : -1
  }

  /** The acquired image whose bytes come first: the slice that is shown, else the one the viewport names. */
  #eye(manifest: Manifest, index: number): number {
    if (!this.#cuts || !this.#acquired || !this.#wanted) return index
    const slice = sliceUnder(this.#acquired, manifest.plane, index)
    return slice >= 0 ? slice : Math.max(0, indexOf(this.#acquired, this.#wanted.sop_uid, this.#wanted.frame))
  }

  #turnTo(): void {
    const index = this.#index()
    const manifest = this.#manifest
    if (index < 0 || !manifest) {
      this.#tell({ type: "missing" })
      return
    }
    const uid = manifest.seriesUid
    this.source.look(uid, this.#eye(manifest, index))
    if (this.#cuts) {
      this.#drawCut()
      return
    }
    const held = this.source.held(uid, index)
    if (held) this.#draw(index, held)
    else this.#tell({ type: "waiting", number: index + 1 })
    void this.#improve()
  }

  #drawCut(): void {
    const index = this.#index()
    const held = this.#manifest && index >= 0 ? this.source.volumes.cut(this.#manifest, index) : null
    if (held) this.#draw(index, held)
    else this.#tell({ type: "waiting", number: null })
  }

  /** One decode at a time: what is wanted when it ends is decoded next, what was passed by is not. */
  async #improve(): Promise<void> {
    const uid = this.#manifest?.seriesUid
    const index = this.#index()
    if (this.#decoding || this.#cuts || !uid || index < 0) return
    this.#decoding = true
    const held = await this.source.decodeBest(uid, index).catch(() => null)
    this.#decoding = false
    const still = !this.#cuts && uid === this.#manifest?.seriesUid && index === this.#index()
    if (held && still) this.#draw(index, held)
    if (held || !still) void this.#improve()
  }

  #draw(index: number, held: Held): void {
    const image = this.#manifest?.images[index]
    if (!image || !this.#manifest || !this.#wanted) return
    this.#drawn = { manifest: this.#manifest, index, image, held, viewport: this.#wanted }
    this.events.onDraw(this.#drawn)
    this.#tell({ type: "drawn", level: held.level, slices: held.slices ?? null })
  }

  #clear(): void {
    this.#leave()
    this.#leave = () => undefined
    this.#leaveVolume()
    this.#leaveVolume = () => undefined
    this.#drawn = null
    this.#manifest = null
    this.events.onDraw(null)
    this.#tell({ type: "empty" })
  }

  #tell(status: PaneStatus): void {
    this.events.onStatus(status)
  }
}
