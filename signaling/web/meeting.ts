/**
 * The media side of the room: voice and picture by LiveKit's client. Joins without any device, comes back by itself
 * with a fresh grant, and tells everything as one snapshot. Beside the connection test's
 * line-room.ts the only file that knows livekit-client.
 */

import {
  ConnectionState,
  DisconnectReason,
  type Participant,
  Room,
  RoomEvent,
  Track,
  VideoPresets,
} from "livekit-client"
import { type Choice, type DeviceKind, type DeviceTrouble, previewsSettled, troubleOf } from "./devices"
import { factsOf, type MeetingPerson, qualityOf, speakerOf } from "./meeting-people"
import { Voices } from "./voices"

export type Grant = { readonly url: string; readonly token: string; readonly iceServers: RTCIceServer[] }

/** i18n: `signaling:meeting.<status>`; "away" means another try is coming. */
export type MeetingStatus =
  | "connecting"
  | "connected"
  | "reconnecting"
  | "away"
  | "replaced"
  | "removed"
  | "closed"

export type MeetingSnapshot = {
  readonly status: MeetingStatus
  readonly people: readonly MeetingPerson[]
  readonly speaker: string | null
  readonly mic: boolean
  readonly cam: boolean
  readonly micTrouble: DeviceTrouble | null
  readonly camTrouble: DeviceTrouble | null
  /** The browser wants a press before it plays voices. */
  readonly silenced: boolean
}

export type MeetingOptions = {
  /** A new grant for each connection: tokens are short-lived. */
  readonly grant: () => Promise<Grant>
  readonly choice: Choice
  readonly newRoom?: () => Room
}

const FOR_GOOD: { readonly [reason: number]: MeetingStatus } = {
  [DisconnectReason.DUPLICATE_IDENTITY]: "replaced",
  [DisconnectReason.PARTICIPANT_REMOVED]: "removed",
  [DisconnectReason.ROOM_DELETED]: "closed",
}
const RETRY_MS = [500, 1000, 2000, 4000, 8000]

const START: MeetingSnapshot = {
  status: "connecting",
  people: [],
  speaker: null,
  mic: false,
  cam: false,
  micTrouble: null,
  camTrouble: null,
  silenced: false,
}

const CHANGES = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantMetadataChanged,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ConnectionQualityChanged,
  RoomEvent.AudioPlaybackStatusChanged,
  RoomEvent.ConnectionStateChanged,
] as const

/** Speech first; pictures in two layers, small enough for a 2 Mbit/s line. */
export function conferenceRoom(): Room {
  return new Room({
    adaptiveStream: true,
    dynacast: true,
    videoCaptureDefaults: { resolution: VideoPresets.h540.resolution },
    audioCaptureDefaults: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    publishDefaults: {
      simulcast: true,
      videoSimulcastLayers: [VideoPresets.h180, VideoPresets.h360],
      dtx: true,
      red: true,
    },
  })
}

export class Meeting {
  readonly #room: Room
  readonly #listeners = new Set<() => void>()
  readonly #voices = new Voices(() => this.#refresh())
  #snapshot = START
  #choice: Choice
  #closed = false
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(readonly options: MeetingOptions) {
    this.#choice = options.choice
    this.#room = (options.newRoom ?? conferenceRoom)()
    for (const change of CHANGES) this.#room.on(change, () => this.#refresh())
    this.#room.on(RoomEvent.Disconnected, reason => this.#lost(reason))
  }

  get snapshot(): MeetingSnapshot {
    return this.#snapshot
  }

