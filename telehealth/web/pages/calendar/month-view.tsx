import type { Calendar, SessionBrief } from "@app/api/types"
import { longDay, weekdayName } from "@app/design/dates"
import { useTranslation } from "react-i18next"
import classes from "./calendar.module.css"
import { byDate, monthOf } from "./month"
import { SessionChip } from "./session-chip"

type Props = { data: Calendar; weeks: string[][]; month: string | null; today: string }

/** Whole weeks from Monday; holidays by name. `month` greys the days outside of it. */
export function WeeksTable({ data, weeks, month, today }: Props) {
  const sessions = byDate(data.sessions)
  const holidays = new Map(data.holidays.map(each => [each.date, each.name]))
  const cell = (date: string) => {
    const holiday = holidays.get(date)
    const names = [
      month && monthOf(date) !== month ? classes.other : "",
      holiday ? classes.holiday : "",
      date === today ? classes.today : "",
    ]
    return (
      <td key={date} className={names.join(" ")} aria-current={date === today ? "date" : undefined}>
        <time dateTime={date} className={classes.date} title={longDay(date)}>
          {Number(date.slice(8))}
        </time>
        {holiday && <span className={classes.holidayName}>{holiday}</span>}
        {(sessions.get(date) ?? []).map(session => (
          <SessionChip key={session.id} session={session} />
        ))}
      </td>
    )
  }
  return (
    <table className={classes.month}>
      <thead>
        <tr>
          {[0, 1, 2, 3, 4, 5, 6].map(index => (
            <th key={index} scope="col">
              {weekdayName(index)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map(week => (
          <tr key={week[0]}>{week.map(cell)}</tr>
        ))}
      </tbody>
    </table>
  )
}

/** The same days as a list, for a narrow screen: only days on which something is. */
export function DaysList({ data, weeks, month, today }: Props) {
  const { t } = useTranslation()
  const sessions: Map<string, SessionBrief[]> = byDate(data.sessions)
  const holidays = new Map(data.holidays.map(each => [each.date, each.name]))
  const dates = weeks
    .flat()
    .filter(date => (!month || monthOf(date) === month) && (sessions.has(date) || holidays.has(date)))
  if (dates.length === 0) return <p>{t("calendar.nothing")}</p>
  return (
    <ul className={classes.list}>
      {dates.map(date => (
        <li key={date} aria-current={date === today ? "date" : undefined}>
          <span className={classes.listDay}>{longDay(date)}</span>
          {holidays.has(date) && <span className={classes.holidayName}>{holidays.get(date)}</span>}
          {(sessions.get(date) ?? []).map(session => (
            <SessionChip key={session.id} session={session} />
          ))}
        </li>
      ))}
    </ul>
  )
}
