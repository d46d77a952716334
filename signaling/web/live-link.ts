/** A WebSocket that comes back: back-off with jitter, heartbeat, and close codes that mean "stay away". */

import type { Timers } from "./throttle"

export type SocketLike = {
  onopen: (() => void) | null
  onmessage: ((message: { readonly data: unknown }) => void) | null
  onclose: ((close: { readonly code: number }) => void) | null
  send(text: string): void
  close(code?: number): void
}

/** Why a connection ended for good. */
export type Ending = "fault" | "signed-out" | "not-allowed" | "replaced" | "closed"

export type LinkEvents = {
  readonly opened: () => void
  readonly message: (data: unknown) => void
  readonly lost: (retryInMs: number) => void
  readonly ended: (ending: Ending) => void
  /** Called every PING_MS while open. */
  readonly beat: () => void
}

const FIRST_RETRY_MS = 200
const LONGEST_RETRY_MS = 10_000
export const PING_MS = 5_000
/** Two heartbeats and a bit: a line this silent is down, whatever TCP still hopes. */
export const SILENCE_MS = 12_000
const FLOOD = 4429
const ENDINGS: { readonly [code: number]: Ending } = {
  4400: "fault",
  4401: "signed-out",
  4403: "not-allowed",
  4409: "replaced",
  4413: "fault",
}

export class LiveLink {
  #socket: SocketLike | null = null
  #cancelTimer: (() => void) | null = null
  #attempts = 0
  #heardAt = 0
  #ended = false

  constructor(
    readonly open: () => SocketLike,
    readonly events: LinkEvents,
    readonly timers: Timers,
    readonly random: () => number,
  ) {}

  connect(): void {
    if (this.#ended || this.#socket) return
    this.#cancelTimer?.()
    const socket = this.open()
    this.#socket = socket
    this.#heardAt = this.timers.now()
    this.#watch(socket)
    socket.onopen = () => this.events.opened()
    socket.onmessage = ({ data }) => {
      this.#heardAt = this.timers.now()
      this.events.message(data)
    }
    socket.onclose = ({ code }) => this.#closed(socket, code)
  }

  send(text: string): void {
    this.#socket?.send(text)
  }

  /** The server welcomed us: the next loss starts with the shortest wait again. */
  settled(): void {
    this.#attempts = 0
  }

  /** Drops the socket and returns at once, for example when the browser says the line is back. */
  retryNow(): void {
    this.#abandon()
    this.connect()
  }

  close(ending: Ending = "closed"): void {
    if (this.#ended) return
    this.#ended = true
    this.#abandon()
    this.events.ended(ending)
  }

  #closed(socket: SocketLike, code: number): void {
    if (socket !== this.#socket) return
    const ending = ENDINGS[code]
    if (ending) this.close(ending)
    else this.#lose(code === FLOOD ? LONGEST_RETRY_MS : this.#nextDelay())
  }

  #nextDelay(): number {
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempts++)
    return longest * (0.5 + this.random() / 2)
  }

  #lose(retryInMs: number): void {
    this.#abandon()
    this.events.lost(retryInMs)
    this.#cancelTimer = this.timers.after(retryInMs, () => this.connect())
  }

  #watch(socket: SocketLike): void {
    this.#cancelTimer = this.timers.after(PING_MS, () => {
      if (socket !== this.#socket) return
      if (this.timers.now() - this.#heardAt > SILENCE_MS) {
        this.#lose(this.#nextDelay())
      } else {
        this.events.beat()
        this.#watch(socket)
      }
    })
  }

  #abandon(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const socket = this.#socket
    this.#socket = null
    if (!socket) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }
}
