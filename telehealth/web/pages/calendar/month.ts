import type { SessionBrief } from "@app/api/types"
import { addDays, day, local, mondayOf } from "@app/design/dates"

/** The dates of a month (`2026-11`) in whole weeks from Monday. */
export function weeksOf(month: string): string[][] {
  const last = day(`${month}-01`).endOf("month").format("YYYY-MM-DD")
  const weeks: string[][] = []
  for (let monday = mondayOf(`${month}-01`); monday <= last; monday = addDays(monday, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, index) => addDays(monday, index)))
  }
  return weeks
}

export const monthOf = (date: string): string => date.slice(0, 7)
export const addMonths = (month: string, count: number): string =>
  day(`${month}-01`).add(count, "month").format("YYYY-MM")

/** Sessions by local date, earliest first. */
export function byDate(sessions: SessionBrief[]): Map<string, SessionBrief[]> {
  const map = new Map<string, SessionBrief[]>()
  for (const session of [...sessions].sort((a, b) => a.starts_at.localeCompare(b.starts_at))) {
    const date = local(session.starts_at).format("YYYY-MM-DD")
    map.set(date, [...(map.get(date) ?? []), session])
  }
  return map
}

/** Minutes in a wall time typed as people do: `14:00`, `14h`, `14h30`, `1430`. Null when it is no time. */
export function parseTime(typed: string): string | null {
  const text = typed.trim().toLowerCase()
  const match = /^(\d{1,2})(?:[:.h ]\s*(\d{2})?)?$/.exec(text) ?? /^(\d{2})(\d{2})$/.exec(text)
  if (!match) return null
  const hours = Number(match[1])
  const minutes = Number(match[2] ?? 0)
  if (hours > 23 || minutes > 59) return null
  return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`
}
