import type { SessionBrief } from "@app/api/types"
import { span } from "@app/design/dates"
import { Link } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"
import classes from "./calendar.module.css"

const OVER = new Set(["ended", "minutes_open", "archived", "cancelled", "postponed"])

/** One session on its day: time, title, cases, state in words. */
export function SessionChip({ session }: { session: SessionBrief }) {
  const { t } = useTranslation()
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: session.id }}
      className={classes.session}
      data-kind={session.kind}
      data-over={OVER.has(session.state) || undefined}
      data-cancelled={session.state === "cancelled" || undefined}
    >
      <span className={classes.sessionTime}>{span(session.starts_at, session.ends_at)}</span>
      <span className={classes.sessionTitle}>{session.title}</span>
      <span>
        {t("session.case_count", { count: session.case_count })} · {t(`session_state.${session.state}`)}
      </span>
    </Link>
  )
}
