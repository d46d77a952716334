import { me } from "@app/api/queries"
import type { Person, Role } from "@app/api/types"
import { useSuspenseQuery } from "@tanstack/react-query"

/** The person who is signed in; every page behind the sign-in may ask. */
export const useMe = (): Person => useSuspenseQuery(me).data

export const hasRole = (person: Person, ...roles: Role[]): boolean =>
  roles.some(role => person.roles.includes(role))
export const isCoordinator = (person: Person): boolean =>
  hasRole(person, "hub_coordinator", "chair", "secretary")
export const maySeeAudit = (person: Person): boolean => hasRole(person, "auditor", "sys_admin", "site_admin")
export const mayAdminister = (person: Person): boolean =>
  hasRole(person, "sys_admin", "site_admin", "hub_coordinator")
export const maySubmit = (person: Person): boolean =>
  hasRole(person, "presenter", "treating_doctor", "spoke_coordinator")

/** Vietnamese names are addressed by their last word. */
export const givenName = (fullName: string): string => fullName.trim().split(/\s+/).at(-1) ?? fullName
