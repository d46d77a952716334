import type { SessionBrief } from "@app/api/types"
import { countdown, longDate, span } from "@app/design/dates"
import { useNow } from "@app/design/use-now"
import { useRoomAhead } from "@app/room/program"
import { Button } from "@mantine/core"
import { IconDoorEnter } from "@tabler/icons-react"
import { Link } from "@tanstack/react-router"
import type { TFunction } from "i18next"
import { useTranslation } from "react-i18next"
import classes from "./next-session.module.css"

const ROOM_OPENS_MINUTES = 60

export const isNear = (session: SessionBrief, now: number): boolean =>
  session.state === "live" || countdown(session.starts_at, now).minutes <= ROOM_OPENS_MINUTES

function left(t: TFunction, session: SessionBrief, now: number): string {
  if (session.state === "live") return t("week.live")
  const { key, count, rest } = countdown(session.starts_at, now)
  if (key === "hours" && rest === 0) return t("week.in_full_hours", { count })
  return t(`week.in_${key}`, { count, minutes: rest })
}

/** When it is, how long until then, and the door. */
export function NextSession({ session }: { session: SessionBrief }) {
  const { t } = useTranslation()
  const now = useNow()
  useRoomAhead(isNear(session, now))
  return (
    <section className={classes.card} aria-label={t("week.next")}>
      <div>
        <h2 className={classes.title}>{session.title}</h2>
        <div className={classes.countdown} role="timer">
          {left(t, session, now)}
        </div>
        <div className={classes.when}>
          {longDate(session.starts_at)} · {span(session.starts_at, session.ends_at)}
        </div>
        <div className={classes.facts}>
          <span>{session.hub.name}</span>
          <span>{t("session.case_count", { count: session.case_count })}</span>
          <span>{t(`session_state.${session.state}`)}</span>
          {session.my_seat && <span>{t("week.my_seat", { seat: t(`seat.${session.my_seat}`) })}</span>}
        </div>
      </div>
      <div className={classes.buttons}>
        <Button
          component={Link}
          to={`/room/${session.id}`}
          size="lg"
          color="yellow.4"
          c="dark.9"
          variant={isNear(session, now) ? "filled" : "white"}
          leftSection={<IconDoorEnter size={22} aria-hidden />}
        >
          {t("session.enter_room")}
        </Button>
        <Button component={Link} to={`/sessions/${session.id}`} variant="outline" color="gray.0">
          {t("week.see_session")}
        </Button>
      </div>
    </section>
  )
}
