/** Reads a stage response: again and again u32be image index, u32be length, that many bytes. */

export type StagePart = { readonly index: number; readonly bytes: Uint8Array }

const HEADER_BYTES = 8

/** The response is not a stage stream of this series. */
export class StageStreamError extends Error {}

/** Takes the chunks as the network cuts them and gives whole parts; holds at most one unfinished part. */
export class StageParser {
  #header = new Uint8Array(HEADER_BYTES)
  #headerFilled = 0
  #index = 0
  #body: Uint8Array<ArrayBuffer> | null = null
  #bodyFilled = 0

  /** `limit(index)` is the most bytes a part of that image may have; 0 for an index the series has not. */
  constructor(readonly limit: (index: number) => number) {}

  push(chunk: Uint8Array): StagePart[] {
    const parts: StagePart[] = []
    let at = 0
    while (at < chunk.length || this.#complete()) {
      if (this.#complete()) parts.push(this.#take())
      else at += this.#body ? this.#fillBody(chunk, at) : this.#fillHeader(chunk, at)
    }
    return parts
  }

  /** True when the stream ended between two parts. */
  get clean(): boolean {
    return this.#body === null && this.#headerFilled === 0
  }

  #complete(): boolean {
    return this.#body !== null && this.#bodyFilled === this.#body.length
  }

  #take(): StagePart {
    const part = { index: this.#index, bytes: this.#body as Uint8Array }
    this.#body = null
    this.#bodyFilled = 0
    return part
  }

  #fillHeader(chunk: Uint8Array, at: number): number {
    const taken = Math.min(HEADER_BYTES - this.#headerFilled, chunk.length - at)
    this.#header.set(chunk.subarray(at, at + taken), this.#headerFilled)
    this.#headerFilled += taken
    if (this.#headerFilled === HEADER_BYTES) this.#open()
    return taken
  }

  #open(): void {
    const view = new DataView(this.#header.buffer)
    this.#index = view.getUint32(0)
    const length = view.getUint32(4)
    if (length > this.limit(this.#index)) throw new StageStreamError(`part ${this.#index}: ${length} bytes`)
    this.#body = new Uint8Array(length)
    this.#headerFilled = 0
  }

  #fillBody(chunk: Uint8Array, at: number): number {
    const body = this.#body as Uint8Array
    const taken = Math.min(body.length - this.#bodyFilled, chunk.length - at)
    body.set(chunk.subarray(at, at + taken), this.#bodyFilled)
    this.#bodyFilled += taken
    return taken
  }
}
