/**
 * Pieces of packs from the gateway of one's own hospital: closed with AES-256-GCM under a key that the server gives with
 * the plan, so that whoever gives them need not be believed.
 */

export type Near = { readonly url: string; readonly key: string }

/** The bytes of piece `number`; throws when they cannot be had, or are others than the server closed. */
export type FetchNear = (
  near: Near,
  packId: string,
  number: number,
  length: number,
  signal: AbortSignal,
) => Promise<Uint8Array<ArrayBuffer>>

const TAG_BYTES = 16
/** A gateway that is there answers at once; one that is not should cost no more than this. */
const PATIENCE_MS = 5_000

/** Says to browsers with local network access rules that a page of the internet means a machine beside it. */
type LocalRequest = RequestInit & { readonly targetAddressSpace?: "local" | "loopback" }

export const fetchNear: FetchNear = async (near, packId, number, length, signal) => {
  const closed = await pieceFrom(`${near.url}/${number}`, signal)
  if (closed.byteLength !== length + TAG_BYTES) throw new RangeError(`near: ${closed.byteLength} bytes`)
  const key = await crypto.subtle.importKey("raw", bytesOf(near.key), "AES-GCM", false, ["decrypt"])
  const iv = nonceOf(number, length)
  const additionalData = idBytes(packId)
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, closed))
}

async function pieceFrom(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const asked: LocalRequest = {
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    ...(isMixed(url) ? { targetAddressSpace: "local" } : {}),
  }
  const response = await fetch(url, asked)
  if (!response.ok) throw new Error(`near: HTTP ${response.status}`)
  return await response.arrayBuffer()
}

/** Only then must the browser be told: it would refuse http from a page of https otherwise. */
const isMixed = (url: string): boolean => url.startsWith("http:") && location.protocol === "https:"

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), char => char.charCodeAt(0))

function nonceOf(number: number, length: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(12)
  const view = new DataView(nonce.buffer)
  view.setUint32(2, number)
  view.setUint32(8, length)
  return nonce
}

function idBytes(packId: string): Uint8Array<ArrayBuffer> {
  const hex = packId.replaceAll("-", "")
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}
