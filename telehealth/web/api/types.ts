/** Shapes of the HTTP API, as the server sends them. Instants are ISO 8601 UTC, dates YYYY-MM-DD. */

export type Id = string
export type Instant = string
export type IsoDate = string
export type Items<T> = { items: T[]; next?: string | null }

export type Role =
  | "sys_admin"
  | "site_admin"
  | "hub_coordinator"
  | "spoke_coordinator"
  | "presenter"
  | "treating_doctor"
  | "chair"
  | "secretary"
  | "specialist"
  | "technician"
  | "observer"
  | "auditor"

export type Facility = { id: Id; code: string; name: string; site_role: "hub" | "spoke"; care_level?: string }

export type Person = {
  id: Id
  username: string
  full_name: string
  title: string
  facility: Facility
  specialty: string
  roles: Role[]
  locale: "vi" | "en"
}

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

export type CaseState =
  | "draft"
  | "submitted"
  | "returned"
  | "accepted"
  | "scheduled"
  | "live"
  | "concluded"
  | "minutes_draft"
  | "in_signing"
  | "signed"
  | "delivered"
  | "followed_up"
  | "closed"
  | "withdrawn"
  | "deferred"
  | "refused"
  | "converted_ad_hoc"

export type Missing =
  | "patient"
  | "reason"
  | "questions"
  | "summary"
  | "specialties"
  | "consent"
  | "images"
  | "excerpt"
  | "identity"
  | "contract"

export type Sex = "M" | "F" | "U"
export type Urgency = "routine" | "priority" | "emergency"
export type ConsultationReason =
  | "beyond_capability"
  | "uncertain_diagnosis"
  | "not_improving"
  | "progressing_badly"
  | "treatment_choice"
  | "emergency"

export type CaseBrief = {
  id: Id
  session_id?: Id | null
  order?: number | null
  state: CaseState
  facility: { id: Id; name: string }
  presenter: { id: Id; full_name: string }
  patient: { display_name: string; age: number | null; sex: Sex; masked_id: string }
  diagnosis_text: string
  specialties: string[]
  urgency: Urgency
  missing: Missing[]
  consent: "none" | "consent" | "emergency"
  may_record: boolean
  study_count: number
  image_count: number
  /** True while consent is missing and the reader is elsewhere: nothing of the patient is sent. */
  withheld?: boolean
}

export type PatientFull = {
  full_name: string
  birth_date: IsoDate | null
  birth_date_precision: "day" | "month" | "year"
  sex: Sex
  personal_id_number: string
  health_insurance_number: string
  local_patient_code: string
  address: string
}

export type Encounter = {
  medical_record_no: string
  admission_no: string
  department: string
  room: string
  bed: string
  admitted_on: IsoDate | null
}

export type Diagnosis = { main_icd10: string; main_text: string; other: { icd10: string; text: string }[] }
export type Question = { id: Id; number: number; text: string }

/** What the presenter types; every field of it may be sent in a PATCH. */
export type CaseContent = {
  patient_full: PatientFull | null
  encounter: Encounter
  diagnosis: Diagnosis
  consultation_reason: ConsultationReason | null
  reason_text: string
  clinical_summary: string
  treatment_so_far: string
  questions: Question[]
  specialties: string[]
  urgency: Urgency
  no_images: boolean
}

export type Consent = ConsentForm & {
  withdrawn_at?: Instant | null
  withdrawal_reason?: string
  filed_at?: Instant
}

export type ConsentForm = {
  basis: "consent" | "emergency"
  given_by: "patient" | "guardian"
  giver_name?: string | null
  relation?: string | null
  method: "signed_paper" | "e_signature" | "verbal_witnessed"
  given_at: Instant
  share: boolean
  record: boolean
  teaching: boolean
  emergency_reason?: string | null
  confirmed_by?: string | null
}

export type CaseMay = Partial<
  Record<
    | "read"
    | "edit"
    | "see_identity"
    | "submit"
    | "withdraw"
    | "accept"
    | "return"
    | "refuse"
    | "upload"
    | "consent"
    | "confirm_identity"
    | "write_minutes"
    | "close_minutes"
    | "read_minutes"
    | "play_recording"
    | "deliver"
    | "record",
    boolean
  >
>

export type Case = CaseBrief &
  CaseContent & {
    version: number
    saved_at: Instant
    return_reason?: string | null
    consent_record?: Consent | null
    warnings?: { pointer: string; slug: string; detail: string }[]
    may: CaseMay
  }

export type LabFlag = "" | "L" | "H" | "LL" | "HH"
export type Lab = {
  name: string
  value: string
  unit: string
  range: string
  flag: LabFlag
  taken_at: string | null
}
export type Medicine = {
  name: string
  dose: string
  route: string
  since: string | null
  stopped_on?: string | null
}
export type AllergyState = "none_known" | "recorded" | "not_asked"

export type ExcerptContent = {
  labs: Lab[]
  medicines: Medicine[]
  history: { own: string; family: string; allergy_state: AllergyState; allergies: string }
  vitals: Record<string, string>
  as_of: Instant | null
}
export type Excerpt = ExcerptContent & { version: number; source: string; saved_at?: Instant | null }

export type CaseDocument = {
  id: Id
  name: string
  size: number
  sha256: string
  pages: number | null
  added_at: Instant
  added_by: Id
}

export type UploadOutcome = {
  id: Id
  name: string
  state: "receiving" | "stored" | "duplicate" | "refused" | "unpacked" | "index"
  reason_slug?: string | null
  sop_uid?: string | null
  entries?: number | null
}

export type IdentityDifference = {
  field: "patient_id" | "birth_date" | "sex"
  in_image: string | null
  in_case: string | null
}
export type StudyIdentity = {
  status: "match" | "mismatch" | "confirmed" | "missing"
  differences: IdentityDifference[]
  confirmed_by?: string | null
  confirmed_at?: Instant | null
}
export type ImageSeries = {
  series_uid: string
  number: number | null
  modality: string
  description: string
  image_count: number
  state: "receiving" | "ready" | "failed"
  default_window: { center: number; width: number } | null
  thumbnail_url: string | null
}
export type Study = {
  study_uid: string
  description: string
  modality: string[]
  study_date: IsoDate | null
  series: ImageSeries[]
  identity: StudyIdentity
}

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
