import { ConnectionState, DisconnectReason, type Room, RoomEvent } from "livekit-client"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { FIRST_CHOICE, openPreview } from "../devices"
import { Meeting } from "../meeting"

/** The part of livekit's Room that a Meeting touches. */
class FakeRoom {
  handlers = new Map<string, ((...args: never[]) => void)[]>()
  state: ConnectionState = ConnectionState.Disconnected
  remoteParticipants = new Map()
  canPlaybackAudio = true
  connects = 0
  failing = false
  micError: Error | null = null
  micTries = 0
  localParticipant = {
    identity: "me",
    metadata: '{"full_name":"Bác sĩ Minh","facility":"BV","seat":"chair"}',
    permissions: { canPublish: true },
    isSpeaking: false,
    isMicrophoneEnabled: false,
    isCameraEnabled: false,
    connectionQuality: "good",
    setMicrophoneEnabled: async (on: boolean) => {
      this.micTries++
      if (this.micError) throw this.micError
      this.localParticipant.isMicrophoneEnabled = on
    },
    setCameraEnabled: async (on: boolean) => {
      this.localParticipant.isCameraEnabled = on
    },
    getTrackPublication: (): { videoTrack: object } | undefined => undefined,
  }

  on(event: string, handler: (...args: never[]) => void) {
    this.handlers.set(event, [...(this.handlers.get(event) ?? []), handler])
    return this
  }
  emit(event: string, ...args: unknown[]) {
    for (const handler of this.handlers.get(event) ?? []) handler(...(args as never[]))
  }
  async connect() {
    this.connects++
    if (this.failing) throw new Error("unreachable")
    this.state = ConnectionState.Connected
  }
  async disconnect() {
    this.state = ConnectionState.Disconnected
  }
  drop(reason: DisconnectReason) {
    this.state = ConnectionState.Disconnected
    this.emit(RoomEvent.Disconnected, reason)
  }
}

let room: FakeRoom
let grants: number

const meet = (choice = FIRST_CHOICE) =>
  new Meeting({
    choice,
    newRoom: () => room as unknown as Room,
    grant: async () => {
      grants++
      return { url: "ws://x", token: `t${grants}`, iceServers: [] }
    },
  })

beforeEach(() => {
  vi.useFakeTimers()
  room = new FakeRoom()
  grants = 0
})
afterEach(() => void vi.useRealTimers())

test("joining without devices connects and publishes nothing", async () => {
  const meeting = meet({ mic: false, cam: false, ids: {} })
  await meeting.connect()
  expect(meeting.snapshot).toMatchObject({ status: "connected", mic: false, cam: false })
  expect(meeting.snapshot.people[0]).toMatchObject({ name: "Bác sĩ Minh", seat: "chair", isMe: true })
})

test("a refused microphone is told and does not keep anybody out", async () => {
  room.micError = Object.assign(new Error("no"), { name: "NotAllowedError" })
  const meeting = meet()
  await meeting.connect()
  expect(meeting.snapshot).toMatchObject({ status: "connected", mic: false, cam: true, micTrouble: "denied" })
})

test("a refused microphone is asked for once", async () => {
  room.micError = Object.assign(new Error("no"), { name: "NotAllowedError" })
  await meet().connect()
  expect(room.micTries).toBe(1)
})

test("a microphone whose announcement got lost is announced once more", async () => {
  const enable = room.localParticipant.setMicrophoneEnabled
  room.localParticipant.setMicrophoneEnabled = async on => {
    room.localParticipant.setMicrophoneEnabled = enable
    throw new Error(`signal connection closed before ${on}`)
  }
  const meeting = meet()
  await meeting.connect()
  expect(meeting.snapshot).toMatchObject({ mic: true, micTrouble: null })
})

test("a microphone that fails twice is told, not tried for ever", async () => {
  room.micError = new Error("no answer")
  const meeting = meet()
  await meeting.connect()
  expect(room.micTries).toBe(2)
  expect(meeting.snapshot).toMatchObject({ mic: false, micTrouble: "failed" })
})

test("a microphone switched off meanwhile is not announced again", async () => {
  const meeting = meet({ mic: false, cam: false, ids: {} })
  await meeting.connect()
  const enable = room.localParticipant.setMicrophoneEnabled
  let fail = () => {}
  room.localParticipant.setMicrophoneEnabled = () =>
    new Promise((_, reject) => (fail = () => reject(new Error())))
  const on = meeting.setMic(true)
  room.localParticipant.setMicrophoneEnabled = enable
  const off = meeting.setMic(false)
  fail()
  await Promise.all([on, off])
  expect(meeting.snapshot.mic).toBe(false)
})

test("a lost server is joined again with a fresh grant", async () => {
  const meeting = meet()
  await meeting.connect()
  room.failing = true
  room.drop(DisconnectReason.SERVER_SHUTDOWN)
  expect(meeting.snapshot.status).toBe("away")
  await vi.advanceTimersByTimeAsync(3000)
  room.failing = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(meeting.snapshot.status).toBe("connected")
  expect(grants).toBeGreaterThan(2)
})

test.each([
  [DisconnectReason.DUPLICATE_IDENTITY, "replaced"],
  [DisconnectReason.PARTICIPANT_REMOVED, "removed"],
  [DisconnectReason.ROOM_DELETED, "closed"],
])("reason %s is final: %s", async (reason, status) => {
  const meeting = meet()
  await meeting.connect()
  room.drop(reason)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(meeting.snapshot.status).toBe(status)
  expect(room.connects).toBe(1)
})

test("after close nothing comes back", async () => {
  const meeting = meet()
  await meeting.connect()
  meeting.close()
  room.drop(DisconnectReason.UNKNOWN_REASON)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(room.connects).toBe(1)
})

test("a camera is opened only after its preview is, and let go of", async () => {
  const told: string[] = []
  let found: (stream: MediaStream) => void = () => undefined
  const stream = new Promise<MediaStream>(resolve => {
    found = resolve
  })
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => stream } })
  room.localParticipant.setCameraEnabled = async () => void told.push("opened for the room")
  const preview = { stop: () => told.push("preview stopped") }
  void openPreview("cam", undefined).then(track => track.stop())
  const meeting = meet({ mic: false, cam: true, ids: {} })
  const joined = meeting.connect()
  await vi.advanceTimersByTimeAsync(1000)
  expect(told).toEqual([])
  found({ getTracks: () => [preview] } as unknown as MediaStream)
  await joined
  expect(told).toEqual(["preview stopped", "opened for the room"])
  vi.unstubAllGlobals()
})

test("another track of the same camera is another picture", async () => {
  const meeting = meet({ mic: false, cam: true, ids: {} })
  await meeting.connect()
  for (const videoTrack of [{}, {}]) {
    room.localParticipant.getTrackPublication = () => ({ videoTrack })
    room.emit(RoomEvent.ConnectionStateChanged)
    expect(meeting.snapshot.people[0]?.camera).toBe(videoTrack)
  }
})