  /** The audible media elements by track, for tests. */
  get voices(): number {
    return this.#voices.size
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async connect(): Promise<void> {
    if (this.#closed) return
    try {
      const { url, token, iceServers } = await this.options.grant()
      if (this.#closed) return
      const rtcConfig = iceServers.length ? { iceServers } : {}
      await this.#room.connect(url, token, { autoSubscribe: true, rtcConfig })
      this.#failures = 0
      this.#refresh()
      await this.#publish()
    } catch {
      this.#later()
    }
  }

  /** Tries at once instead of waiting for the next turn. */
  retryNow(): void {
    clearTimeout(this.#retry)
    if (this.#room.state === ConnectionState.Disconnected) void this.connect()
  }

  async setMic(on: boolean): Promise<void> {
    this.#choice = { ...this.#choice, mic: on }
    await this.#device(
      "micTrouble",
      () => this.#room.localParticipant.setMicrophoneEnabled(on, this.#with("audioinput")),
      () => this.#choice.mic === on,
    )
  }

  async setCam(on: boolean): Promise<void> {
    this.#choice = { ...this.#choice, cam: on }
    await this.#device(
      "camTrouble",
      () => this.#room.localParticipant.setCameraEnabled(on, this.#with("videoinput")),
      () => this.#choice.cam === on,
    )
  }

  async useDevice(kind: DeviceKind, id: string): Promise<void> {
    this.#choice = { ...this.#choice, ids: { ...this.#choice.ids, [kind]: id } }
    const trouble = kind === "videoinput" ? "camTrouble" : "micTrouble"
    await this.#device(
      trouble,
      () => this.#room.switchActiveDevice(kind, id),
      () => this.#choice.ids[kind] === id,
    )
  }

  /** Lets voices sound after a press, where the browser held them back. */
  async listen(): Promise<void> {
    await this.#room.startAudio().catch(() => undefined)
    this.#refresh()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#set({ status: "closed" })
    void this.#room.disconnect()
    this.#voices.close()
    this.#listeners.clear()
  }

  #with(kind: DeviceKind): { deviceId?: string } {
    const deviceId = this.#choice.ids[kind]
    return deviceId ? { deviceId } : {}
  }

  async #publish(): Promise<void> {
    if (!this.#room.localParticipant.permissions?.canPublish) return
    await previewsSettled()
    if (this.#closed) return
    if (this.#choice.mic) await this.setMic(true)
    if (this.#choice.cam) await this.setCam(true)
  }

  /**
   * A device that works but whose announcement got lost, because the signal connection broke just then, is
   * announced once more, unless the person wants otherwise by now.
   */
  async #device(
    trouble: "micTrouble" | "camTrouble",
    act: () => Promise<unknown>,
    stillWanted: () => boolean,
  ): Promise<void> {
    let found = await outcome(act)
    if (found === "failed" && !this.#closed && stillWanted()) found = await outcome(act)
    this.#set({ [trouble]: found })
    this.#refresh()
  }

  #lost(reason: DisconnectReason | undefined): void {
    if (this.#closed) return
    const ending = reason === undefined ? undefined : FOR_GOOD[reason]
    if (ending) this.#set({ status: ending, people: [] })
    else this.#later()
  }

  #later(): void {
    if (this.#closed) return
    this.#set({ status: "away" })
    clearTimeout(this.#retry)
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)]
    this.#retry = setTimeout(() => void this.connect(), wait)
  }

  #refresh(): void {
    if (this.#closed) return
    const room = this.#room
    const me = room.localParticipant
    this.#voices.keep(room.remoteParticipants.values())
    const people = [me, ...room.remoteParticipants.values()]
      .filter(p => p.identity)
      .map(p => personOf(p, p === me))
    this.#set({
      people,
      status: statusOf(room.state, this.#snapshot.status),
      speaker: speakerOf(people, this.#snapshot.speaker),
      mic: me.isMicrophoneEnabled,
      cam: me.isCameraEnabled,
      silenced: !room.canPlaybackAudio && this.#voices.size > 0,
    })
  }

  #set(change: Partial<MeetingSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change }
    for (const listener of this.#listeners) listener()
  }
}

async function outcome(act: () => Promise<unknown>): Promise<DeviceTrouble | null> {
  try {
    await act()
    return null
  } catch (error) {
    return troubleOf(error)
  }
}

function personOf(participant: Participant, isMe: boolean): MeetingPerson {
  const facts = factsOf(participant.metadata)
  return {
    identity: participant.identity,
    name: facts.full_name ?? participant.name ?? "",
    facility: facts.facility ?? "",
    seat: facts.seat ?? "",
    isMe,
    speaking: participant.isSpeaking,
    micOn: participant.isMicrophoneEnabled,
    // Published is not yet here: there is a picture to show only once the track is subscribed.
    camera:
      (participant.isCameraEnabled && participant.getTrackPublication(Track.Source.Camera)?.videoTrack) ||
      null,
    quality: qualityOf(participant.connectionQuality),
  }
}

function statusOf(state: ConnectionState, before: MeetingStatus): MeetingStatus {
  if (state === ConnectionState.Connected) return "connected"
  if (state === ConnectionState.Connecting) return before === "away" ? "away" : "connecting"
  if (state === ConnectionState.Disconnected) return before
  return "reconnecting"
}
