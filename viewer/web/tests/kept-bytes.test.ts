import { expect, test } from "vitest"
import { keptBytes } from "../keep/kept-bytes"
import { StageParser } from "../pack-stream"
import { SeriesFeed } from "../series-feed"
import { aManifest, bytesOf } from "./a-series"

const COUNT = 12
const manifest = aManifest(COUNT)
const pack = new Uint8Array(COUNT * 100)
for (let index = 0; index < COUNT; index++) pack.set(bytesOf(index), index * 100)
const read = async (first: number, end: number) => pack.slice(first, end)
const signal = new AbortController().signal

async function all(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const found: number[] = []
  for await (const chunk of chunks) found.push(...chunk)
  return found
}

test("a range of the pack is that range", async () => {
  const fetch = keptBytes(manifest, read)
  expect(await all(await fetch("/api/image-series/1.9/pack", { range: [150, 260], signal }))).toEqual([
    ...pack.slice(150, 261),
  ])
})

test("a stage goes on after what had come", async () => {
  const fetch = keptBytes(manifest, read)
  const rest = await all(
    await fetch("/api/image-series/1.9/stage/0?around=5&generation=1&skip=9", { signal }),
  )
  const parts = new StageParser(() => 100).push(Uint8Array.from(rest))
  expect(parts.map(part => part.index)).toEqual([10, 0, 11])
})

test("the stages together are every byte once, the image looked at first", async () => {
  const fetch = keptBytes(manifest, read)
  const whole = new Map<number, number[]>()
  for (const stage of [0, 1, 2]) {
    const parser = new StageParser(() => 100)
    const bytes = await all(
      await fetch(`/api/image-series/1.9/stage/${stage}?around=5&generation=1`, { signal }),
    )
    const parts = parser.push(Uint8Array.from(bytes))
    expect(parser.clean).toBe(true)
    expect(parts[0]?.index).toBe(5)
    for (const { index, bytes } of parts) whole.set(index, [...(whole.get(index) ?? []), ...bytes])
  }
  for (let index = 0; index < COUNT; index++) expect(whole.get(index)).toEqual([...bytesOf(index)])
})

test("a feed over the disk becomes lossless everywhere", async () => {
  const done = new Promise<void>(resolve => {
    const lossless = new Set<number>()
    const feed = new SeriesFeed(manifest, keptBytes(manifest, read), {
      onLevel: (index, level) => {
        if (level === 3) lossless.add(index)
        if (lossless.size === COUNT) resolve()
      },
    })
    feed.look(5)
  })
  await done
})
