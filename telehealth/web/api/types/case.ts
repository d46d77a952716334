/** Shapes of a case: its state, what the presenter types, and the consent. */

import type { Id, Instant, IsoDate } from "./person"

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
  /** Shown for teaching: only its hospital, the chair and the secretary see who it is. */
  identity_hidden: boolean
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
    | "hide_identity"
    | "judge_pixels"
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
