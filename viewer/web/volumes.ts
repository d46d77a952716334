/**
 * The blocks of voxels that panes cut: fills them from the images that have come, best first, within the memory of
 * decoded images. Cutting takes a few milliseconds and needs the whole block, so it is done here and not in a worker.
 */

import type { Decode } from "./decoders"
import { type Level, LOSSLESS, type Manifest } from "./manifest"
import type { Held, Slices } from "./pixel-cache"
import { cutPixels, emptyVoxels, putSlice, shrinkFor, type Voxels } from "./resample"
import type { SeriesFeed } from "./series-feed"
import { cutFrame, type Volume, volumeOf } from "./volume"

export type VolumeDoors = {
  readonly feed: (seriesUid: string) => SeriesFeed | null
  readonly held: (seriesUid: string, index: number) => Held | undefined
  readonly decode: Decode
  /** Bytes all blocks together may take. */
  readonly limitBytes: number
  /** So many bytes are taken from decoded images. */
  readonly onBytes: (bytes: number) => void
}

type Block = {
  readonly manifest: Manifest
  readonly volume: Volume
  /** As little thinning as its share of the memory allows. */
  readonly shrink: number
  readonly voxels: Voxels
  /** What each slice holds: -1 nothing. */
  readonly levels: Int8Array
  /** What was tried of each slice, so that a broken image is not decoded for ever. */
  readonly tried: Int8Array
  filling: number
  panes: number
  readonly cuts: Map<string, Held>
  telling: ReturnType<typeof setTimeout> | undefined
}

/** Slices decoded at once; the newest job goes first, so an image somebody turns to passes them by. */
const LANES = 2
/** Panes draw what has come at most so often, in ms. */
const TELL_MS = 80
/** Cuts remembered while nothing changes: as many as a screen has viewports, and those just passed. */
const CUTS_KEPT = 8

export class Volumes {
  readonly #blocks = new Map<string, Block>()
  readonly #listeners = new Set<(seriesUid: string) => void>()

  constructor(readonly doors: VolumeDoors) {}

