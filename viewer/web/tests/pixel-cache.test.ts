import { expect, test } from "vitest"
import { type Held, PixelCache } from "../pixel-cache"

const held = (level: 0 | 3, values: number): Held => ({
  level,
  pixels: { values: new Int16Array(values), components: 1, min: 0, max: 0 },
})

test("the least recently used goes first and the newest stays even when it alone is too big", () => {
  const cache = new PixelCache(400)
  cache.put("a", held(3, 100))
  cache.put("b", held(3, 100))
  cache.get("a")
  cache.put("c", held(3, 100))
  expect([cache.get("a"), cache.get("b"), cache.get("c")].map(Boolean)).toEqual([true, false, true])
  cache.put("d", held(3, 1000))
  expect(cache.get("d")).toBeDefined()
})

test("a worse level never replaces a better one", () => {
  const cache = new PixelCache()
  cache.put("a", held(3, 10))
  cache.put("a", held(0, 10))
  expect(cache.get("a")?.level).toBe(3)
  expect(cache.bytes).toBe(20)
})
