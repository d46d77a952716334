/** The compressed bytes of one series that have arrived so far, bounded in memory. */

import { centreOut, type Level, type Manifest } from "./manifest"

export class Codestreams {
  readonly #bytes: (Uint8Array<ArrayBuffer> | undefined)[] = []
  readonly #have: number[]
  #held = 0

  constructor(readonly manifest: Manifest) {
    this.#have = manifest.images.map(() => 0)
  }

  /** Bytes in memory. */
  get held(): number {
    return this.#held
  }

  /** How many bytes of image `index` are here, from its first on. */
  have(index: number): number {
    return this.#have[index] ?? 0
  }

  /** The best level that is whole, or null: a prefix is only ever cut at an end of the manifest. */
  level(index: number): Level | null {
    const ends = this.manifest.images[index]?.ends
    if (!ends) return null
    for (const level of [3, 2, 1, 0] as const) if (ends[level] <= this.have(index)) return level
    return null
  }

  /** Adds bytes that begin at `from` of image `index`; what leaves a gap is dropped, what is known is skipped. */
  add(index: number, from: number, bytes: Uint8Array): boolean {
    const image = this.manifest.images[index]
    const have = this.have(index)
    const end = Math.min(from + bytes.length, image?.length ?? 0)
    if (!image || from > have || end <= have) return false
    this.#room(index, end).set(bytes.subarray(have - from, end - from), have)
    this.#have[index] = end
    return true
  }

  /** Exactly the bytes of `level`; the caller may transfer them. */
  prefix(index: number, level: Level): Uint8Array<ArrayBuffer> {
    const end = this.manifest.images[index]?.ends[level] ?? 0
    const bytes = this.#bytes[index]
    if (!bytes || this.have(index) < end || end === 0)
      throw new RangeError(`image ${index} has no level ${level}`)
    return bytes.slice(0, end)
  }

  /** Cuts the images farthest from `around` back to 1/8 until at most `budgetBytes` are held; the nearest stay. */
  evict(around: number, budgetBytes: number): void {
    for (const index of centreOut(around, this.manifest.images.length).reverse()) {
      if (this.#held <= budgetBytes) return
      const keep = this.manifest.images[index]?.ends[0] ?? 0
      if (index !== around && this.have(index) > keep) this.#shrink(index, keep)
    }
  }

  #shrink(index: number, keep: number): void {
    const old = this.#bytes[index]
    if (!old) return
    this.#bytes[index] = old.slice(0, keep)
    this.#have[index] = keep
    this.#held += keep - old.length
  }

  /** Grows to the end of the level that is being filled, so that a level costs one copy. */
  #room(index: number, end: number): Uint8Array {
    const old = this.#bytes[index]
    if (old && old.length >= end) return old
    const ends = this.manifest.images[index]?.ends
    const grown = new Uint8Array(ends?.find(size => size >= end) ?? end)
    if (old) grown.set(old)
    this.#bytes[index] = grown
    this.#held += grown.length - (old?.length ?? 0)
    return grown
  }
}
