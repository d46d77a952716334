import type { CaseBrief, CaseState, DeliveryState, SessionState, Urgency } from "@app/api/types"
import { useTranslation } from "react-i18next"
import { StateBadge, type Tone } from "./state-badge"

const SESSION: Record<SessionState, Tone> = {
  planned: "calm",
  open: "active",
  agenda_locked: "active",
  live: "bad",
  ended: "attention",
  minutes_open: "attention",
  archived: "good",
  postponed: "attention",
  cancelled: "calm",
}
const CASE: Record<CaseState, Tone> = {
  draft: "calm",
  submitted: "active",
  returned: "attention",
  accepted: "good",
  scheduled: "good",
  live: "bad",
  concluded: "attention",
  minutes_draft: "attention",
  in_signing: "attention",
  signed: "good",
  delivered: "good",
  followed_up: "good",
  closed: "calm",
  withdrawn: "calm",
  deferred: "attention",
  refused: "calm",
  converted_ad_hoc: "calm",
}
const DELIVERY: Record<DeliveryState, Tone> = {
  planned: "calm",
  sending: "active",
  sent: "active",
  verified: "good",
  needs_person: "bad",
}

export function SessionBadge({ state }: { state: SessionState }) {
  const { t } = useTranslation()
  return <StateBadge tone={SESSION[state]}>{t(`session_state.${state}`)}</StateBadge>
}

export function CaseBadge({ of }: { of: Pick<CaseBrief, "state"> }) {
  const { t } = useTranslation()
  return <StateBadge tone={CASE[of.state]}>{t(`case_state.${of.state}`)}</StateBadge>
}

export function UrgencyBadge({ urgency }: { urgency: Urgency }) {
  const { t } = useTranslation()
  if (urgency === "routine") return null
  const tone: Tone = urgency === "emergency" ? "bad" : "attention"
  return <StateBadge tone={tone}>{t(`urgency.${urgency}`)}</StateBadge>
}

export function DeliveryBadge({ state }: { state: DeliveryState }) {
  const { t } = useTranslation()
  return <StateBadge tone={DELIVERY[state]}>{t(`delivery_state.${state}`)}</StateBadge>
}
