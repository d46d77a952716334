import type { AuditEvent } from "@app/api/types"
import { date, timeWithSeconds } from "@app/design/dates"
import { StateBadge } from "@app/design/state-badge"
import { Link } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"
import classes from "./audit.module.css"

/** The trail, newest first; a row becomes a card where the screen is narrow. */
export function AuditTable({ events }: { events: AuditEvent[] }) {
  const { t } = useTranslation()
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          {["at", "who", "what", "object", "outcome", "address"].map(column => (
            <th key={column} scope="col">
              {t(`audit.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {events.map(event => (
          <tr key={event.id}>
            <td className={classes.at}>
              {timeWithSeconds(event.at)} <span>{date(event.at)}</span>
            </td>
            <td>
              {event.person ? (
                <>
                  {event.person.full_name} <span>{event.person.facility}</span>
                </>
              ) : (
                t("audit.nobody")
              )}
            </td>
            <td>{t(`audit_action.${event.action}`, { defaultValue: event.action })}</td>
            <td>
              {event.case_id ? (
                <Link to="/cases/$caseId" params={{ caseId: event.case_id }}>
                  {t("audit.case", { id: event.case_id.slice(0, 8) })}
                </Link>
              ) : (
                <span>{t(`audit_object.${event.object_kind}`, { defaultValue: event.object_kind })}</span>
              )}
            </td>
            <td>
              {event.outcome === "ok" ? (
                t("audit.ok")
              ) : (
                <StateBadge tone="bad">{t("audit.refused")}</StateBadge>
              )}
            </td>
            <td>
              <span>{event.address}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
