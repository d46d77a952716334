/** Shapes of the hospital's PACS: its peers, what they hold, and what is fetched from them. */

import type { Id, Instant, IsoDate } from "./person"

export type CasePeer = { id: Id; name: string; retrieve: Retrieve }
export type Retrieve = "move" | "get" | "web"
export type PacsStudy = {
  study_uid: string
  study_date: IsoDate | null
  description: string
  modality: string[]
  accession_number: string
  image_count: number | null
  patient_id: string
  patient_name: string
  patient_birth_date: string
  patient_sex: string
  identity: "match" | "mismatch" | "missing"
  in_case: boolean
  arrived_at?: Instant | null
}
export type PullState = "waiting" | "running" | "done" | "partial" | "stalled" | "failed"
export type Pull = {
  id: Id
  study_uid: string
  description: string
  peer_name: string
  state: PullState
  reason_slug: string | null
  expected: number | null
  arrived: number
  failed: number
  requested_at: Instant
}
export type PacsPeer = {
  id: Id
  facility_id: Id
  name: string
  ae_title: string
  host: string
  port: number
  tls: boolean
  retrieve: Retrieve
  dicomweb_url: string
  dicomweb_user: string
  has_password: boolean
}
export type PacsPeers = { items: PacsPeer[]; own: { ae_title: string; port: number; tls_port: number } }
export type PeerCheck = { answered: boolean; reason_slug?: string | null }

/** A hospital's gateway and what it last told; `trouble` is a slug, empty when all is well. */
export type Gateway = {
  id: Id
  facility_id: Id
  name: string
  enrolled_at: Instant | null
  code_until: Instant | null
  seen_at: Instant | null
  waiting_files: number
  waiting_bytes: number
  refused_files: number
  trouble: string
  /** Whole series kept for browsers of its hospital; null where that is not set up. */
  near_packs: number | null
  near_bytes: number
}
/** The code is shown once. */
export type GatewayCode = { gateway: Gateway; code: string }
