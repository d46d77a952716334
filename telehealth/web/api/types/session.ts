/** Shapes of sessions, their weekly recurrence and the calendar. */

import type { LineReport, LineVerdict } from "@signaling/line-report"
import type { CaseBrief } from "./case"
import type { Id, Instant, IsoDate, Person } from "./person"

export type SessionState =
  | "planned"
  | "open"
  | "agenda_locked"
  | "live"
  | "ended"
  | "minutes_open"
  | "archived"
  | "postponed"
  | "cancelled"

export type Seat = "chair" | "secretary" | "member" | "presenter" | "observer"

export type SessionBrief = {
  id: Id
  series_id?: Id | null
  kind: "weekly" | "ad_hoc"
  title: string
  starts_at: Instant
  ends_at: Instant
  state: SessionState
  hub: { id: Id; name: string }
  case_count: number
  my_seat?: Seat | null
}

export type SessionPerson = { person: Person; seat: Seat; answer: boolean | null; comment?: string }
export type AgendaItem = { case: CaseBrief; order: number; planned_minutes: number }

export type Session = SessionBrief & {
  version: number
  chair: Person | null
  secretary: Person | null
  people: SessionPerson[]
  agenda: AgendaItem[]
  waiting: CaseBrief[]
  total_minutes: number
  slot_minutes: number
  submission_deadline: Instant | null
  may?: Partial<Record<"edit" | "run" | "join" | "triage", boolean>>
}

/** One site of a session and its newest connection test. */
export type SiteLine = {
  facility_id: Id
  facility_name: string
  check: (LineReport & LineVerdict & { checked_at: Instant }) | null
}

/** One case at every site that may see it; bytes of images, seconds left at the measured rate. */
export type CaseReadiness = {
  case_id: Id
  sites: {
    facility_id: Id
    facility_name: string
    state: "complete" | "fetching" | "late" | "stopped" | "nothing"
    held_bytes: number
    total_bytes: number
    rate_bps: number | null
    left_seconds: number | null
    told_at: Instant | null
  }[]
}

type LineDirection = { bps: number; loss: number; jitter_ms: number }

/** One participant's line as the media server measures it; layer 0 is the smallest picture. */
export type LiveLine = {
  identity: Id
  quality: string
  up: LineDirection
  down: LineDirection
  rtt_ms: number | null
  budget_bps: number | null
  pictures: {
    identity: string
    is_screen: boolean
    layer: number | null
    reason: "wished" | "line" | "sender" | "unseen"
  }[]
}

export type Series = {
  id: Id
  title: string
  hub_id: Id
  weekday: number
  start_time: string
  duration_minutes: number
  time_zone: string
  chair_id: Id | null
  secretary_id: Id | null
  active: boolean
  starts_on: IsoDate
}

export type Calendar = {
  sessions: SessionBrief[]
  holidays: { date: IsoDate; name: string }[]
  clashes: { series_id: Id; date: IsoDate; holiday: string; proposals: IsoDate[] }[]
}