  /** Calls `listener` when cuts of a series can be drawn better; returns the way out. */
  listen(listener: (seriesUid: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A pane shows cuts of this acquired series from now on, until it calls what it got. */
  open(manifest: Manifest): () => void {
    const uid = manifest.seriesUid
    const volume = volumeOf(manifest)
    if (typeof volume === "string") return () => undefined
    const old = this.#blocks.get(uid)
    if (old?.manifest.generation !== manifest.generation) {
      clearTimeout(old?.telling)
      this.#blocks.set(uid, newBlock(manifest, volume, old?.panes ?? 0, this.#share(uid)))
    }
    const block = this.#blocks.get(uid) as Block
    block.panes++
    this.#settle()
    this.#fill(block)
    return () => this.#leave(uid)
  }

  /** More of image `index` has come. */
  arrived(seriesUid: string): void {
    const block = this.#blocks.get(seriesUid)
    if (block) this.#fill(block)
  }

  /** Cut number `index`, the same object until more is known; null when nothing of it is here. */
  cut(cuts: Manifest, index: number): Held | null {
    const block = this.#blocks.get(cuts.seriesUid)
    if (!block || cuts.plane === "acquired" || !block.levels.some(level => level >= 0)) return null
    const key = `${cuts.plane}/${index}`
    const known = block.cuts.get(key)
    if (known) return known
    const frame = cutFrame(block.volume, cuts.plane)
    const pixels = cutPixels(block.voxels, frame, index)
    const under = frame.through === 2 ? [frame.backwards ? block.levels.length - 1 - index : index] : null
    const held = { pixels, ...qualityOf(block, under) }
    for (const oldest of [...block.cuts.keys()].slice(0, 1 - CUTS_KEPT)) block.cuts.delete(oldest)
    block.cuts.set(key, held)
    return held
  }

  #leave(uid: string): void {
    const block = this.#blocks.get(uid)
    if (!block || --block.panes > 0) return
    clearTimeout(block.telling)
    this.#blocks.delete(uid)
    this.#settle()
  }

  #share(uid: string): number {
    return this.doors.limitBytes / new Set([...this.#blocks.keys(), uid]).size
  }

  /** Blocks share their memory evenly; one whose share has changed is made anew. */
  #settle(): void {
    for (const [uid, block] of this.#blocks) {
      const shrink = shrinkFor(block.volume, block.manifest.images, this.#share(uid))
      if (shrink === block.shrink) continue
      clearTimeout(block.telling)
      const next = newBlock(block.manifest, block.volume, block.panes, this.#share(uid))
      this.#blocks.set(uid, next)
      this.#fill(next)
    }
    const bytes = [...this.#blocks.values()].reduce((sum, { voxels }) => sum + voxels.values.byteLength, 0)
    this.doors.onBytes(bytes)
  }

  #fill(block: Block): void {
    while (block.filling < LANES) {
      const next = nextSlice(block, index =>
        this.doors.feed(block.manifest.seriesUid)?.codestreams.level(index),
      )
      if (!next) return
      block.tried[next.slice] = next.level
      block.filling++
      void this.#put(block, next).finally(() => {
        block.filling--
        if (this.#blocks.get(block.manifest.seriesUid) === block) this.#fill(block)
      })
    }
  }

  async #put(block: Block, { slice, level }: Next): Promise<void> {
    const { manifest, volume } = block
    const index = volume.order[slice] as number
    const held = await this.#decoded(manifest, index, level).catch(() => null)
    if (!held || held.level <= (block.levels[slice] ?? -1)) return
    putSlice(block.voxels, slice, held.pixels)
    block.levels[slice] = held.level
    block.tried[slice] = Math.max(block.tried[slice] ?? -1, held.level)
    block.cuts.clear()
    block.telling ??= setTimeout(() => this.#tell(block), TELL_MS)
  }

  async #decoded(manifest: Manifest, index: number, level: Level): Promise<Held | null> {
    const held = this.doors.held(manifest.seriesUid, index)
    if (held && held.level >= level) return held
    const feed = this.doors.feed(manifest.seriesUid)
    const image = manifest.images[index]
    if (!feed || !image || feed.manifest.generation !== manifest.generation) return null
    return { level, pixels: await this.doors.decode(feed.codestreams.prefix(index, level), level, image) }
  }

  #tell(block: Block): void {
    block.telling = undefined
    for (const listener of this.#listeners) listener(block.manifest.seriesUid)
  }
}

function newBlock(manifest: Manifest, volume: Volume, panes: number, most: number): Block {
  const { images } = manifest
  const shrink = shrinkFor(volume, images, most)
  const voxels = allocated(volume, images, shrink)
  const none = () => new Int8Array(images.length).fill(-1)
  const fresh = { filling: 0, cuts: new Map<string, Held>(), telling: undefined }
  return { manifest, volume, shrink, voxels, levels: none(), tried: none(), panes, ...fresh }
}

/** A machine that has less memory than we may take gets a thinner block. */
function allocated(volume: Volume, images: Manifest["images"], shrink: number): Voxels {
  try {
    return emptyVoxels(volume, images, shrink)
  } catch (error) {
    if (!(error instanceof RangeError) || shrink > volume.axes[0].count) throw error
    return allocated(volume, images, shrink * 2)
  }
}

type Next = { readonly slice: number; readonly level: Level }

/** A slice of which nothing is here before one that only becomes finer. */
function nextSlice(block: Block, come: (index: number) => Level | null | undefined): Next | null {
  let found: Next | null = null
  for (const [slice, index] of block.volume.order.entries()) {
    const level = come(index) ?? -1
    if (level < 0 || level <= (block.tried[slice] as number)) continue
    if (block.tried[slice] === -1) return { slice, level: level as Level }
    found ??= { slice, level: level as Level }
  }
  return found
}

/** The level of the worst slice under a cut; nothing thinned is lossless. `under` null: all of them. */
function qualityOf(
  { levels, voxels }: Block,
  under: readonly number[] | null,
): { level: Level; slices: Slices } {
  const of = under ? under.map(slice => levels[slice] as number) : [...levels]
  const worst = Math.max(0, Math.min(...of, voxels.shrink > 1 ? LOSSLESS - 1 : LOSSLESS)) as Level
  const lossless = of.filter(level => level === LOSSLESS).length
  return { level: worst, slices: { lossless, of: of.length, shrink: voxels.shrink } }
}
