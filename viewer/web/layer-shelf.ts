/** What came drawn over the series on screen: asked for once a series is there, and again when rights have changed. */

import { type Layers, NO_LAYERS } from "./layers"

export type FetchLayers = (seriesUid: string) => Promise<Layers>

export class LayerShelf {
  readonly #kept = new Map<string, Layers>()
  readonly #asked = new Set<string>()
  readonly #listeners = new Set<() => void>()
  /** Counts how often everything was forgotten: an answer to an earlier question is not kept. */
  #age = 0

  constructor(readonly fetch: FetchLayers | undefined) {}

  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What is known now; asks if nothing is. */
  of(seriesUid: string, generation: number): Layers {
    const key = `${seriesUid} ${generation}`
    const kept = this.#kept.get(key)
    if (kept) return kept
    if (!this.#asked.has(key)) void this.#ask(seriesUid, key)
    return NO_LAYERS
  }

  /** Who may see what has changed. */
  forget(): void {
    this.#age += 1
    this.#kept.clear()
    this.#asked.clear()
    this.#tell()
  }

  /** Images are the matter: what could not be had is not asked for again before the series grows or rights change. */
  async #ask(seriesUid: string, key: string): Promise<void> {
    if (!this.fetch) return
    this.#asked.add(key)
    const age = this.#age
    const found = await this.fetch(seriesUid).catch(() => null)
    if (!found || age !== this.#age) return
    this.#kept.set(key, found)
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
