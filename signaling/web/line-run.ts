/** The steps of a connection test in the order in which a person sees them happen. */

import { listDevices, openPreview, troubleOf } from "./devices"
import {
  browserName,
  type DeviceFinding,
  type LineReport,
  type LineStart,
  type LineVerdict,
  type WayName,
} from "./line-report"
import { measureFlow, NO_FLOW, tryWay } from "./line-room"

export type Part = "browser" | "mic" | "speaker" | "camera" | WayName | "flow"
export const PARTS: readonly Part[] = ["browser", "mic", "speaker", "camera", "udp", "tcp", "relay", "flow"]

/** Everything known so far; `busy` names what is being tried now. */
export type Progress = { readonly busy: readonly Part[]; readonly found: Partial<LineReport> }

export type LineDoors = {
  readonly begin: () => Promise<LineStart>
  readonly store: (report: LineReport) => Promise<LineVerdict>
}

const BEEP_MS = 500
const BEEP_HZ = 660

/** Runs everything and stores it; rejects only when the server does not answer. */
export async function runLineCheck(
  doors: LineDoors,
  onProgress: (progress: Progress) => void,
): Promise<LineVerdict> {
  let found: Partial<LineReport> = { browser: browserName(navigator.userAgent) }
  const tell = (...busy: Part[]) => onProgress({ busy, found })
  tell("mic")
  found = { ...found, mic: await device("mic") }
  tell("camera")
  found = { ...found, camera: await device("cam") }
  tell("speaker")
  found = { ...found, speaker: await beep() }
  tell("udp", "tcp", "relay")
  const start = await doors.begin()
  const settle = async (name: WayName) => {
    const finding = await tryWay(start, start[name], name === "relay")
    found = { ...found, [name]: finding } // after the wait: the others have added theirs meanwhile
    tell(...(["udp", "tcp", "relay"] as const).filter(each => !(each in found)))
  }
  await Promise.all([settle("udp"), settle("tcp"), settle("relay")])
  tell("flow")
  const ways = [found.udp, found.tcp, found.relay]
  const closed = ways.includes("failed") && !ways.includes("ok")
  found = { ...found, ...(closed ? NO_FLOW : await measureFlow(start)) }
  const verdict = await doors.store(found as LineReport)
  tell()
  return verdict
}

async function device(kind: "mic" | "cam"): Promise<DeviceFinding> {
  try {
    const track = await openPreview(kind, undefined)
    track.stop()
    return "ok"
  } catch (error) {
    return troubleOf(error) === "denied" ? "refused" : "missing"
  }
}

/** A short tone, so that a person hears where voices will come from. */
async function beep(): Promise<DeviceFinding> {
  const context = new AudioContext()
  try {
    const tone = new OscillatorNode(context, { frequency: BEEP_HZ })
    tone.connect(new GainNode(context, { gain: 0.15 })).connect(context.destination)
    tone.start()
    await new Promise(resolve => setTimeout(resolve, BEEP_MS))
    if (context.state !== "running") return "refused"
    const devices = await listDevices()
    // Browsers that cannot choose an output list none; then a running context has to do.
    const lists = "setSinkId" in HTMLMediaElement.prototype
    return !lists || devices.some(each => each.kind === "audiooutput") ? "ok" : "missing"
  } finally {
    await context.close()
  }
}
