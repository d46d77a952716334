import { useSyncExternalStore } from "react"
import { type Settings, type Snapshot, Uploader } from "./uploader"

// Uploads outlive the page that began them: nobody should wait on a page for files to travel.
const uploaders = new Map<string, Uploader>()
const watchers = new Set<() => void>()
let running: string[] = []

function noteRunning(): void {
  const now = [...uploaders.values()].filter(each => each.snapshot().running).map(each => each.caseId)
  if (now.join() === running.join()) return
  running = now
  for (const watcher of watchers) watcher()
}

/** The uploader of a case; made on first use, kept until the app is closed. */
export function uploaderOf(caseId: string, settings: Settings, onSettled: () => void): Uploader {
  const known = uploaders.get(caseId)
  if (known) return known
  const made = new Uploader(caseId, settings, onSettled)
  made.subscribe(noteRunning)
  uploaders.set(caseId, made)
  return made
}

export const useSnapshot = (uploader: Uploader): Snapshot =>
  useSyncExternalStore(uploader.subscribe, uploader.snapshot)

/** Cases whose files are travelling right now. */
export const useRunning = (): string[] =>
  useSyncExternalStore(
    watcher => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => running,
  )
