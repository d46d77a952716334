/** Shapes of what a case leaves behind: minutes, recordings, deliveries and the audit. */

import type { Id, Instant, IsoDate } from "./person"
import type { Seat } from "./session"

export type Disposition =
  | "treat_locally"
  | "transfer_up"
  | "refer_outpatient"
  | "refer_inpatient"
  | "emergency_local_surgery"

export type MinutesAnswer = { question_id: Id; text: string; answered_by?: string | null }
export type MinutesTask = { text: string; owner: string; due_on: IsoDate | null }

export type MinutesContent = {
  course_summary: string
  discussion: string
  conclusion: string
  next_treatment: string
  diagnosis_after: string
  prognosis: string
  disposition: Disposition | "" | null
  answers: MinutesAnswer[]
  tasks: MinutesTask[]
}

export type Attendance = {
  person_id?: Id
  full_name: string
  title: string
  facility: string
  seat: Seat
  joined_at: Instant | null
  left_at: Instant | null
}

export type Minutes = MinutesContent & {
  case_id: Id
  version: number
  state: "none" | "draft" | "closed"
  saved_at: Instant | null
  saved_by: Id | null
  form: Record<string, unknown>
  attendance: Attendance[]
  images_shown: { study_uid: string; description: string; date: IsoDate | null }[]
  closed_at?: Instant | null
  closed_by?: Id | null
  pdf_sha256?: string | null
  missing: string[]
  may?: Partial<Record<"write" | "close", boolean>>
}

export type Recording = {
  id: Id
  started_at: Instant
  stopped_at: Instant | null
  duration_s: number | null
  state: "recording" | "closing" | "ready" | "failed"
  tracks: { identity: Id; full_name: string; kind: string; offset_s: number; url: string }[]
  timeline_url: string | null
}

export type DeliveryState = "planned" | "sending" | "sent" | "verified" | "needs_person"
export type Delivery = {
  id: Id
  case_id: Id
  case_label: string
  sink: "folder" | "pacs" | "fhir"
  kind: "minutes" | "key_images" | "marks" | "recording" | "bundle"
  state: DeliveryState
  attempts: number
  next_attempt_at: Instant | null
  sha256: string | null
  size: number | null
  receipt: string | null
  sent_at: Instant | null
  verified_at: Instant | null
  error_slug: string | null
  error_detail: string | null
}

export type AuditEvent = {
  id: number
  at: Instant
  person: { id: Id; full_name: string; facility: string } | null
  action: string
  object_kind: string
  object_id: string
  case_id?: Id | null
  outcome: "ok" | "refused"
  address: string | null
  detail: Record<string, unknown>
}
