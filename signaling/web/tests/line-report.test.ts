import { describe, expect, it } from "vitest"
import { browserName, type Counters, kbitBetween, lossBetween } from "../line-report"

const at = (ms: number, bytes: number, packets = 0, lost = 0): Counters => ({ at: ms, bytes, packets, lost })

describe("rates", () => {
  it("are bits of the time between", () => expect(kbitBetween(at(1000, 0), at(6000, 1_000_000))).toBe(1600))
  it("are none when nothing flowed", () => expect(kbitBetween(at(0, 5), at(5000, 5))).toBeNull())
  it("are none without time between", () => expect(kbitBetween(at(0, 0), at(0, 5))).toBeNull())
})

describe("losses", () => {
  it("are a share of what should have come", () =>
    expect(lossBetween(at(0, 0, 100, 5), at(1, 0, 190, 15))).toBe(0.1))
  it("are none when nothing should have come", () => expect(lossBetween(at(0, 0), at(1, 0))).toBeNull())
  it("never fall below nought when late packets come after all", () =>
    expect(lossBetween(at(0, 0, 0, 9), at(1, 0, 10, 3))).toBe(0))
})

describe("browsers", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
  it.each([
    [chrome, "Chrome 140"],
    [`${chrome} Edg/139.0.1`, "Edge 139"],
    ["Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128"],
    ["Mozilla/5.0 (Macintosh) AppleWebKit/605 (KHTML, like Gecko) Version/17.4 Safari/605", "Safari 17"],
    ["a fax machine", ""],
  ])("%s", (agent, name) => expect(browserName(agent)).toBe(name))
})
