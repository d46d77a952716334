import dayjs from "dayjs"
import timezone from "dayjs/plugin/timezone"
import utc from "dayjs/plugin/utc"
import i18n from "i18next"

dayjs.extend(utc)
dayjs.extend(timezone)

/** All hospitals of the network keep one clock; a traveller's laptop must not move a session. */
export const ZONE = "Asia/Ho_Chi_Minh"

type At = string | number | Date | dayjs.Dayjs

export const local = (at: At): dayjs.Dayjs => dayjs(at).tz(ZONE)
/** A plain calendar date, free of any zone. */
export const day = (date: string): dayjs.Dayjs => dayjs.utc(date)
export const today = (now: At = Date.now()): string => local(now).format("YYYY-MM-DD")

/** `14:02` */
export const time = (at: At): string => local(at).format("HH:mm")
/** `14:02:09` */
export const timeWithSeconds = (at: At): string => local(at).format("HH:mm:ss")
/** `26/11/2026` of an instant */
export const date = (at: At): string => local(at).format("DD/MM/YYYY")
/** `26/11/2026` of a calendar date */
export const plainDate = (value: string | null | undefined): string =>
  value ? day(value).format("DD/MM/YYYY") : ""
/** `14:02, 26/11/2026` */
export const dateTime = (at: At): string => `${time(at)}, ${date(at)}`

/** `Thứ Năm` for 0 = Monday … 6 = Sunday */
export const weekdayName = (weekday: number): string => i18n.t(`dates.weekday.${weekday}`)
export const weekdayShort = (weekday: number): string => i18n.t(`dates.weekday_short.${weekday}`)
/** 0 = Monday … 6 = Sunday */
export const weekdayOf = (value: string): number => (day(value).day() + 6) % 7

/** `Thứ Năm, 26/11/2026` of a calendar date */
export const longDay = (value: string): string => `${weekdayName(weekdayOf(value))}, ${plainDate(value)}`
/** `Thứ Năm, 26/11/2026` of an instant */
export const longDate = (at: At): string => longDay(local(at).format("YYYY-MM-DD"))
/** `14:00–16:30` */
export const span = (from: At, to: At): string => `${time(from)}–${time(to)}`

/** The instant of a local date and wall time, as ISO UTC. */
export const instantOf = (value: string, wall: string): string =>
  dayjs.tz(`${value}T${wall}`, ZONE).toDate().toISOString()

/** Monday of the week that holds the date. */
export const mondayOf = (value: string): string =>
  day(value).subtract(weekdayOf(value), "day").format("YYYY-MM-DD")
export const addDays = (value: string, count: number): string =>
  day(value).add(count, "day").format("YYYY-MM-DD")
/** ISO week number. */
export function weekNumber(value: string): number {
  const thursday = day(addDays(mondayOf(value), 3))
  return Math.floor(thursday.diff(day(`${thursday.year()}-01-01`), "day") / 7) + 1
}

/** `rest` is what is left over in minutes beside full hours; `minutes` is all of it. */
export type Countdown = {
  key: "now" | "minutes" | "hours" | "days"
  count: number
  rest: number
  minutes: number
}

/** How long until an instant, in the unit a person would use. */
export function countdown(to: At, now: number): Countdown {
  const minutes = Math.ceil((dayjs(to).valueOf() - now) / 60_000)
  if (minutes <= 0) return { key: "now", count: 0, rest: 0, minutes }
  if (minutes < 60) return { key: "minutes", count: minutes, rest: 0, minutes }
  if (minutes < 24 * 60) return { key: "hours", count: Math.floor(minutes / 60), rest: minutes % 60, minutes }
  return {
    key: "days",
    count: local(to).startOf("day").diff(local(now).startOf("day"), "day"),
    rest: 0,
    minutes,
  }
}

export type PartialDate = { date: string; precision: "day" | "month" | "year" }

/** Reads what a person types: `02/03/1954`, `2-3-1954`, `02031954`, `3/1954`, `1954`. Null when it is no date. */
export function parseDate(typed: string): PartialDate | null {
  const text = typed.trim()
  const packed = /^(\d{2})(\d{2})(\d{4})$/.exec(text)
  const parts = packed ? packed.slice(1) : text.split(/[/\-. ]+/)
  if (parts.some(part => !/^\d+$/.test(part)) || parts.length > 3) return null
  const numbers = parts.map(Number)
  const year = numbers.at(-1) ?? 0
  const month = numbers.length > 1 ? (numbers.at(-2) ?? 0) : 1
  const dayOfMonth = numbers.length > 2 ? (numbers[0] ?? 0) : 1
  if (year < 1880 || year > 2200) return null
  const value = `${year}-${String(month).padStart(2, "0")}-${String(dayOfMonth).padStart(2, "0")}`
  const parsed = dayjs.utc(value)
  if (!parsed.isValid() || parsed.format("YYYY-MM-DD") !== value) return null
  return { date: value, precision: numbers.length === 3 ? "day" : numbers.length === 2 ? "month" : "year" }
}

/** The inverse of parseDate: shows no more than is known. */
export function showPartial(value: PartialDate | null): string {
  if (!value) return ""
  const pattern = { day: "DD/MM/YYYY", month: "MM/YYYY", year: "YYYY" }[value.precision]
  return day(value.date).format(pattern)
}
