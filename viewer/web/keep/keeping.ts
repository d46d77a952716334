/** The one keeper of this tab: begun by signing in, ended and emptied by signing out. */

import { useSyncExternalStore } from "react"
import { fetchBytes } from "../image-http"
import type { Manifest } from "../manifest"
import type { FetchBytes } from "../series-feed"
import { type KeepDoors, Keeper, type KeepSnapshot } from "./keeper"
import { keptBytes } from "./kept-bytes"
import { canKeep, forgetKept, KeptPacks } from "./kept-packs"
import { fetchNear } from "./near"
import { sealKey } from "./seal"

type Own = { readonly keeper: Keeper; readonly packs: KeptPacks }

let own: Own | null = null
let begun: Promise<void> | null = null
let who: string | null = null
let inRoom = false
const watchers = new Set<() => void>()

/** Locks that all tabs of this browser share: one of them fetches, and none while one is in a room. */
const FETCHING = "kept-images"
const MEETING = "live-room"
let leaveMeeting: () => void = () => undefined

/** Opens what is kept for this person and goes on fetching; a second call does nothing. */
export function beginKeeping(
  personId: string,
  key: () => Promise<string>,
  doors: Omit<KeepDoors, "fetchBytes" | "fetchNear" | "inMeeting" | "alone">,
): Promise<void> {
  if (who !== personId) letGo()
  who = personId
  begun ??= canKeep()
    ? begin(personId, key, { ...doors, fetchBytes, fetchNear, inMeeting, alone })
    : Promise.resolve()
  return begun
}

async function begin(personId: string, key: () => Promise<string>, doors: KeepDoors): Promise<void> {
  const packs = await KeptPacks.open(personId, await sealKey(await key()))
  const keeper = new Keeper(doors, packs)
  keeper.subscribe(() => {
    for (const watcher of watchers) watcher()
  })
  own = { keeper, packs }
  if (inRoom) keeper.pause(true)
  void keeper.run()
}

async function alone(work: () => Promise<void>): Promise<boolean> {
  return await navigator.locks.request(FETCHING, { ifAvailable: true }, async lock => {
    if (lock) await work()
    return lock !== null
  })
}

async function inMeeting(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query()
  return held.some(lock => lock.name === MEETING)
}

/** Signing out: nothing of this person stays on the computer. */
export async function endKeeping(): Promise<void> {
  await begun?.catch(() => undefined)
  await own?.keeper.leave()
  letGo()
  await forgetKept()
}

/** Without its key what is kept stays closed, until the same person signs in again. */
function letGo(): void {
  own?.keeper.close()
  own = null
  begun = null
}

/** A live room pauses it, in every tab. */
export function pauseKeeping(on: boolean): void {
  inRoom = on
  own?.keeper.pause(on)
  leaveMeeting()
  if (!on || !canKeep()) return
  const ended = new Promise<void>(done => {
    leaveMeeting = done
  })
  void navigator.locks.request(MEETING, { mode: "shared" }, () => ended)
}

/** Something changed, or somebody pressed the button: look now. */
export const pokeKeeping = (): void => own?.keeper.poke()

/** The bytes of a series from this computer's disk, if all of them are kept; its manifest said that they may be seen. */
export async function fromDisk(manifest: Manifest): Promise<FetchBytes | null> {
  await begun?.catch(() => undefined)
  const { packId, totalBytes } = manifest
  const packs = own?.packs
  if (!packs || packs.held(packId) < totalBytes) return null
  const kept = keptBytes(manifest, async (first, end) => {
    try {
      return await packs.read(packId, first, end)
    } catch (error) {
      await packs.drop(packId) // the disk failed us: from now on the line serves
      throw error
    }
  })
  return (path, options) => (packs.held(packId) < totalBytes ? fetchBytes : kept)(path, options)
}

/** Null where this browser cannot keep images. */
export function useKeeping(): KeepSnapshot | null {
  return useSyncExternalStore(watch, () => own?.keeper.snapshot ?? null)
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}
