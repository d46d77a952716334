import { mayPass, type Problem } from "@app/api/problem"

/** Fields by name; compared by value. */
export type Fields = Record<string, unknown>

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The fields in which `mine` differs from `base`. */
export function changes<T extends object>(base: T, mine: T): Partial<T> {
  const keys = Object.keys(mine) as (keyof T)[]
  return Object.fromEntries(
    keys.filter(key => !same(base[key], mine[key])).map(key => [key, mine[key]]),
  ) as Partial<T>
}

export const isEmpty = (value: object): boolean => Object.keys(value).length === 0

export type Merge<T> = { merged: T; conflicts: (keyof T)[] }

/**
 * Three-way merge by field: what only one side changed is kept. Where both changed the same field differently,
 * mine stays in the form and the field is named as a conflict.
 */
export function merge<T extends object>(base: T, mine: T, theirs: T): Merge<T> {
  const conflicts: (keyof T)[] = []
  const merged = { ...theirs }
  for (const key of Object.keys(mine) as (keyof T)[]) {
    if (same(base[key], mine[key])) continue
    merged[key] = mine[key]
    if (!same(base[key], theirs[key]) && !same(mine[key], theirs[key])) conflicts.push(key)
  }
  return { merged, conflicts }
}

export type Saved<T> = { content: T; version: number; savedAt: string | null }

export type Phase =
  | { name: "clean" }
  | { name: "dirty" }
  | { name: "saving" }
  | { name: "waiting"; retryAt: number; problem: Problem }
  | { name: "refused"; problem: Problem }
  | { name: "conflict" }

export type Draft<T> = {
  base: Saved<T>
  mine: T
  sent: T | null
  phase: Phase
  attempts: number
  conflicts: (keyof T)[]
  theirs: T | null
}

export type Stored<T> = { base: Saved<T>; mine: T }

/** A draft from the server's state and, if there is one, what an earlier visit left unsaved on this machine. */
export function open<T extends object>(server: Saved<T>, left: Stored<T> | null): Draft<T> {
  const fresh: Draft<T> = {
    base: server,
    mine: server.content,
    sent: null,
    phase: { name: "clean" },
    attempts: 0,
    conflicts: [],
    theirs: null,
  }
  return left
    ? rebase({ ...fresh, base: left.base, mine: { ...server.content, ...left.mine } }, server)
    : fresh
}

/** Puts my changes on top of a newer server state. */
export function rebase<T extends object>(draft: Draft<T>, server: Saved<T>): Draft<T> {
  const { merged, conflicts } = merge(draft.base.content, draft.mine, server.content)
  const dirty = !isEmpty(changes(server.content, merged))
  const phase: Phase = conflicts.length > 0 ? { name: "conflict" } : { name: dirty ? "dirty" : "clean" }
  const theirs = conflicts.length > 0 ? server.content : null
  return { base: server, mine: merged, sent: null, phase, attempts: 0, conflicts, theirs }
}

export function type<T extends object>(draft: Draft<T>, part: Partial<T>): Draft<T> {
  const mine = { ...draft.mine, ...part }
  const rests = draft.phase.name === "saving" || draft.phase.name === "conflict"
  return { ...draft, mine, phase: rests ? draft.phase : { name: "dirty" } }
}

/** Marks what is now on its way to the server. */
export const sending = <T extends object>(draft: Draft<T>): Draft<T> => ({
  ...draft,
  sent: draft.mine,
  phase: { name: "saving" },
})

/** How typed values look once the server has them, for example with the ids it gave. The default is: as typed. */
export type Adopt<T> = (typed: T, server: T) => T

/**
 * The server has stored what was sent. Its tidied form (a trimmed blank, say) must not move under the fingers of
 * someone who types on, so what was sent stays as typed; what was typed meanwhile stays to be saved.
 */
export function stored<T extends object>(
  draft: Draft<T>,
  server: Saved<T>,
  adopt: Adopt<T> = typed => typed,
): Draft<T> {
  const sent = draft.sent ?? draft.base.content
  const kept = changes(draft.base.content, sent)
  const asSent = changes(draft.base.content, { ...sent, ...pick(adopt(sent, server.content), kept) })
  const content = { ...server.content, ...asSent }
  const since = changes(sent, draft.mine)
  const mine = { ...content, ...pick(adopt({ ...sent, ...since }, server.content), since) }
  const dirty = !isEmpty(changes(content, mine))
  const base = { ...server, content }
  return { ...draft, base, mine, sent: null, attempts: 0, phase: { name: dirty ? "dirty" : "clean" } }
}

function pick<T extends object>(from: T, names: Partial<T>): Partial<T> {
  return Object.fromEntries(Object.keys(names).map(key => [key, from[key as keyof T]])) as Partial<T>
}

const RETRY_SECONDS = [2, 5, 15, 30, 60]

/** The server did not store it: wait and try again when that can help, else say why. */
export function failed<T extends object>(draft: Draft<T>, problem: Problem, now: number): Draft<T> {
  if (!mayPass(problem)) return { ...draft, sent: null, phase: { name: "refused", problem } }
  const seconds = RETRY_SECONDS[Math.min(draft.attempts, RETRY_SECONDS.length - 1)] ?? 60
  const phase: Phase = { name: "waiting", retryAt: now + seconds * 1000, problem }
  return { ...draft, sent: null, attempts: draft.attempts + 1, phase }
}

/** A person chose between two versions of the fields in conflict. */
export function settle<T extends object>(draft: Draft<T>, keep: "mine" | "theirs"): Draft<T> {
  const theirs = draft.theirs
  const taken = keep === "theirs" && theirs ? draft.conflicts.map(key => [key, theirs[key]]) : []
  const mine = { ...draft.mine, ...Object.fromEntries(taken) }
  const dirty = !isEmpty(changes(draft.base.content, mine))
  return { ...draft, mine, conflicts: [], theirs: null, phase: { name: dirty ? "dirty" : "clean" } }
}
