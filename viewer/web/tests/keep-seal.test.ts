import { expect, test } from "vitest"
import { seal, sealKey } from "../keep/seal"

const KEY = btoa(String.fromCharCode(...Array.from({ length: 32 }, (_, i) => i)))
const PACK = "0f0e0d0c-0b0a-4908-8706-050403020100"
const open = Uint8Array.from({ length: 1000 }, (_, i) => (i * 31) % 251)

test("what is closed opens again from any byte on", async () => {
  const key = await sealKey(KEY)
  const closed = await seal(key, PACK, 0, open)
  expect(closed).not.toEqual(open)
  for (const [first, end] of [
    [0, 1000],
    [0, 1],
    [16, 48],
    [17, 333],
    [999, 1000],
  ] as const)
    expect(await seal(key, PACK, first, closed.subarray(first, end))).toEqual(open.slice(first, end))
})

test("another key or another pack opens nothing", async () => {
  const closed = await seal(await sealKey(KEY), PACK, 0, open)
  const other = await sealKey(btoa("x".repeat(32)))
  expect(await seal(other, PACK, 0, closed)).not.toEqual(open)
  expect(await seal(await sealKey(KEY), PACK.replace("0f", "1f"), 0, closed)).not.toEqual(open)
})
