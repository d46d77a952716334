import type { CaseBrief, Delivery, Id, Person, SessionBrief } from "@app/api/types"
import { hasRole } from "@app/shell/who"

export type Todo =
  | { kind: "returned"; case: CaseBrief }
  | { kind: "identity"; case: CaseBrief }
  | { kind: "triage"; session: SessionBrief; count: number }
  | { kind: "minutes"; case: CaseBrief }
  | { kind: "archive"; count: number }

const WAITS_FOR_MINUTES = new Set(["concluded", "minutes_draft"])

/** What waits for this person, most urgent first. */
export function todo(
  person: Person,
  cases: CaseBrief[],
  sessions: SessionBrief[],
  stuck: Delivery[],
): Todo[] {
  const mine = (item: CaseBrief) => item.presenter.id === person.id || item.facility.id === person.facility.id
  const own = cases.filter(mine)
  const writes = hasRole(person, "secretary", "chair")
  const coordinates = hasRole(person, "hub_coordinator", "chair")
  const waiting = (session: SessionBrief) =>
    cases.filter(item => item.session_id === session.id && item.state === "submitted").length
  const triage = [...sessions]
    .sort((a, b) => a.starts_at.localeCompare(b.starts_at))
    .map(session => ({ kind: "triage" as const, session, count: waiting(session) }))
    .filter(each => each.count > 0)
  return [
    ...own.filter(item => item.state === "returned").map(item => ({ kind: "returned" as const, case: item })),
    ...own
      .filter(item => item.missing.includes("identity"))
      .map(item => ({ kind: "identity" as const, case: item })),
    ...(coordinates ? triage : []),
    ...(writes
      ? cases
          .filter(item => WAITS_FOR_MINUTES.has(item.state))
          .map(item => ({ kind: "minutes" as const, case: item }))
      : []),
    ...(stuck.length > 0 && hasRole(person, "hub_coordinator", "sys_admin", "site_admin", "secretary")
      ? [{ kind: "archive" as const, count: stuck.length }]
      : []),
  ]
}

const OVER = new Set(["ended", "minutes_open", "archived", "cancelled", "postponed"])

/** The session that is running, else the next to come. */
export function nextSession(sessions: SessionBrief[], now: number): SessionBrief | null {
  const ahead = sessions.filter(
    each => !OVER.has(each.state) && (each.state === "live" || Date.parse(each.ends_at) > now),
  )
  const byStart = [...ahead].sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at))
  return byStart.find(each => each.state === "live") ?? byStart[0] ?? null
}

/** The weekly session that a case begun now would go to. */
export function takingCases(sessions: SessionBrief[], now: number): SessionBrief | null {
  const weekly = sessions.filter(each => each.kind === "weekly" && Date.parse(each.starts_at) > now)
  const open = weekly.filter(each => each.state === "planned" || each.state === "open")
  return [...open].sort((a, b) => a.starts_at.localeCompare(b.starts_at))[0] ?? null
}

const OPEN_ORDER = [
  "returned",
  "draft",
  "submitted",
  "accepted",
  "scheduled",
  "live",
  "concluded",
  "minutes_draft",
]

/** Cases that still move, those that wait for their author first. */
export function openCases(cases: CaseBrief[], id: Id): CaseBrief[] {
  const rank = (item: CaseBrief) => OPEN_ORDER.indexOf(item.state) + (item.presenter.id === id ? 0 : 100)
  return cases.filter(item => OPEN_ORDER.includes(item.state)).sort((a, b) => rank(a) - rank(b))
}
