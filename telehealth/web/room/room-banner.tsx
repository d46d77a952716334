/** Whose case it is, which of how many, how long, whether we record, how the line is. */

import type { Case, Id, Session } from "@app/api/types"
import { PatientBanner } from "@app/design/patient-banner"
import { TeachingSwitch } from "@app/design/teaching-switch"
import type { LiveSnapshot } from "@signaling/live-log"
import type { MeetingSnapshot } from "@signaling/meeting"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { type Aside, clock, lineState, type Place } from "./acts"
import classes from "./room.module.css"

type Props = {
  readonly session: Session
  readonly place: Place | null
  /** The case as this person may see it; null until it is read. */
  readonly papers: Case | null
  /** The case belongs to others: this person hears, and sees no patient. */
  readonly withheld: Aside | null
  readonly live: LiveSnapshot
  readonly media: MeetingSnapshot
  readonly me: Id
  readonly tv: boolean
}

export function RoomBanner({ session, place, papers, withheld, live, media, me, tv }: Props) {
  const { t } = useTranslation("room")
  const quality = media.people.find(person => person.identity === me)?.quality ?? "unknown"
  const line = lineState(live.status, media.status, quality)
  const facts = (
    <>
      {place && <CaseClock since={live.state.case_opened_at} planned={place.planned} />}
      {live.state.recording && (
        <span className={classes.rec} data-recording={live.state.recording.id}>
          <i aria-hidden="true" />
          {t("recording")}
        </span>
      )}
      <span className={classes.line} data-line={line}>
        {t(`line.${line}`)}
      </span>
    </>
  )
  if (place && !withheld)
    return (
      <PatientBanner
        of={papers ?? place.case}
        order={place.order}
        total={place.total}
        {...(papers?.may.hide_identity && !tv && { teaching: <TeachingSwitch of={papers} brief /> })}
      >
        {facts}
      </PatientBanner>
    )
  return (
    <header className={classes.plainBanner} data-withheld={withheld !== null || undefined}>
      <strong>{withheld ? t(`withheld.${withheld.whose}`) : session.title}</strong>
      <span>
        {place
          ? t("withheld.banner", {
              order: place.order,
              total: place.total,
              facility: place.case.facility.name,
            })
          : session.hub.name}
      </span>
      <span className={classes.facts}>{facts}</span>
    </header>
  )
}

const TICK_MS = 1_000

function CaseClock({ since, planned }: { readonly since: string | null; readonly planned: number }) {
  const { t } = useTranslation("room")
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  if (!since) return null
  const spent = now - Date.parse(since)
  return (
    <span className={classes.clock} data-over={spent > planned * 60_000 || undefined} title={t("clock")}>
      {clock(spent)}/{clock(planned * 60_000)}
    </span>
  )
}
