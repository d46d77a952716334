/** Decoded images, bounded in bytes, the least recently used go first. */

import type { Pixels } from "./decode"
import type { Level } from "./manifest"

/** Of the slices under a cut, how many are lossless; of `shrink` columns and rows one was kept, for memory. */
export type Slices = { readonly lossless: number; readonly of: number; readonly shrink: number }

export type Held = { readonly level: Level; readonly pixels: Pixels; readonly slices?: Slices }

export class PixelCache {
  readonly #held = new Map<string, Held>()
  #bytes = 0
  #reserved = 0

  constructor(readonly budgetBytes = 160 * 2 ** 20) {}

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Held | undefined {
    const held = this.#held.get(key)
    if (held) {
      this.#held.delete(key)
      this.#held.set(key, held)
    }
    return held
  }

  /** Keeps the better of two levels. */
  put(key: string, held: Held): void {
    const old = this.#held.get(key)
    if (old && old.level > held.level) return
    if (old) this.#drop(key, old)
    this.#held.set(key, held)
    this.#bytes += held.pixels.values.byteLength
    this.#keepWithin(key)
  }

  /** Nothing whose key begins like this stays. */
  forget(beginning: string): void {
    for (const [key, held] of [...this.#held]) if (key.startsWith(beginning)) this.#drop(key, held)
  }

  /** So many bytes of the budget are used by something else, until told otherwise. */
  reserve(bytes: number): void {
    this.#reserved = bytes
    this.#keepWithin(null)
  }

  /** The newest stays whatever there is room for. */
  #keepWithin(newest: string | null): void {
    for (const [oldest, value] of this.#held) {
      if (this.#bytes + this.#reserved <= this.budgetBytes || oldest === newest) break
      this.#drop(oldest, value)
    }
  }

  #drop(key: string, held: Held): void {
    this.#held.delete(key)
    this.#bytes -= held.pixels.values.byteLength
  }
}
