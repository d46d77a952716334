/** Messages of the live log's WebSocket (docs/live-log.md). */

import type { LiveEvent, LiveState } from "./live-state"

export type Presence = {
  readonly identity: string
  readonly full_name: string
  readonly facility: string
  readonly seat: string
  readonly online: boolean
  readonly joined_at: string
}

export type Problem = { readonly type: string; readonly title?: string; readonly [member: string]: unknown }

/** `at` is (column, row) in image pixels, the centre of the first pixel at 0.5, 0.5. */
export type Pointer = {
  readonly viewport: number
  readonly sop_uid: string
  readonly frame: number
  readonly at: readonly [number, number]
  readonly visible: boolean
}

export type Welcome = {
  readonly type: "welcome"
  readonly session_id: string
  readonly identity: string
  readonly seat: string
  readonly seq: number
  readonly state: LiveState
  readonly presence: readonly Presence[]
  readonly events?: readonly LiveEvent[]
}

export type ServerMessage =
  | Welcome
  | ({ readonly type: "event" } & LiveEvent)
  | { readonly type: "ack"; readonly id: string; readonly seq: number }
  | { readonly type: "refused"; readonly id: string; readonly problem: Problem }
  | { readonly type: "presence"; readonly people: readonly Presence[] }
  | ({ readonly type: "pointer"; readonly by: string } & Pointer)
  | { readonly type: "pong"; readonly t: number }

export type ClientMessage =
  | { readonly type: "hello"; readonly last_seq: number | null }
  | { readonly type: "event"; readonly id: string; readonly kind: string; readonly body: object }
  | ({ readonly type: "pointer" } & Pointer)
  | { readonly type: "ping"; readonly t: number }

const FIELDS: { readonly [type: string]: { readonly [field: string]: string } } = {
  welcome: { seq: "number", state: "object", presence: "object", identity: "string", seat: "string" },
  event: { seq: "number", at: "string", by: "string", kind: "string", body: "object" },
  ack: { id: "string", seq: "number" },
  refused: { id: "string", problem: "object" },
  presence: { people: "object" },
  pointer: { by: "string", sop_uid: "string", frame: "number", at: "object", visible: "boolean" },
  pong: { t: "number" },
}

/** One message of the server; null for what an older page does not know. */
export function parseServerMessage(text: unknown): ServerMessage | null {
  if (typeof text !== "string") return null
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof message !== "object" || message === null) return null
  const fields = message as { readonly [field: string]: unknown }
  const expected = FIELDS[String(fields.type)]
  if (!expected) return null
  const whole = Object.entries(expected).every(
    ([name, type]) => typeof fields[name] === type && fields[name] !== null,
  )
  return whole ? (message as ServerMessage) : null
}
