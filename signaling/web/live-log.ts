/**
 * The browser's side of the live log: connects and returns, resends what was not answered, and holds the
 * shared state. No DOM; a page draws `snapshot` and listens to `on`.
 */

import { type Ending, LiveLink, type SocketLike } from "./live-link"
import { LiveOutbox, type Outcome } from "./live-outbox"
import {
  applyEvent,
  EMPTY_STATE,
  type EventKind,
  type LiveEvent,
  type LiveState,
  type LiveView,
} from "./live-state"
import {
  type ClientMessage,
  type Pointer,
  type Presence,
  type Problem,
  parseServerMessage,
  type ServerMessage,
  type Welcome,
} from "./live-wire"
import { browserTimers, Throttle, type Timers } from "./throttle"

export type LiveStatus = "connecting" | "live" | "waiting" | Ending

export type LiveSnapshot = {
  readonly status: LiveStatus
  readonly identity: string | null
  readonly seat: string | null
  readonly seq: number | null
  readonly state: LiveState
  readonly presence: readonly Presence[]
  /** Who points where now, by identity. */
  readonly pointers: { readonly [identity: string]: Pointer }
  /** Events of ours that the server has not answered. */
  readonly unanswered: number
  readonly roundTripMs: number | null
}

export type LiveHappening =
  | { readonly type: "changed"; readonly snapshot: LiveSnapshot }
  /** One stored event, in order; `missed` when it happened while we were away. */
  | { readonly type: "event"; readonly event: LiveEvent; readonly missed: boolean }
  | { readonly type: "pointer"; readonly by: string; readonly pointer: Pointer }
  | { readonly type: "refused"; readonly id: string; readonly kind: string; readonly problem: Problem }

export type LiveLogOptions = {
  /** ws(s):// address of /live/{session}; asked anew at each attempt. */
  readonly url: () => string
  readonly open?: (url: string) => SocketLike
  readonly timers?: Timers
  readonly random?: () => number
  readonly newId?: () => string
}

export const VIEW_GAP_MS = 1000 / 15
export const POINTER_GAP_MS = 1000 / 20
export const POINTER_RENEW_MS = 2_000
export const POINTER_LIFE_MS = 5_000

type PointerMessage = Extract<ServerMessage, { readonly type: "pointer" }>

const OFFLINE: LiveSnapshot = {
  status: "connecting",
  identity: null,
  seat: null,
  seq: null,
  state: EMPTY_STATE,
  presence: [],
  pointers: {},
  unanswered: 0,
  roundTripMs: null,
}

export class LiveLog {
  #snapshot = OFFLINE
  #listeners = new Set<(happening: LiveHappening) => void>()
  #outbox = new LiveOutbox()
  #link: LiveLink
  #timers: Timers
  #newId: () => string
  #views: Throttle<LiveView>
  #pointing: Throttle<Pointer>
  #cancelRenewal: (() => void) | null = null
  #cancelExpiry = new Map<string, () => void>()

  constructor(options: LiveLogOptions) {
    this.#timers = options.timers ?? browserTimers
    this.#newId = options.newId ?? (() => crypto.randomUUID())
    const open = options.open ?? (url => new WebSocket(url) as SocketLike)
    const events = {
      opened: () => this.#send({ type: "hello", last_seq: this.#snapshot.seq }),
      message: (data: unknown) => this.#receive(parseServerMessage(data)),
      lost: () => this.#change({ status: "waiting" }),
      ended: (ending: Ending) => this.#end(ending),
      beat: () => this.#beat(),
    }
    const random = options.random ?? Math.random
    this.#link = new LiveLink(() => open(options.url()), events, this.#timers, random)
    this.#views = new Throttle(VIEW_GAP_MS, view => void this.submit("view_changed", { view }), this.#timers)
    this.#pointing = new Throttle(POINTER_GAP_MS, pointer => this.#sendPointer(pointer), this.#timers)
  }

  get snapshot(): LiveSnapshot {
    return this.#snapshot
  }

