import type { Stored } from "./autosave"

const PREFIX = "draft:"
const KEPT_DAYS = 14

type Kept<T> = Stored<T> & { at: number }

/** Unsaved typing of an earlier visit, or null. */
export function load<T>(key: string): Stored<T> | null {
  try {
    const text = localStorage.getItem(PREFIX + key)
    return text ? (JSON.parse(text) as Kept<T>) : null
  } catch {
    return null // storage switched off or an old shape: the server's state is the truth then
  }
}

export function keep<T>(key: string, draft: Stored<T>, now: number): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify({ ...draft, at: now }))
  } catch {
    // storage is full or switched off; the autosave still runs
  }
}

export const drop = (key: string): void => {
  try {
    localStorage.removeItem(PREFIX + key)
  } catch {
    // storage switched off
  }
}

/** Forgets drafts that nobody came back for: they hold patient words. */
export function forgetOld(now: number): void {
  for (const name of Object.keys(localStorage).filter(key => key.startsWith(PREFIX))) {
    const kept = load<unknown>(name.slice(PREFIX.length)) as Kept<unknown> | null
    if (!kept || now - kept.at > KEPT_DAYS * 86_400_000) localStorage.removeItem(name)
  }
}
