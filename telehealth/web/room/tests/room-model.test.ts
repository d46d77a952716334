import type { LiveHappening, LiveSnapshot } from "@signaling/live-log"
import { applyEvent, EMPTY_STATE, type LiveEvent, type LiveState } from "@signaling/live-state"
import type { ViewportState, ViewState } from "@viewer/view-state"
import { expect, test } from "vitest"
import { type Log, RoomModel } from "../room-model"

const viewport: ViewportState = {
  study_uid: "1",
  series_uid: "2",
  sop_uid: "3.1",
  frame: 1,
  window: { center: 40, width: 80 },
  zoom: 1,
  pan: [0, 0],
  rotation: 0,
  flip_h: false,
  flip_v: false,
  invert: false,
  cine_fps: null,
  plane: "acquired",
  cut_mm: 0,
}
const view = (sop: string): ViewState => ({
  layout: 1,
  active: 0,
  viewports: [{ ...viewport, sop_uid: sop }],
  linked: false,
})
const sop = (room: RoomModel) => room.snapshot.view?.viewports[0]?.sop_uid

/** The live log as the model sees it; the test plays the server. */
function fakeLog() {
  let listener: (happening: LiveHappening) => void = () => {}
  let seq = 0
  const sent: unknown[] = []
  const log = {
    snapshot: {
      status: "connecting",
      state: EMPTY_STATE,
      presence: [],
      pointers: {},
      seq: null,
    } as unknown as LiveSnapshot,
    on: (listen: typeof listener) => {
      listener = listen
      return () => {}
    },
    submit: (kind: string, body: object) => {
      sent.push({ kind, body })
      return Promise.resolve({ result: "stored", seq: 1 })
    },
    changeView: (shown: unknown) => void sent.push(shown),
    dropView: () => {},
    point: () => {},
  }
  const set = (change: Partial<LiveSnapshot>) => {
    log.snapshot = { ...log.snapshot, ...change }
    listener({ type: "changed", snapshot: log.snapshot })
  }
  return {
    log: log as unknown as Log,
    sent,
    set,
    welcome: (state: Partial<LiveState>) => set({ status: "live", state: { ...EMPTY_STATE, ...state } }),
    event: (kind: string, by: string, body: object) => {
      const event = { seq: ++seq, at: "2026-11-26T07:00:00Z", by, kind, body } as LiveEvent
      set({ state: applyEvent(log.snapshot.state, event) })
      listener({ type: "event", event, missed: false })
    },
  }
}

test("a late joiner stands where the room stands", () => {
  const { log, welcome } = fakeLog()
  const room = new RoomModel(log, "me")
  welcome({ case_id: "c1", view: view("3.4"), control: "presenter" })
  expect(sop(room)).toBe("3.4")
  expect(room.snapshot.mode).toBe("following")
})

test("the presenter's moves arrive, and nothing goes back", () => {
  const { log, welcome, event, sent } = fakeLog()
  const room = new RoomModel(log, "me")
  welcome({ case_id: "c1", control: "presenter" })
  event("view_changed", "presenter", { view: view("3.2") })
  expect(sop(room)).toBe("3.2")
  expect(sent).toEqual([])
})

test("control given to me presents what I see, and my moves go out", () => {
  const { log, welcome, event, sent } = fakeLog()
  const room = new RoomModel(log, "me")
  welcome({ case_id: "c1", control: "chair", view: view("3.2") })
  event("control_granted", "chair", { identity: "me" })
  room.controller.change(view("3.3"))
  expect(sent).toEqual([view("3.2"), view("3.3")])
  expect(room.snapshot.said).toMatchObject({ key: "control_granted", who: "me" })
})

test("the next case brings its own view, or none, to everybody", () => {
  const { log, welcome, event } = fakeLog()
  const room = new RoomModel(log, "me")
  welcome({ case_id: "c1", control: "me", view: view("3.2") })
  event("case_opened", "chair", { case_id: "c2", view: view("9.1"), marks: [], key_images: [] })
  expect(sop(room)).toBe("9.1")
  event("case_opened", "chair", { case_id: "c3", view: null, marks: [], key_images: [] })
  expect(room.snapshot.view).toBeNull()
  expect(room.snapshot.mode).toBe("following")
})

test("coming back tells how long one was away and the holder's screen stays", () => {
  let now = 1000
  const { log, welcome, set } = fakeLog()
  const room = new RoomModel(log, "me", () => now)
  welcome({ case_id: "c1", control: "me", view: view("3.2") })
  room.controller.change(view("3.9"))
  set({ status: "waiting" })
  now += 48_000
  welcome({ case_id: "c1", control: "me", view: view("3.2") })
  expect(sop(room)).toBe("3.9")
  expect(room.snapshot.back).toEqual({ awayMs: 48_000, at: now })
})

test("a mark that cannot be drawn is left out, the others stay", () => {
  const { log, welcome } = fakeLog()
  const room = new RoomModel(log, "me")
  const good = {
    id: "a",
    by: "x",
    kind: "length",
    sop_uid: "3.1",
    frame: 1,
    points: [
      [1, 1],
      [5, 5],
    ],
  }
  welcome({ case_id: "c1", marks: [good, { id: "b", by: "x", kind: "spiral" }] })
  expect(room.snapshot.marks.map(mark => mark.id)).toEqual(["a"])
})
