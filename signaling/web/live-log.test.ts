import { describe, expect, it } from "vitest"
import { PING_MS, SILENCE_MS, type SocketLike } from "./live-link"
import { LiveLog, POINTER_LIFE_MS, POINTER_RENEW_MS } from "./live-log"
import { EMPTY_STATE } from "./live-state"
import type { ClientMessage } from "./live-wire"

class FakeTimers {
  time = 0
  #waiting = new Set<{ at: number; run: () => void }>()

  now = () => this.time

  after = (ms: number, run: () => void) => {
    const entry = { at: this.time + ms, run }
    this.#waiting.add(entry)
    return () => {
      this.#waiting.delete(entry)
    }
  }

  advance(ms: number) {
    const until = this.time + ms
    for (;;) {
      const next = [...this.#waiting].filter(entry => entry.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#waiting.delete(next)
      this.time = next.at
      next.run()
    }
    this.time = until
  }
}

class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((message: { readonly data: unknown }) => void) | null = null
  onclose: ((close: { readonly code: number }) => void) | null = null
  sent: ClientMessage[] = []
  closed = false

  send(text: string) {
    this.sent.push(JSON.parse(text))
  }

  close() {
    this.closed = true
  }

  says(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
}

function start() {
  const timers = new FakeTimers()
  const sockets: FakeSocket[] = []
  let ids = 0
  const log = new LiveLog({
    url: () => "ws://test/live/1",
    open: () => {
      sockets.push(new FakeSocket())
      return sockets.at(-1) as FakeSocket
    },
    timers,
    random: () => 1,
    newId: () => `id-${++ids}`,
  })
  const heard: string[] = []
  log.on(happening => {
    if (happening.type === "event") heard.push(`${happening.event.seq}${happening.missed ? " missed" : ""}`)
    if (happening.type === "refused") heard.push(`refused ${happening.kind}`)
  })
  const socket = () => sockets.at(-1) as FakeSocket
  const welcome = (seq: number, more: object = {}) => {
    socket().onopen?.()
    socket().says({
      type: "welcome",
      session_id: "s",
      identity: "an",
      seat: "chair",
      seq,
      state: EMPTY_STATE,
      presence: [],
      ...more,
    })
  }
  log.connect()
  return { log, timers, sockets, socket, welcome, heard }
}

const chat = (seq: number, text: string) => ({
  type: "event",
  seq,
  at: "2026-11-26T07:00:00.000Z",
  by: "binh",
  kind: "chat_message",
  body: { text },
})
const pointer = { viewport: 0, sop_uid: "1.2", frame: 1, at: [1, 2] as const, visible: true }
const kinds = (socket: FakeSocket) => socket.sent.map(message => message.type)

describe("connection", () => {
  it("LC1 says hello with nothing applied, then is live on the welcome", () => {
    const { log, socket, welcome } = start()
    welcome(7)
    expect(socket().sent[0]).toEqual({ type: "hello", last_seq: null })
    expect(log.snapshot).toMatchObject({ status: "live", seq: 7, identity: "an", seat: "chair" })
  })

  it("LC3 returns with the last number and tells what it missed", () => {
    const { timers, sockets, socket, welcome, heard } = start()
    welcome(7)
    socket().says(chat(8, "một"))
    socket().onclose?.({ code: 1006 })
    timers.advance(200)
    expect(sockets).toHaveLength(2)
    welcome(9, { events: [chat(9, "hai")] })
    expect(socket().sent[0]).toEqual({ type: "hello", last_seq: 8 })
    expect(heard).toEqual(["8", "9 missed"])
  })

  it("backs off up to ten seconds and starts again small after a welcome", () => {
    const { timers, sockets, socket, welcome } = start()
    for (const wait of [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]) {
      const before = sockets.length
      socket().onclose?.({ code: 1006 })
      timers.advance(wait - 1)
      expect(sockets).toHaveLength(before)
      timers.advance(1)
      expect(sockets).toHaveLength(before + 1)
    }
    welcome(0)
    socket().onclose?.({ code: 1012 })
    timers.advance(200)
    expect(kinds(socket())).toEqual([])
  })

  it.each([
    [4400, "fault"],
    [4401, "signed-out"],
    [4403, "not-allowed"],
    [4409, "replaced"],
    [4413, "fault"],
  ])("stays away after %d", (code, status) => {
    const { log, timers, sockets, socket, welcome } = start()
    welcome(0)
    socket().onclose?.({ code })
    timers.advance(60_000)
    expect(log.snapshot.status).toBe(status)
    expect(sockets).toHaveLength(1)
  })

  it("waits longest after a flood", () => {
    const { timers, sockets, socket, welcome } = start()
    welcome(0)
    socket().onclose?.({ code: 4429 })
    timers.advance(9_999)
    expect(sockets).toHaveLength(1)
    timers.advance(1)
    expect(sockets).toHaveLength(2)
  })

  it("measures the round trip and leaves a silent line", () => {
    const { log, timers, sockets, socket, welcome } = start()
    welcome(0)
    timers.advance(PING_MS)
    expect(socket().sent.at(-1)).toEqual({ type: "ping", t: PING_MS })
    timers.advance(30)
    socket().says({ type: "pong", t: PING_MS })
    expect(log.snapshot.roundTripMs).toBe(30)
    timers.advance(SILENCE_MS + PING_MS)
    expect(sockets[0]?.closed).toBe(true)
    expect(sockets.length).toBeGreaterThan(1)
  })

  it("returns at once when told that the line is back", () => {
    const { log, sockets, socket, welcome } = start()
    welcome(0)
    socket().onclose?.({ code: 1006 })
    log.retryNow()
    expect(sockets).toHaveLength(2)
  })

  it("ignores what it cannot read", () => {
    const { log, socket, welcome } = start()
    welcome(3)
    for (const data of ["", "[]", "null", "{}", '{"type":"event","seq":"4"}', new ArrayBuffer(2)])
      socket().onmessage?.({ data })
    expect(log.snapshot).toMatchObject({ status: "live", seq: 3 })
  })
})

describe("events", () => {
  it("LL3 applies events in order, once", () => {
    const { log, socket, welcome, heard } = start()
    welcome(1)
    socket().says(chat(2, "một"))
    socket().says(chat(2, "một"))
    expect(heard).toEqual(["2"])
    expect(log.snapshot.state.chat.map(message => message.text)).toEqual(["một"])
  })

  it("LL1 returns for what is missing when a number is left out", () => {
    const { log, sockets, socket, welcome } = start()
    welcome(1)
    socket().says(chat(3, "ba"))
    expect(sockets).toHaveLength(2)
    expect(log.snapshot.seq).toBe(1)
  })

  it("LL4 sends what was not answered again, with the same id, until it is", async () => {
    const { log, timers, socket, welcome } = start()
    welcome(0)
    const outcome = log.submit("chat_message", { text: "chào" })
    expect(log.snapshot.unanswered).toBe(1)
    const sent = { type: "event", id: "id-1", kind: "chat_message", body: { text: "chào" } }
    expect(socket().sent.at(-1)).toEqual(sent)
    socket().onclose?.({ code: 1006 })
    timers.advance(200)
    welcome(1)
    expect(socket().sent.at(-1)).toEqual(sent)
    socket().says({ type: "ack", id: "id-1", seq: 1 })
    expect(await outcome).toEqual({ result: "stored", seq: 1 })
    expect(log.snapshot.unanswered).toBe(0)
  })

  it("LL6 tells a refusal with its problem", async () => {
    const { log, socket, welcome, heard } = start()
    welcome(0)
    const outcome = log.submit("control_taken")
    const problem = { type: "/problems/not-allowed" }
    socket().says({ type: "refused", id: "id-1", problem })
    expect(await outcome).toEqual({ result: "refused", problem })
    expect(heard).toEqual(["refused control_taken"])
  })

  it("VS3 sends at most fifteen views a second, and the last one", () => {
    const { log, timers, socket, welcome } = start()
    welcome(0)
    for (let ms = 0; ms < 1000; ms += 5) {
      log.changeView({ slice: ms })
      timers.advance(5)
    }
    timers.advance(100)
    const views = socket().sent.filter(message => message.type === "event")
    expect(views.length).toBeLessThanOrEqual(16)
    expect(views.length).toBeGreaterThan(12)
    expect(views.at(-1)).toMatchObject({ body: { view: { slice: 995 } } })
  })

  it("VS4 after an absence only the newest view is sent, other events all", async () => {
    const { log, timers, socket, welcome } = start()
    welcome(0)
    const first = log.submit("view_changed", { view: { slice: 1 } })
    socket().onclose?.({ code: 1006 })
    log.submit("hand_raised")
    log.submit("view_changed", { view: { slice: 2 } })
    timers.advance(200)
    welcome(0)
    expect(await first).toEqual({ result: "superseded" })
    expect(socket().sent.slice(1)).toEqual([
      { type: "event", id: "id-2", kind: "hand_raised", body: {} },
      { type: "event", id: "id-3", kind: "view_changed", body: { view: { slice: 2 } } },
    ])
  })

  it("answers everything that waits when it is closed", async () => {
    const { log, timers, sockets, welcome } = start()
    welcome(0)
    const outcome = log.submit("hand_raised")
    log.close()
    expect(await outcome).toEqual({ result: "closed" })
    timers.advance(60_000)
    expect(sockets).toHaveLength(1)
    expect(sockets[0]?.closed).toBe(true)
  })
})

describe("pointers", () => {
  it("PT3 sends at most twenty a second, and the last one", () => {
    const { log, timers, socket, welcome } = start()
    welcome(0)
    for (let ms = 0; ms < 1000; ms += 4) {
      log.point({ ...pointer, at: [ms, 0] })
      timers.advance(4)
    }
    timers.advance(60)
    const sent = socket().sent.filter(message => message.type === "pointer")
    expect(sent.length).toBeLessThanOrEqual(21)
    expect(sent.at(-1)).toMatchObject({ at: [996, 0] })
  })

  it("PT5 renews a visible pointer, not a hidden one", () => {
    const { log, timers, socket, welcome } = start()
    welcome(0)
    log.point(pointer)
    timers.advance(POINTER_RENEW_MS * 2)
    const count = () => kinds(socket()).filter(type => type === "pointer").length
    expect(count()).toBe(3)
    log.point({ ...pointer, visible: false })
    timers.advance(POINTER_RENEW_MS * 2)
    expect(count()).toBe(4)
  })

  it("PT5 hides a pointer that is not renewed, and one that says so", () => {
    const { log, timers, socket, welcome } = start()
    welcome(0)
    const by = (name: string, visible: boolean) => ({ type: "pointer", by: name, ...pointer, visible })
    socket().says(by("binh", true))
    socket().says(by("chi", true))
    expect(Object.keys(log.snapshot.pointers)).toEqual(["binh", "chi"])
    socket().says(by("chi", false))
    expect(Object.keys(log.snapshot.pointers)).toEqual(["binh"])
    timers.advance(POINTER_LIFE_MS)
    expect(log.snapshot.pointers).toEqual({})
  })

  it("keeps the presence list", () => {
    const { log, socket, welcome } = start()
    welcome(0)
    const people = [
      { identity: "an", full_name: "", facility: "", seat: "chair", online: true, joined_at: "" },
    ]
    socket().says({ type: "presence", people })
    expect(log.snapshot.presence).toEqual(people)
  })
})