  /** Listens to everything that happens; returns a function that stops it. */
  on(listener: (happening: LiveHappening) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  connect(): void {
    this.#link.connect()
  }

  /** Tries again at once: the browser is online again, or the page woke up. */
  retryNow(): void {
    this.#link.retryNow()
  }

  close(): void {
    this.#link.close()
  }

  /** Writes a durable event; kept and sent again until the server has answered. */
  submit(kind: EventKind, body: object = {}): Promise<Outcome> {
    const event = { id: this.#newId(), kind, body }
    const outcome = this.#outbox.add(event)
    if (this.#snapshot.status === "live") this.#send({ type: "event", ...event })
    else this.#outbox.compact()
    this.#change({})
    return outcome
  }

  /** Shows a view to all: at most 15 a second, the last one always (VS3). */
  changeView(view: LiveView): void {
    this.#views.offer(view)
  }

  /** Forgets a view not sent yet: control went to somebody else. */
  dropView(): void {
    this.#views.drop()
  }

  /** Shows our pointer: at most 20 a second; a visible one is renewed (PT5). */
  point(pointer: Pointer): void {
    this.#pointing.offer(pointer)
  }

  #send(message: ClientMessage): void {
    this.#link.send(JSON.stringify(message))
  }

  #sendPointer(pointer: Pointer): void {
    this.#cancelRenewal?.()
    this.#cancelRenewal = null
    if (this.#snapshot.status === "live") this.#send({ type: "pointer", ...pointer })
    if (!pointer.visible) return
    this.#cancelRenewal = this.#timers.after(POINTER_RENEW_MS, () => this.#sendPointer(pointer))
  }

  #beat(): void {
    if (this.#snapshot.status === "live") this.#send({ type: "ping", t: this.#timers.now() })
  }

  #receive(message: ServerMessage | null): void {
    switch (message?.type) {
      case "welcome":
        this.#welcomed(message)
        break
      case "event":
        this.#happened(message)
        break
      case "ack":
        this.#acknowledged(message.id, message.seq)
        break
      case "refused":
        this.#refused(message.id, message.problem)
        break
      case "presence":
        this.#change({ presence: message.people })
        break
      case "pointer":
        this.#pointed(message)
        break
      case "pong":
        this.#change({ roundTripMs: this.#timers.now() - message.t })
        break
    }
  }

  #welcomed(welcome: Welcome): void {
    const { identity, seat, seq, state, presence } = welcome
    const missed = this.#snapshot.seq === null ? [] : (welcome.events ?? [])
    this.#link.settled()
    this.#change({ status: "live", identity, seat, seq, state, presence })
    for (const event of missed) this.#tell({ type: "event", event, missed: true })
    this.#outbox.compact()
    for (const event of this.#outbox.all()) this.#send({ type: "event", ...event })
  }

  #happened({ type: _type, ...event }: { readonly type: "event" } & LiveEvent): void {
    const { seq, state } = this.#snapshot
    if (seq === null || event.seq <= seq) return
    if (event.seq !== seq + 1) {
      this.#link.retryNow() // a hole: the next welcome fills it
      return
    }
    const stored = event as LiveEvent
    this.#change({ seq: stored.seq, state: applyEvent(state, stored) })
    this.#tell({ type: "event", event: stored, missed: false })
  }

  #refused(id: string, problem: Problem): void {
    const event = this.#outbox.settle(id, { result: "refused", problem })
    this.#change({})
    if (event) this.#tell({ type: "refused", id, kind: event.kind, problem })
  }

  #acknowledged(id: string, seq: number): void {
    this.#outbox.settle(id, { result: "stored", seq })
    this.#change({})
  }

  #pointed({ type: _type, by, ...pointer }: PointerMessage): void {
    this.#cancelExpiry.get(by)?.()
    this.#cancelExpiry.delete(by)
    if (pointer.visible) {
      this.#cancelExpiry.set(
        by,
        this.#timers.after(POINTER_LIFE_MS, () => this.#hide(by)),
      )
      this.#change({ pointers: { ...this.#snapshot.pointers, [by]: pointer } })
    } else {
      this.#hide(by)
    }
    this.#tell({ type: "pointer", by, pointer })
  }

  #hide(by: string): void {
    const { [by]: _gone, ...pointers } = this.#snapshot.pointers
    this.#change({ pointers })
  }

  #end(ending: Ending): void {
    this.#views.drop()
    this.#pointing.drop()
    this.#cancelRenewal?.()
    for (const cancel of this.#cancelExpiry.values()) cancel()
    this.#outbox.close()
    this.#change({ status: ending })
  }

  #change(change: Partial<LiveSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change, unanswered: this.#outbox.size }
    this.#tell({ type: "changed", snapshot: this.#snapshot })
  }

  #tell(happening: LiveHappening): void {
    for (const listener of this.#listeners) listener(happening)
  }
}
