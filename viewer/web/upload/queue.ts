/** What became of one file, as the server says. */
export type Outcome = {
  id: string
  name: string
  state: "receiving" | "stored" | "duplicate" | "refused" | "unpacked" | "index"
  reason_slug?: string | null
  sop_uid?: string | null
  entries?: number | null
}

export type ItemState = "waiting" | "sending" | "stored" | "duplicate" | "refused" | "failed"

/** One file of the queue; `key` names the same file again after a reload. */
export type Item = {
  key: string
  path: string
  size: number
  sent: number
  state: ItemState
  reason: string
  /** Images an archive held; 1 for a single file. */
  entries: number
}

export const keyOf = (path: string, size: number, modified: number): string => `${path}|${size}|${modified}`

export const newItem = (path: string, size: number, modified: number): Item => ({
  key: keyOf(path, size, modified),
  path,
  size,
  sent: 0,
  state: "waiting",
  reason: "",
  entries: 1,
})

/** The queue with files added; one that is on its way or arrived is not taken twice, a failed one begins again. */
export function enqueue(queue: readonly Item[], added: readonly Item[]): Item[] {
  const byKey = new Map(queue.map(item => [item.key, item]))
  for (const item of added) {
    const known = byKey.get(item.key)
    if (!known || known.state === "failed" || known.state === "refused") byKey.set(item.key, item)
  }
  return [...byKey.values()]
}

/** The item after the server's word on it. */
export function concluded(item: Item, outcome: Outcome | null): Item {
  const sent = item.size
  if (!outcome || outcome.state === "receiving") return { ...item, sent, state: "stored" }
  const entries = outcome.entries ?? 1
  const reason = outcome.reason_slug ?? ""
  if (outcome.state === "refused") return { ...item, sent, state: "refused", reason }
  if (outcome.state === "duplicate") return { ...item, sent, state: "duplicate" }
  return { ...item, sent, state: "stored", entries }
}

export type Refusal = { name: string; reason: string }

/** Every refused file once, by name, from this visit and from the server's memory; one that arrived later is out. */
export function refusals(local: readonly Item[], outcomes: readonly Outcome[]): Refusal[] {
  const byName = new Map(local.map(item => [item.path, item.reason]))
  for (const each of outcomes) {
    if (each.state === "refused") byName.set(each.name, each.reason_slug ?? "")
    else byName.delete(each.name)
  }
  return [...byName].map(([name, reason]) => ({ name, reason }))
}

export type Totals = {
  files: number
  bytes: number
  sentBytes: number
  waiting: number
  stored: number
  duplicate: number
  refused: number
  failed: number
  done: number
}

export function totals(queue: readonly Item[]): Totals {
  const sum: Totals = {
    files: queue.length,
    bytes: 0,
    sentBytes: 0,
    waiting: 0,
    stored: 0,
    duplicate: 0,
    refused: 0,
    failed: 0,
    done: 0,
  }
  for (const item of queue) {
    sum.bytes += item.size
    sum.sentBytes += item.sent
    sum[item.state === "sending" ? "waiting" : item.state] += 1
  }
  sum.done = sum.stored + sum.duplicate + sum.refused + sum.failed
  return sum
}

export type Sample = { at: number; bytes: number }
const WINDOW_MS = 12_000

/** The samples of the last seconds, with a new one. */
export const sampled = (samples: readonly Sample[], now: Sample): Sample[] => [
  ...samples.filter(sample => now.at - sample.at <= WINDOW_MS),
  now,
]

/** Bytes per second over the samples; null while they tell nothing yet. */
export function rate(samples: readonly Sample[]): number | null {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last || last.at - first.at < 1500) return null
  const perSecond = ((last.bytes - first.bytes) * 1000) / (last.at - first.at)
  return perSecond > 0 ? perSecond : null
}

export const secondsLeft = (sum: Totals, perSecond: number | null): number | null =>
  perSecond === null ? null : Math.ceil((sum.bytes - sum.sentBytes) / perSecond)
