// @vitest-environment node
import createOpenJph, { type OpenJph } from "@cornerstonejs/codec-openjph"
import { beforeAll, describe, expect, test } from "vitest"
import { decodeImage, rescaled } from "../decode"
import type { Level } from "../manifest"

const [ROWS, COLUMNS] = [120, 200]
let codec: OpenJph

beforeAll(async () => {
  codec = await createOpenJph()
})

/** A smooth hill with a step: smooth enough that low levels resemble it, edged enough to catch a shift. */
function picture(): Int16Array {
  return Int16Array.from({ length: ROWS * COLUMNS }, (_, i) => {
    const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS]
    return Math.round(400 * Math.sin(row / 40) + 300 * Math.cos(column / 50) + (column > 100 ? 500 : -200))
  })
}

function encode(pixels: Int16Array): { bytes: Uint8Array; ends: number[] } {
  const encoder = new codec.HTJ2KEncoder()
  const info = {
    width: COLUMNS,
    height: ROWS,
    bitsPerSample: 16,
    componentCount: 1,
    isSigned: true,
    isUsingColorTransform: false,
  }
  encoder.getDecodedBuffer(info).set(new Uint8Array(pixels.buffer))
  encoder.setDecompositions(5)
  encoder.setTLMMarker(true)
  encoder.setTilePartDivisionsAtResolutions(true)
  encoder.setQuality(true, 0)
  encoder.setProgressionOrder(2) // RPCL
  encoder.encode()
  const bytes = encoder.getEncodedBuffer().slice()
  encoder.delete()
  return { bytes, ends: endsOf(bytes) }
}

/** Ends of tile-parts (SOT, ITU-T T.800 A.4.2); the last four are 1/8, 1/4, 1/2 and 1. */
function endsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer)
  const ends: number[] = []
  let at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0x90)
  while (bytes[at] === 0xff && bytes[at + 1] === 0x90) {
    at += view.getUint32(at + 6)
    ends.push(at)
  }
  return [...ends.slice(-4, -1), bytes.length]
}

const wanted = {
  rows: ROWS,
  columns: COLUMNS,
  bitsStored: 16,
  signed: true,
  slope: 1,
  intercept: 0,
  photometric: "MONOCHROME2",
}

describe("decodeImage", () => {
  test("the whole codestream is pixel-exact", () => {
    const { bytes } = encode(picture())
    expect(decodeImage(codec, bytes, 3, wanted).values).toEqual(picture())
  })

  test.each([0, 1, 2] as Level[])(
    "a prefix cut at the end of level %i equals the whole file at that level",
    level => {
      const { bytes, ends } = encode(picture())
      const prefix = decodeImage(codec, bytes.slice(0, ends[level]), level, wanted)
      const whole = decodeImage(codec, bytes, level, wanted)
      expect(prefix.values).toEqual(whole.values)
      expect(prefix.values.length).toBe(ROWS * COLUMNS)
    },
  )

  test.each([0, 1, 2] as Level[])("level %i on the full matrix lies where the lossless image lies", level => {
    const { bytes } = encode(picture())
    const low = decodeImage(codec, bytes, level, wanted).values
    const full = picture()
    const meanDifference = (shift: number) => {
      let sum = 0
      for (let row = 20; row < ROWS - 20; row++)
        for (let column = 20; column < COLUMNS - 20; column++)
          sum += Math.abs(
            (low[row * COLUMNS + column + shift] as number) - (full[row * COLUMNS + column] as number),
          )
      return sum
    }
    const shifts = [-4, -2, -1, 0, 1, 2, 4]
    const best = shifts.reduce((a, b) => (meanDifference(b) < meanDifference(a) ? b : a))
    expect(Math.abs(best)).toBeLessThanOrEqual(level === 0 ? 1 : 0)
  })

  test("a matrix that is not the manifest's is refused", () => {
    const { bytes } = encode(picture())
    expect(() => decodeImage(codec, bytes, 3, { ...wanted, columns: 199 })).toThrow(/is not/)
  })

  test("rubbish is an error, not an image", () => {
    expect(() => decodeImage(codec, new Uint8Array(64), 3, wanted)).toThrow()
  })
})

describe("rescaled", () => {
  test("12-bit CT becomes Hounsfield units in 16 bits, and padding saturates instead of wrapping", () => {
    const header = { ...wanted, bitsStored: 12, signed: false, intercept: -1024 }
    const pixels = rescaled(Uint16Array.from([0, 1024, 4095, 65_535]), header)
    expect(pixels.values).toEqual(Int16Array.from([-1024, 0, 3071, 32_767]))
  })

  test("fractional slopes keep their fractions", () => {
    expect(rescaled(Int16Array.from([3]), { ...wanted, slope: 0.5 }).values).toEqual(Float32Array.from([1.5]))
  })
})
