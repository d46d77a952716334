import { expect, test } from "vitest"
import type { Level } from "../manifest"
import { farStep, type Looking, nearStep, travelOrder } from "../scheduler"
import { aManifest } from "./a-series"

const at = (current: number, more: Partial<Looking> = {}): Looking => ({
  current,
  direction: 1,
  resting: false,
  ...more,
})

test("the image on screen comes at 1/4 first and lossless once the eye rests", () => {
  expect(nearStep(at(5), () => null)).toEqual({ type: "image", index: 5, to: 1 })
  expect(nearStep(at(5), () => 1)).toBeNull()
  expect(nearStep(at(5, { resting: true }), () => 1)).toEqual({ type: "image", index: 5, to: 3 })
  expect(nearStep(at(5, { resting: true }), () => 3)).toBeNull()
})

test("the far lane makes the whole stack scroll before any image is lossless", () => {
  const manifest = aManifest(40)
  const held: (Level | null)[] = Array.from({ length: 40 }, () => null)
  const seen: string[] = []
  for (let i = 0; i < 200; i++) {
    const step = farStep(manifest, at(20), index => held[index] ?? null, true)
    if (!step) break
    seen.push(step.type === "stage" ? `stage ${step.stage}` : `image ${step.index} to ${step.to}`)
    if (step.type === "stage") held.fill(step.stage)
    else held[step.index] = step.to
  }
  expect(seen.slice(0, 6)).toEqual([
    "stage 0",
    "stage 1",
    "image 20 to 3",
    "image 21 to 3",
    "image 22 to 3",
    "image 19 to 3",
  ])
  expect(held.every(level => level === 3)).toBe(true)
})

test("a few missing images come by range instead of one more stream for the whole stack", () => {
  const step = farStep(aManifest(40), at(20), index => (index === 3 ? null : 1), true)
  expect(step).toEqual({ type: "image", index: 3, to: 0 })
})

test("without room for lossless the stack still scrolls", () => {
  expect(farStep(aManifest(40), at(20), () => null, false)).toMatchObject({ type: "stage", stage: 0 })
  expect(farStep(aManifest(40), at(20), () => 1, false)).toBeNull()
})

test("travel goes three ahead for one behind and ends at both ends", () => {
  expect(travelOrder(at(5), 10).slice(0, 8)).toEqual([5, 6, 7, 4, 8, 9, 3, 2])
  expect(travelOrder(at(5, { direction: -1 }), 10).slice(0, 4)).toEqual([5, 4, 3, 6])
  for (const current of [0, 5, 9]) expect(new Set(travelOrder(at(current), 10)).size).toBe(10)
})
