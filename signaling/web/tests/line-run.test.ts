import { beforeEach, describe, expect, it, vi } from "vitest"
import type { LineReport, LineStart } from "../line-report"
import { type Progress, runLineCheck } from "../line-run"

const { tryWay, measureFlow } = vi.hoisted(() => ({ tryWay: vi.fn(), measureFlow: vi.fn() }))
vi.mock("../line-room", () => ({
  tryWay,
  measureFlow,
  NO_FLOW: { kbit_up: null, kbit_down: null, loss_up: null, loss_down: null, rtt_ms: null },
}))
vi.mock("../devices", () => ({
  openPreview: async () => ({ stop: () => undefined }),
  listDevices: async () => [{ id: "1", kind: "audiooutput", label: "" }],
  troubleOf: () => "none",
}))

const START: LineStart = {
  url: "ws://x",
  ice_servers: [],
  udp: "udp",
  tcp: "tcp",
  relay: null,
  talk: "talk",
  listen: "listen",
}
const FLOW = { kbit_up: 900, kbit_down: 800, loss_up: 0, loss_down: 0, rtt_ms: 9 }

beforeEach(() => {
  class Tone {
    connect = <T>(to: T) => to
    start = () => undefined
  }
  const context = class {
    state = "running"
    close = async () => undefined
  }
  vi.stubGlobal("AudioContext", context)
  vi.stubGlobal("OscillatorNode", Tone)
  vi.stubGlobal("GainNode", Tone)
  vi.stubGlobal("HTMLMediaElement", { prototype: { setSinkId: () => undefined } })
  measureFlow.mockReset().mockResolvedValue(FLOW)
})

async function run() {
  const stored: LineReport[] = []
  const seen: Progress[] = []
  await runLineCheck(
    {
      begin: async () => START,
      store: async report => {
        stored.push(report)
        return { verdict: "good", advice: "good" }
      },
    },
    progress => seen.push(progress),
  )
  return { report: stored[0], seen }
}

describe("a connection test", () => {
  it("stores every way, in whatever order they answer", async () => {
    const pauses = { udp: 3, tcp: 1, relay: 2 } as Record<string, number>
    tryWay.mockImplementation(async (_: LineStart, token: string | null) => {
      for (let turn = 0; turn < (pauses[token ?? "relay"] ?? 0); turn++) await Promise.resolve()
      return token === null ? "not_tried" : "ok"
    })
    const { report, seen } = await run()
    expect(report).toMatchObject({
      udp: "ok",
      tcp: "ok",
      relay: "not_tried",
      mic: "ok",
      camera: "ok",
      ...FLOW,
    })
    expect(seen.at(-1)?.busy).toEqual([])
  })

  it("does not try to send when every way is closed", async () => {
    tryWay.mockImplementation(async (_: LineStart, token: string | null) => (token ? "failed" : "not_tried"))
    const { report } = await run()
    expect(measureFlow).not.toHaveBeenCalled()
    expect(report).toMatchObject({ udp: "failed", tcp: "failed", kbit_up: null })
  })
})
