/** A few decoding workers; the newest job goes first, because it is what somebody looks at now. */

import { DecodeError, type Pixels, type Wanted } from "./decode"
import type { Answer, Job } from "./decode-worker"
import type { Level } from "./manifest"

export type Decode = (
  bytes: Uint8Array,
  level: Level,
  wanted: Wanted,
  signal?: AbortSignal,
) => Promise<Pixels>

type Waiting = {
  readonly job: Job
  readonly signal: AbortSignal | undefined
  readonly done: (pixels: Pixels) => void
  readonly failed: (error: Error) => void
}

/** What a pool needs of a Worker. */
export type WorkerLike = Pick<Worker, "postMessage" | "terminate" | "addEventListener">

const newWorker = () => new Worker(new URL("./decode-worker.ts", import.meta.url), { type: "module" })

let spare: Worker | null = null

/** Starts a worker that fetches and prepares its program before any image comes; who decodes first takes it. */
export function readyDecoder(): void {
  spare ??= newWorker()
}

function startWorker(): Worker {
  const worker = spare ?? newWorker()
  spare = null
  return worker
}

export class Decoders {
  readonly #idle: WorkerLike[] = []
  readonly #all: WorkerLike[] = []
  readonly #running = new Map<number, Waiting>()
  #stack: Waiting[] = []
  #nextId = 1

  constructor(
    readonly count = Math.max(1, Math.min(3, (navigator.hardwareConcurrency ?? 2) - 1)),
    readonly start: () => WorkerLike = startWorker,
  ) {}

  readonly decode: Decode = (bytes, level, wanted, signal) =>
    new Promise((done, failed) => {
      this.#stack.push({ job: { id: this.#nextId++, bytes, level, wanted }, signal, done, failed })
      this.#run()
    })

  close(): void {
    for (const worker of this.#all) worker.terminate()
    for (const waiting of [...this.#stack, ...this.#running.values()])
      waiting.failed(new DecodeError("closed"))
    this.#stack = []
  }

  #run(): void {
    for (let next = this.#pop(); next; next = this.#pop()) {
      const worker = this.#idle.pop() ?? this.#hire()
      if (!worker) {
        this.#stack.push(next)
        return
      }
      this.#running.set(next.job.id, next)
      worker.postMessage(next.job, [next.job.bytes.buffer as ArrayBuffer])
    }
  }

  #pop(): Waiting | undefined {
    for (let next = this.#stack.pop(); next; next = this.#stack.pop()) {
      if (!next.signal?.aborted) return next
      next.failed(new DecodeError("aborted"))
    }
    return undefined
  }

  #hire(): WorkerLike | null {
    if (this.#all.length >= this.count) return null
    const worker = this.start()
    worker.addEventListener("message", event => this.#answered(worker, (event as MessageEvent<Answer>).data))
    this.#all.push(worker)
    return worker
  }

  #answered(worker: WorkerLike, { id, pixels, error }: Answer): void {
    const waiting = this.#running.get(id)
    this.#running.delete(id)
    this.#idle.push(worker)
    if (pixels) waiting?.done(pixels)
    else waiting?.failed(new DecodeError(error ?? "no pixels"))
    this.#run()
  }
}
