/**
 * Kept images are closed under a key that only signing in gives: AES-256-CTR (NIST SP 800-38A 6.5).
 *
 * The first 8 bytes of the counter are the pack's own, the last 8 count blocks, so that any byte is read alone.
 * A pack's bytes never change under an offset, so a counter never closes two different blocks.
 */

const BLOCK = 16

export type SealKey = CryptoKey

export function sealKey(base64: string): Promise<SealKey> {
  const raw = Uint8Array.from(atob(base64), char => char.charCodeAt(0))
  return crypto.subtle.importKey("raw", raw, "AES-CTR", false, ["encrypt", "decrypt"])
}

/** Closes what is open and opens what is closed: bytes of the pack from `offset` on. */
export async function seal(
  key: SealKey,
  packId: string,
  offset: number,
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const ahead = offset % BLOCK
  const padded = new Uint8Array(ahead + bytes.length)
  padded.set(bytes, ahead)
  const counter = counterAt(packId, (offset - ahead) / BLOCK)
  const done = await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 64 }, key, padded)
  return new Uint8Array(done).subarray(ahead)
}

function counterAt(packId: string, block: number): Uint8Array<ArrayBuffer> {
  const counter = new Uint8Array(BLOCK)
  const hex = packId.replaceAll("-", "")
  for (let at = 0; at < 8; at++) counter[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16)
  new DataView(counter.buffer).setBigUint64(8, BigInt(block))
  return counter
}
