import { describe, expect, test } from "vitest"
import { centreOut, indexOf, parseManifest } from "../manifest"

const image = {
  sop_uid: "1.2.3.4",
  frame: 1,
  rows: 512,
  columns: 512,
  instance_number: 7,
  position: [0, 0, -5],
  orientation: [1, 0, 0, 0, 1, 0],
  spacing: [0.5, 0.5],
  bits_stored: 12,
  signed: false,
  photometric: "MONOCHROME2",
  slope: 1,
  intercept: -1024,
  window: { center: 40, width: 80 },
  ends: [10, 20, 30, 40],
  offset: 0,
  length: 40,
}
const series = { series_uid: "1.2", study_uid: "1.1", modality: "CT", images: [image], total_bytes: 40 }

describe("parseManifest", () => {
  test("reads what the server writes", () => {
    const manifest = parseManifest(series)
    expect(manifest.images[0]).toMatchObject({ sopUid: "1.2.3.4", ends: [10, 20, 30, 40], intercept: -1024 })
    expect(indexOf(manifest, "1.2.3.4", 1)).toBe(0)
    expect(indexOf(manifest, "1.2.3.4", 2)).toBe(-1)
  })

  test.each([
    ["falling ends", { ends: [20, 10, 30, 40] }],
    ["a last end that is not the length", { ends: [10, 20, 30, 39] }],
    ["no matrix", { rows: 0 }],
    ["a matrix that would eat the memory", { columns: 100_000 }],
    ["no identity", { sop_uid: "" }],
    ["a fractional offset", { offset: 0.5 }],
  ])("refuses %s", (_name, change) => {
    expect(() => parseManifest({ ...series, images: [{ ...image, ...change }] })).toThrow(
      /manifest: \/images\/0/,
    )
  })

  test("an image without a plane or scale says so instead of inventing one", () => {
    const bare = { ...image, position: null, orientation: null, spacing: [0, 0], window: null }
    const [entry] = parseManifest({ ...series, images: [bare] }).images
    expect(entry).toMatchObject({ position: null, orientation: null, spacing: null, window: null })
  })

  test("parallel row and column directions are no orientation", () => {
    const flat = { ...image, orientation: [1, 0, 0, 1, 0, 0] }
    expect(parseManifest({ ...series, images: [flat] }).images[0]?.orientation).toBeNull()
  })
})

test("centreOut visits every image once, nearest first", () => {
  expect(centreOut(1, 5)).toEqual([1, 2, 0, 3, 4])
  expect(centreOut(4, 5)).toEqual([4, 3, 2, 1, 0])
  for (const around of [-3, 0, 50, 99, 140]) expect(new Set(centreOut(around, 100)).size).toBe(100)
})
