/** Packs of one person on this computer's disk (origin private file system), closed, in pieces of one size. */

import { type SealKey, seal } from "./seal"

/** So small that a pause comes soon, so large that a series has few. */
export const PIECE_BYTES = 2 ** 20
const ROOT = "kept-images"

type Folder = FileSystemDirectoryHandle

/** Whether this browser, on this address, can keep files and close them (both need HTTPS or localhost). */
export const canKeep = (): boolean =>
  typeof navigator.storage?.getDirectory === "function" && crypto.subtle !== undefined

export class KeptPacks {
  readonly #held = new Map<string, number>()

  private constructor(
    readonly folder: Folder,
    readonly key: SealKey,
    readonly deviceId: string,
  ) {}

  /** Opens this person's packs; what others left here goes. */
  static async open(personId: string, key: SealKey): Promise<KeptPacks> {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true })
    for (const name of await namesIn(root))
      if (name !== personId) await root.removeEntry(name, { recursive: true })
    const folder = await root.getDirectoryHandle(personId, { create: true })
    const packs = new KeptPacks(folder, key, await deviceIdIn(folder))
    for (const name of await namesIn(folder)) if (name !== DEVICE) await packs.#measure(name)
    return packs
  }

  /** Bytes of the pack that are here, from its first on. */
  held(packId: string): number {
    return this.#held.get(packId) ?? 0
  }

  /** Where fetching goes on: the beginning of the first piece that is not whole. */
  next(packId: string): number {
    return Math.floor(this.held(packId) / PIECE_BYTES) * PIECE_BYTES
  }

  /** Keeps the piece that begins at `offset`, whole or the pack's last. */
  async put(packId: string, offset: number, bytes: Uint8Array): Promise<void> {
    const pack = await this.folder.getDirectoryHandle(packId, { create: true })
    const file = await pack.getFileHandle(String(offset / PIECE_BYTES), { create: true })
    const writable = await file.createWritable()
    await writable.write(await seal(this.key, packId, offset, bytes))
    await writable.close()
    this.#held.set(packId, offset + bytes.length)
  }

  /** The pack's bytes from `first` to before `end`, all of which must be here. */
  async read(packId: string, first: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const whole = new Uint8Array(end - first)
    const pack = await this.folder.getDirectoryHandle(packId)
    for (let at = first; at < end; ) {
      const piece = Math.floor(at / PIECE_BYTES)
      const until = Math.min(end, (piece + 1) * PIECE_BYTES)
      const file = await (await pack.getFileHandle(String(piece))).getFile()
      const begin = at - piece * PIECE_BYTES
      const closed = await file.slice(begin, begin + until - at).arrayBuffer()
      if (closed.byteLength < until - at) throw new RangeError(`kept pack ends before ${until}`)
      whole.set(await seal(this.key, packId, at, new Uint8Array(closed)), at - first)
      at = until
    }
    return whole
  }

  /** Lets every other pack go: their sessions are over, or their cases closed to this person. */
  async keepOnly(packIds: ReadonlySet<string>): Promise<void> {
    for (const packId of [...this.#held.keys()]) if (!packIds.has(packId)) await this.drop(packId)
    const here = await namesIn(this.folder) // another tab may have fetched meanwhile
    for (const packId of packIds) if (here.includes(packId)) await this.#measure(packId)
  }

  async drop(packId: string): Promise<void> {
    if (this.#held.delete(packId)) await this.folder.removeEntry(packId, { recursive: true })
  }

  async #measure(packId: string): Promise<void> {
    const pack = await this.folder.getDirectoryHandle(packId)
    let held = 0
    for (let piece = 0; ; piece++) {
      const size = await sizeOf(pack, String(piece))
      held += size
      if (size < PIECE_BYTES) break
    }
    this.#held.set(packId, held)
  }
}

/** Nothing of anybody stays on this computer. */
export async function forgetKept(): Promise<void> {
  if (!canKeep()) return
  const top = await navigator.storage.getDirectory()
  if ((await namesIn(top)).includes(ROOT)) await top.removeEntry(ROOT, { recursive: true })
}

const DEVICE = "device"

async function deviceIdIn(folder: Folder): Promise<string> {
  const file = await folder.getFileHandle(DEVICE, { create: true })
  const known = await (await file.getFile()).text()
  if (known) return known
  const made = crypto.randomUUID()
  const writable = await file.createWritable()
  await writable.write(made)
  await writable.close()
  return made
}

async function sizeOf(folder: Folder, name: string): Promise<number> {
  try {
    return (await (await folder.getFileHandle(name)).getFile()).size
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return 0
    throw error
  }
}

async function namesIn(folder: Folder): Promise<string[]> {
  const names: string[] = []
  for await (const name of folder.keys()) names.push(name)
  return names
}
