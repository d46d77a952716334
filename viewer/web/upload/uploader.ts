import { type DetailedError, type HttpResponse, Upload } from "tus-js-client"
import type { Found } from "./collect"
import {
  concluded,
  enqueue,
  type Item,
  newItem,
  type Outcome,
  rate,
  type Sample,
  sampled,
  secondsLeft,
  type Totals,
  totals,
} from "./queue"
import { forget, recall, remember } from "./remembered"

const AT_ONCE = 4
const CHUNK_BYTES = 16 * 1024 * 1024
const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 20_000]
const SHOW_EVERY_MS = 250

export type Snapshot = {
  sum: Totals
  perSecond: number | null
  secondsLeft: number | null
  running: boolean
  /** The line is down; it goes on by itself. */
  offline: boolean
  refused: Item[]
  failed: Item[]
}

export type Settings = { endpoint: string; headers: Record<string, string> }

/** Reads X-Outcome, JSON as ASCII, percent-encoded or not. */
export function readOutcome(header: string | undefined): Outcome | null {
  if (!header) return null
  try {
    return JSON.parse(header.startsWith("%") ? decodeURIComponent(header) : header) as Outcome
  } catch {
    return null
  }
}

/** Sends the files of one case by tus, a few at a time, and goes on by itself when the line is back. */
export class Uploader {
  private queue: Item[] = []
  private files = new Map<string, File>()
  private active = new Map<string, Upload>()
  private samples: Sample[] = []
  private listeners = new Set<() => void>()
  private shown: Snapshot
  private timer: ReturnType<typeof setInterval> | null = null

  constructor(
    readonly caseId: string,
    private settings: Settings,
    private onSettled: () => void,
  ) {
    this.shown = this.snapshotNow()
    window.addEventListener("online", () => this.retryFailed())
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  snapshot = (): Snapshot => this.shown

  add(found: readonly Found[]): void {
    const done = new Set(recall(this.caseId)?.done ?? [])
    const items = found.map(({ file, path }) => {
      const item = newItem(path, file.size, file.lastModified)
      this.files.set(item.key, file)
      return done.has(item.key) ? { ...item, sent: item.size, state: "stored" as const } : item
    })
    this.queue = enqueue(this.queue, items)
    this.fill()
  }

  retryFailed(): void {
    this.queue = this.queue.map(item =>
      item.state === "failed" ? { ...item, state: "waiting", reason: "" } : item,
    )
    this.fill()
  }

  /** Stops what still waits; what has arrived stays. */
  stop(): void {
    for (const upload of this.active.values()) upload.abort()
    this.active.clear()
    this.queue = this.queue.filter(item => item.state !== "waiting" && item.state !== "sending")
    this.settle()
  }

  /** Takes the finished list from view. */
  clear(): void {
    if (this.active.size > 0) return
    this.queue = []
    this.files.clear()
    this.show()
  }

  private fill(): void {
    for (const item of this.queue) {
      if (this.active.size >= AT_ONCE) break
      if (item.state === "waiting") this.start(item)
    }
    if (this.active.size === 0) this.settle()
    else this.tick()
  }

  private start(item: Item): void {
    const file = this.files.get(item.key)
    if (!file) return
    let outcome: Outcome | null = null
    const upload = new Upload(file, {
      endpoint: this.settings.endpoint,
      headers: this.settings.headers,
      metadata: { filename: file.name, relpath: item.path },
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_MS,
      uploadDataDuringCreation: true,
      removeFingerprintOnSuccess: true,
      fingerprint: async () => `tus:${this.caseId}:${item.key}`,
      onShouldRetry: error => mayPass(error as DetailedError),
      onProgress: sent => this.update(item.key, known => ({ ...known, sent })),
      onAfterResponse: (_, response: HttpResponse) => {
        outcome = readOutcome(response.getHeader("X-Outcome")) ?? outcome
      },
      onSuccess: () => this.finish(item.key, known => concluded(known, outcome)),
      onError: error => this.finish(item.key, known => failedWith(known, error as DetailedError)),
    })
    this.active.set(item.key, upload)
    this.update(item.key, known => ({ ...known, state: "sending" }))
    upload.findPreviousUploads().then(previous => {
      const last = previous[0]
      if (last) upload.resumeFromPreviousUpload(last)
      if (this.active.has(item.key)) upload.start()
    })
  }

  private update(key: string, change: (item: Item) => Item): void {
    this.queue = this.queue.map(item => (item.key === key ? change(item) : item))
  }

  private finish(key: string, change: (item: Item) => Item): void {
    this.active.delete(key)
    this.update(key, change)
    this.fill()
  }

  private tick(): void {
    this.timer ??= setInterval(() => {
      this.note()
      this.show()
    }, SHOW_EVERY_MS)
    this.show()
  }

  private settle(): void {
    if (this.timer) clearInterval(this.timer)
    this.timer = null
    this.samples = []
    this.note()
    this.show()
    if (this.queue.length > 0) this.onSettled()
  }

  private note(): void {
    const sum = totals(this.queue)
    this.samples = sampled(this.samples, { at: Date.now(), bytes: sum.sentBytes })
    const left = sum.waiting + sum.failed
    if (left === 0) {
      forget(this.caseId)
      return
    }
    const arrived = this.queue.filter(item => item.state === "stored" || item.state === "duplicate")
    const folder = this.queue[0]?.path.split("/")[0] ?? ""
    remember(this.caseId, { folder, left, done: arrived.map(item => item.key), at: Date.now() })
  }

  private show(): void {
    this.shown = this.snapshotNow()
    for (const listener of this.listeners) listener()
  }

  private snapshotNow(): Snapshot {
    const sum = totals(this.queue)
    const perSecond = rate(this.samples)
    return {
      sum,
      perSecond,
      secondsLeft: secondsLeft(sum, perSecond),
      running: this.active.size > 0,
      offline: this.active.size > 0 && !navigator.onLine,
      refused: this.queue.filter(item => item.state === "refused"),
      failed: this.queue.filter(item => item.state === "failed"),
    }
  }
}

/** No answer, a busy or a restarting server: trying again can help. A refusal stays one. */
function mayPass(error: DetailedError): boolean {
  const status = error.originalResponse?.getStatus() ?? 0
  return status === 0 || status === 409 || status === 423 || status === 429 || status >= 500
}

function failedWith(item: Item, error: DetailedError): Item {
  const status = error.originalResponse?.getStatus() ?? 0
  if (status === 0 || mayPass(error)) return { ...item, state: "failed", reason: "no-answer" }
  return { ...item, state: "refused", reason: slugOf(error) }
}

function slugOf(error: DetailedError): string {
  try {
    const body = JSON.parse(error.originalResponse?.getBody() ?? "") as { type?: string }
    return body.type?.split("/").at(-1) ?? "refused"
  } catch {
    return "refused"
  }
}
