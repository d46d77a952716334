import { expect, test } from "vitest"
import { upscale } from "../upscale"

test("low samples lie on the pixels 0, k, 2k and in between is a straight line", () => {
  const low = Int16Array.from([0, 80, 160, 240])
  const full = upscale(
    low,
    { columns: 2, rows: 2, components: 1 },
    { columns: 16, rows: 16, components: 1 },
    8,
    new Int16Array(256),
  )
  expect([full[0], full[8], full[8 * 16], full[8 * 16 + 8]]).toEqual([0, 80, 160, 240])
  expect([full[4], full[4 * 16], full[4 * 16 + 4], full[15]]).toEqual([40, 80, 120, 80])
})

test("colours do not mix", () => {
  const low = Uint8Array.from([255, 0, 10, 255, 0, 10])
  const full = upscale(
    low,
    { columns: 2, rows: 1, components: 3 },
    { columns: 4, rows: 2, components: 3 },
    2,
    new Uint8Array(24),
  )
  for (let i = 0; i < 24; i += 3) expect([...full.subarray(i, i + 3)]).toEqual([255, 0, 10])
})
