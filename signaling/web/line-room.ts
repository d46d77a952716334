/** The media part of a connection test: connects each way for itself, then sends and receives for some seconds. */

import { type LocalVideoTrack, type RemoteTrack, Room, RoomEvent, Track } from "livekit-client"
import { type Counters, kbitBetween, type LineStart, lossBetween, type WayFinding } from "./line-report"

const CONNECT_MS = 12_000
/** A sender finds its rate within the first seconds; what counts is what it keeps. */
const WARM_UP_MS = 4_000
const MEASURE_MS = 5_000
const BITS_PER_SECOND = 2_000_000
const [WIDTH, HEIGHT, PICTURES_PER_SECOND] = [640, 360, 20]

export type Flow = {
  readonly kbit_up: number | null
  readonly kbit_down: number | null
  readonly loss_up: number | null
  readonly loss_down: number | null
  readonly rtt_ms: number | null
}
export const NO_FLOW: Flow = { kbit_up: null, kbit_down: null, loss_up: null, loss_down: null, rtt_ms: null }

/** Whether media connects with this token; a relay must carry all of it when `relayed`. */
export async function tryWay(start: LineStart, token: string | null, relayed: boolean): Promise<WayFinding> {
  if (token === null) return "not_tried"
  const room = new Room()
  try {
    await connect(room, start, token, relayed)
    return "ok"
  } catch {
    return "failed"
  } finally {
    await room.disconnect()
  }
}

/** Sends pictures that do not compress to a listener of our own, and compares both ends. */
export async function measureFlow(start: LineStart): Promise<Flow> {
  const [talk, listen] = [new Room(), new Room()]
  const picture = noise()
  try {
    const heard = firstTrack(listen)
    await Promise.all([connect(talk, start, start.talk, false), connect(listen, start, start.listen, false)])
    const sent = await talk.localParticipant.publishTrack(picture.track, {
      source: Track.Source.Camera,
      simulcast: false,
      videoEncoding: { maxBitrate: BITS_PER_SECOND, maxFramerate: PICTURES_PER_SECOND },
    })
    const arrived = await within(heard, CONNECT_MS)
    const both = async () => [await outgoing(sent.videoTrack), await incoming(arrived)] as const
    await wait(WARM_UP_MS)
    const [upBefore, downBefore] = await both()
    await wait(MEASURE_MS)
    const [up, down] = await both()
    return {
      kbit_up: kbitBetween(upBefore, up),
      kbit_down: kbitBetween(downBefore, down),
      loss_up: lossBetween(upBefore, up),
      loss_down: lossBetween(downBefore, down),
      rtt_ms: up.rtt,
    }
  } catch {
    return NO_FLOW
  } finally {
    picture.stop()
    await Promise.all([talk.disconnect(), listen.disconnect()])
  }
}

function connect(room: Room, start: LineStart, token: string, relayed: boolean): Promise<void> {
  const rtcConfig: RTCConfiguration = relayed ? { iceTransportPolicy: "relay" } : {}
  if (start.ice_servers.length > 0) rtcConfig.iceServers = start.ice_servers
  return within(room.connect(start.url, token, { rtcConfig, maxRetries: 0 }), CONNECT_MS)
}

function firstTrack(room: Room): Promise<RemoteTrack> {
  return new Promise(resolve => room.once(RoomEvent.TrackSubscribed, resolve))
}

async function outgoing(track: LocalVideoTrack | undefined): Promise<Counters & { rtt: number | null }> {
  const found = { at: performance.now(), bytes: 0, packets: 0, lost: 0, rtt: null as number | null }
  const report = await track?.getRTCStatsReport()
  report?.forEach((entry: Record<string, unknown>) => {
    if (entry.type === "outbound-rtp") {
      found.bytes += Number(entry.bytesSent)
      found.packets += Number(entry.packetsSent)
    } else if (entry.type === "remote-inbound-rtp") {
      found.lost += Number(entry.packetsLost ?? 0)
      if (typeof entry.roundTripTime === "number") found.rtt = Math.round(entry.roundTripTime * 1000)
    }
  })
  // What was sent contains what was lost; the other end counts what came.
  return { ...found, packets: found.packets - found.lost }
}

async function incoming(track: RemoteTrack): Promise<Counters> {
  const found = { at: performance.now(), bytes: 0, packets: 0, lost: 0 }
  const report = await track.getRTCStatsReport()
  report?.forEach((entry: Record<string, unknown>) => {
    if (entry.type !== "inbound-rtp") return
    found.bytes += Number(entry.bytesReceived)
    found.packets += Number(entry.packetsReceived)
    found.lost += Number(entry.packetsLost ?? 0)
  })
  return found
}

/** Grey snow: no camera picture leaves the site, and the encoder needs all the rate it is given. */
function noise(): { readonly track: MediaStreamTrack; readonly stop: () => void } {
  const canvas = document.createElement("canvas")
  canvas.width = WIDTH
  canvas.height = HEIGHT
  const brush = canvas.getContext("2d")
  const grain = new ImageData(WIDTH / 4, HEIGHT / 4)
  const sheet = document.createElement("canvas")
  const draw = () => {
    for (let at = 0; at < grain.data.length; at += 4) {
      const grey = Math.random() * 255
      grain.data.set([grey, grey, grey, 255], at)
    }
    sheet.getContext("2d")?.putImageData(grain, 0, 0)
    brush?.drawImage(sheet, 0, 0, WIDTH / 4, HEIGHT / 4, 0, 0, WIDTH, HEIGHT)
  }
  draw()
  const timer = setInterval(draw, 1000 / PICTURES_PER_SECOND)
  const [track] = canvas.captureStream(PICTURES_PER_SECOND).getVideoTracks()
  if (!track) throw new Error("a canvas gives a track")
  return {
    track,
    stop: () => {
      clearInterval(timer)
      track.stop()
    },
  }
}

const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too slow")), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
