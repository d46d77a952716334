/** What a person may do in the room now, and which of it is the one next thing: pure. */

import type { AgendaItem, CaseBrief } from "@app/api/types"
import type { LiveState } from "@signaling/live-state"

export type ControlAct = "release" | "take" | "request" | "withdraw" | "none"

export type Standing = {
  readonly me: string
  readonly seat: string | null
  readonly state: LiveState
  readonly presenterOfCase: string | null
}

/** The one button of control (CT2 to CT5). */
export function controlAct({ me, seat, state, presenterOfCase }: Standing): ControlAct {
  if (state.case_id === null || seat === "observer" || seat === null) return "none"
  if (state.control === me) return "release"
  if (seat === "chair") return "take"
  if (state.control === null && presenterOfCase === me) return "take"
  return state.control_requests.includes(me) ? "withdraw" : "request"
}

export const mayGrant = ({ me, seat, state }: Standing): boolean => seat === "chair" || state.control === me

export type NextStep =
  | { readonly type: "start"; readonly first: AgendaItem | null }
  | { readonly type: "open"; readonly item: AgendaItem }
  | { readonly type: "end" }
  | { readonly type: "none" }

/** The chair's primary button: start, each case in order, end. */
export function nextStep(
  state: LiveState,
  agenda: readonly AgendaItem[],
  opened: ReadonlySet<string>,
): NextStep {
  const ordered = [...agenda].sort((a, b) => a.order - b.order)
  if (state.session_state === "ended") return { type: "none" }
  if (state.session_state === "planned") return { type: "start", first: ordered[0] ?? null }
  const at = ordered.findIndex(item => item.case.id === state.case_id)
  const later = at >= 0 ? ordered.slice(at + 1) : ordered.filter(item => !opened.has(item.case.id))
  const item = later[0]
  return item ? { type: "open", item } : { type: "end" }
}

export type Place = {
  readonly order: number
  readonly total: number
  readonly case: CaseBrief
  readonly planned: number
}

/** Case n of N as people count: by place on the agenda, not by the stored number. */
export function placeOf(agenda: readonly AgendaItem[], caseId: string | null): Place | null {
  const ordered = [...agenda].sort((a, b) => a.order - b.order)
  const index = ordered.findIndex(item => item.case.id === caseId)
  const item = ordered[index]
  return item
    ? { order: index + 1, total: ordered.length, case: item.case, planned: item.planned_minutes }
    : null
}

/** What somebody without a right to the open case is told: whose it is, and where their own part is. */
export type Aside = { readonly whose: "another" | "own_hospital"; readonly part: "over" | "later" | "none" }

export function asideOf(
  agenda: readonly AgendaItem[],
  caseId: string | null,
  me: { readonly id: string; readonly facilityId: string },
): Aside {
  const open = agenda.find(item => item.case.id === caseId)
  const whose = open?.case.facility.id === me.facilityId ? "own_hospital" : "another"
  const mine = agenda.filter(item => item.case.presenter.id === me.id)
  if (!open || mine.length === 0) return { whose, part: "none" }
  return { whose, part: mine.some(item => item.order > open.order) ? "later" : "over" }
}

export type RecordAct = {
  readonly act: "start" | "stop" | "none"
  readonly why: "consent" | "case" | "seat" | null
}

/** Recording is the chair's and secretary's, and only with the patient's consent. */
export function recordAct(state: LiveState, seat: string | null, mayRecord: boolean): RecordAct {
  if (seat !== "chair" && seat !== "secretary") return { act: "none", why: "seat" }
  if (state.recording) return { act: "stop", why: null }
  if (state.case_id === null) return { act: "none", why: "case" }
  return mayRecord ? { act: "start", why: null } : { act: "none", why: "consent" }
}

/** `07:40`, or `1:02:03` beyond an hour; never below zero when clocks differ. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60]
  const two = (n: number) => String(n).padStart(2, "0")
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`
}

export type LineState = "good" | "weak" | "voice_away" | "log_away" | "both_away"

/** The state of my line in one word: the log carries the work, the voice the talk. */
export function lineState(log: string, voice: string, quality: string): LineState {
  const logAway = log !== "live"
  const voiceAway = voice === "away" || voice === "reconnecting" || quality === "lost"
  if (logAway) return voiceAway ? "both_away" : "log_away"
  if (voiceAway) return "voice_away"
  return quality === "weak" ? "weak" : "good"
}

const COLORS = ["#e0b341", "#5fb7d9", "#e08a5f", "#8fc069", "#b493d6", "#5fc7b0", "#d99a3d", "#7da7e8"]

/** The same person has the same colour at every site: by place among those invited, in a fixed order. */
export function personColor(invited: readonly string[], identity: string): string {
  const place = [...invited].sort().indexOf(identity)
  return COLORS[(place + COLORS.length) % COLORS.length] ?? ""
}
