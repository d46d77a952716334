/** Shapes of what belongs to a case: record excerpt, documents, uploads and images. */

import type { Id, Instant, IsoDate } from "./person"

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
  name_said: NameSaid | null
  /** May show the patient's name, and is not for this person. */
  withheld: boolean
}

/** What somebody who looked said of the patient's name in pixels or on paper. */
export type NameSaid = "no_name" | "name"

export type UploadTotals = {
  receiving: number
  stored: number
  duplicate: number
  refused: number
}
export type UploadOutcome = {
  id: Id
  name: string
  state: "receiving" | "stored" | "duplicate" | "refused" | "unpacked" | "index"
  reason_slug?: string | null
  sop_uid?: string | null
  entries?: number | null
}

export type ReportBrief = {
  sop_uid: string
  kind: "text" | "pdf"
  title: string
  description: string
  study_date: IsoDate | null
}
/** Of PDFs who may not know the patient learns only how many there are. */
export type Reports = { items: ReportBrief[]; withheld: number }
export type ReportLine = {
  depth: number
  kind: string
  name: string
  value: string
  unit: string
  sop_uid: string
  beside: boolean
  concept: string
  withheld: boolean
}
export type Report = {
  title: string
  at: string
  is_complete: boolean
  is_verified: boolean
  verified_by: string[]
  lines: ReportLine[]
  is_cut: boolean
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
  body_part: string
  frame_of_reference_uid: string
  image_count: number
  published_count: number
  state: "receiving" | "ready" | "failed"
  default_window: { center: number; width: number } | null
  thumbnail_url: string | null
  pictures: {
    sop_uid: string
    frame: number
    frames: number
    laterality: "" | "L" | "R" | "B"
    view_position: string
    image_type: string[]
    patient_orientation: string[]
    for_processing: boolean
    orientation: number[] | null
  }[]
  burned_in: "clear" | "may_show_a_name"
  name_said: NameSaid | null
  withheld: boolean
}
export type Study = {
  study_uid: string
  description: string
  modality: string[]
  study_date: IsoDate | null
  series: ImageSeries[]
  identity: StudyIdentity
}
