/** The doors of our own image delivery. */

import type { FetchLayers } from "./layer-shelf"
import type { Layers } from "./layers"
import { type Manifest, parseManifest } from "./manifest"
import type { FetchBytes } from "./series-feed"

/** The server answered, but not with images. */
export class ImageHttpError extends Error {
  constructor(readonly status: number) {
    super(`images: HTTP ${status}`)
  }
}

export type FetchManifest = (seriesUid: string, signal: AbortSignal) => Promise<Manifest>

export const fetchManifest: FetchManifest = async (seriesUid, signal) => {
  const response = await fetch(`/api/image-series/${seriesUid}/manifest`, { signal })
  if (!response.ok) throw new ImageHttpError(response.status)
  return parseManifest(await response.json())
}

export const fetchLayers: FetchLayers = async seriesUid => {
  const response = await fetch(`/api/image-series/${seriesUid}/layers`)
  if (!response.ok) throw new ImageHttpError(response.status)
  return (await response.json()) as Layers
}

export const fetchBytes: FetchBytes = async (path, { range, signal }) => {
  const headers: HeadersInit = range ? { Range: `bytes=${range[0]}-${range[1]}` } : {}
  const response = await fetch(path, { signal, headers })
  if (!response.ok || !response.body) throw new ImageHttpError(response.status)
  // A server that ignores Range would send the series from its first byte: never take that for the image.
  if (range && response.status !== 206) throw new ImageHttpError(response.status)
  return chunks(response.body)
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    reader.releaseLock()
  }
}
