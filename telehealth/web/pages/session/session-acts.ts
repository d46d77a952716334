import type { Person, Session } from "@app/api/types"
import { hasRole, isCoordinator } from "@app/shell/who"

export type SessionAct = "open" | "lock" | "start" | "end" | "postpone" | "cancel"

const ACTS: Partial<Record<Session["state"], SessionAct[]>> = {
  planned: ["open", "postpone", "cancel"],
  open: ["lock", "start", "postpone", "cancel"],
  agenda_locked: ["start", "postpone", "cancel"],
  live: ["end"],
}

/** The step that leads on, if this person may take it; the rest goes into a menu. */
export function acts(session: Session, person: Person): { next: SessionAct | null; others: SessionAct[] } {
  const edits = session.may?.edit ?? isCoordinator(person)
  const leads = session.may?.run ?? hasRole(person, "chair")
  const all = (ACTS[session.state] ?? []).filter(act => (act === "start" || act === "end" ? leads : edits))
  const next = all.find(act => act === "open" || act === "lock") ?? null
  return { next, others: all.filter(act => act !== next) }
}

/** Acts that need a word of explanation to those who wait. */
export const NEEDS_REASON: ReadonlySet<SessionAct> = new Set(["postpone", "cancel"])

const TAKES_PEOPLE_IN = new Set(["planned", "open", "agenda_locked", "live"])
export const hasRoom = (session: Session): boolean => TAKES_PEOPLE_IN.has(session.state)

const AGENDA_MOVES = new Set(["planned", "open", "agenda_locked", "live"])
export const mayOrder = (session: Session, person: Person): boolean =>
  (session.may?.edit ?? isCoordinator(person)) && AGENDA_MOVES.has(session.state)
export const mayTriage = (session: Session, person: Person): boolean =>
  session.may?.triage ?? isCoordinator(person)
/** Those who run a session see the sites' lines until it is over. */
export const mayReadLines = (session: Session, person: Person): boolean =>
  (session.may?.run ?? isCoordinator(person)) && hasRoom(session)
