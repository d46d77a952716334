import { expect, test } from "vitest"
import { Codestreams } from "../codestreams"
import { aManifest, bytesOf } from "./a-series"

test("levels become whole exactly at the ends of the manifest", () => {
  const streams = new Codestreams(aManifest(1))
  const levels: (number | null)[] = []
  for (let at = 0; at < 100; at++) {
    streams.add(0, at, bytesOf(0).subarray(at, at + 1))
    levels.push(streams.level(0))
  }
  expect([
    levels[8],
    levels[9],
    levels[28],
    levels[29],
    levels[58],
    levels[59],
    levels[98],
    levels[99],
  ]).toEqual([null, 0, 0, 1, 1, 2, 2, 3])
})

test("a prefix is byte for byte the codestream up to its end, never a byte more", () => {
  const streams = new Codestreams(aManifest(2))
  streams.add(1, 0, bytesOf(1).subarray(0, 45))
  expect([...streams.prefix(1, 1)]).toEqual([...bytesOf(1).subarray(0, 30)])
  expect(() => streams.prefix(1, 2)).toThrow(RangeError)
  expect(() => streams.prefix(0, 0)).toThrow(RangeError)
})

test("bytes that leave a gap are dropped and overlapping bytes are taken once", () => {
  const streams = new Codestreams(aManifest(1))
  expect(streams.add(0, 5, bytesOf(0).subarray(5))).toBe(false)
  streams.add(0, 0, bytesOf(0).subarray(0, 20))
  expect(streams.add(0, 0, bytesOf(0).subarray(0, 20))).toBe(false)
  expect(streams.add(0, 10, bytesOf(0).subarray(10, 100))).toBe(true)
  expect([...streams.prefix(0, 3)]).toEqual([...bytesOf(0)])
})

test("eviction keeps 1/8 of the far images and everything of the nearest", () => {
  const streams = new Codestreams(aManifest(10))
  for (let i = 0; i < 10; i++) streams.add(i, 0, bytesOf(i))
  expect(streams.held).toBe(1000)
  streams.evict(2, 500)
  expect(streams.held).toBeLessThanOrEqual(500)
  expect([2, 1, 3].map(i => streams.level(i))).toEqual([3, 3, 3])
  expect([9, 8, 7].map(i => streams.level(i))).toEqual([0, 0, 0])
  expect([...streams.prefix(9, 0)]).toEqual([...bytesOf(9).subarray(0, 10)])
})
