/** Shapes of the HTTP API, as the server sends them: ids, people, facilities. */

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
