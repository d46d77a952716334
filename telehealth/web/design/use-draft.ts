import { asProblem, type Problem } from "@app/api/problem"
import { useCallback, useEffect, useRef, useState } from "react"
import * as autosave from "./autosave"
import * as drafts from "./draft-store"

const PAUSE_MS = 900 // a breath between two sentences

type Options<T extends object> = {
  /** Names the draft on this machine, person included. */
  storageKey: string
  server: autosave.Saved<T>
  /** Sends the changed fields; resolves with the server's new state. */
  save: (changed: Partial<T>, version: number, all: T) => Promise<autosave.Saved<T>>
  /** Reads the server's state after it said that ours is old. */
  refetch: (problem: Problem) => Promise<autosave.Saved<T>>
  /** How what was typed looks once the server has it; for fields to which it adds ids. */
  adopt?: autosave.Adopt<T>
  /** What of the typed values the server can take; the rest, a half row say, waits on this machine. */
  tidy?: (typed: T) => T
  readOnly?: boolean
}

export type DraftHandle<T extends object> = {
  value: T
  draft: autosave.Draft<T>
  set: (part: Partial<T>) => void
  /** Saves now what is typed; resolves true when the server has it. */
  flush: () => Promise<boolean>
  settle: (keep: "mine" | "theirs") => void
}

/** Typing that is never lost: kept on this machine at once, on the server a moment later, merged when others wrote too. */
export function useDraft<T extends object>(options: Options<T>): DraftHandle<T> {
  const { storageKey, server, readOnly = false } = options
  const [draft, setDraft] = useState(() =>
    autosave.open(server, readOnly ? null : drafts.load<T>(storageKey)),
  )
  const latest = useRef(draft)
  const current = useRef(options)
  current.current = options
  const running = useRef<Promise<boolean> | null>(null)

  const change = useCallback((next: autosave.Draft<T>) => {
    latest.current = next
    setDraft(next)
    const key = current.current.storageKey
    const content = (current.current.tidy ?? (typed => typed))(next.base.content)
    if (autosave.isEmpty(autosave.changes(content, next.mine))) drafts.drop(key)
    else drafts.keep(key, { base: { ...next.base, content }, mine: next.mine }, Date.now())
  }, [])

  const saveOnce = useCallback(async (): Promise<boolean> => {
    const before = latest.current
    if (before.phase.name === "conflict") return false
    const changed = autosave.changes(before.base.content, before.mine)
    if (autosave.isEmpty(changed)) {
      if (before.phase.name !== "clean") change({ ...before, phase: { name: "clean" } })
      return true
    }
    change(autosave.sending(before))
    try {
      const answer = await current.current.save(changed, before.base.version, before.mine)
      change(autosave.stored(latest.current, answer, current.current.adopt))
      return latest.current.phase.name === "clean" || saveOnce()
    } catch (error) {
      const problem = asProblem(error)
      if (problem.slug !== "version-conflict") {
        change(autosave.failed(latest.current, problem, Date.now()))
        return false
      }
      const newer = await current.current.refetch(problem).catch(() => null)
      change(
        newer ? autosave.rebase(latest.current, newer) : autosave.failed(latest.current, problem, Date.now()),
      )
      return false
    }
  }, [change])

  const flush = useCallback((): Promise<boolean> => {
    running.current ??= saveOnce().finally(() => {
      running.current = null
    })
    return running.current
  }, [saveOnce])

  useEffect(() => {
    if (readOnly) return
    const { phase } = draft
    if (phase.name === "dirty") {
      const timer = setTimeout(flush, PAUSE_MS)
      return () => clearTimeout(timer)
    }
    if (phase.name !== "waiting") return
    const timer = setTimeout(flush, Math.max(0, phase.retryAt - Date.now()))
    window.addEventListener("online", flush)
    return () => {
      clearTimeout(timer)
      window.removeEventListener("online", flush)
    }
  }, [draft, readOnly, flush]) // each keystroke makes a new draft and starts the pause anew

  useEffect(() => {
    const known = latest.current.base.version
    if (server.version > known && latest.current.phase.name !== "saving") {
      change(autosave.rebase(latest.current, server))
    }
  }, [server, change])

  useEffect(() => () => void flush(), [flush]) // leaving the page never asks: it saves

  const set = useCallback((part: Partial<T>) => change(autosave.type(latest.current, part)), [change])
  const settle = useCallback(
    (keep: "mine" | "theirs") => change(autosave.settle(latest.current, keep)),
    [change],
  )
  return { value: readOnly ? server.content : draft.mine, draft, set, flush, settle }
}
