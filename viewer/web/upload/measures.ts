/** `108 MB`, `4,2 MB`, `0,5 GB`: decimal units, the reader's comma. */
export function bytes(count: number, language: string): string {
  const units = ["B", "kB", "MB", "GB", "TB"]
  const step = count <= 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  const value = count / 1000 ** step
  const digits = value < 10 && step > 0 ? 1 : 0
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${units[step]}`
}

export type Left = { key: "seconds" | "minutes" | "hours"; count: number }

/** Time left in the unit a person would use, rounded up. */
export function left(seconds: number): Left {
  if (seconds < 60) return { key: "seconds", count: Math.max(1, seconds) }
  if (seconds < 3600) return { key: "minutes", count: Math.ceil(seconds / 60) }
  return { key: "hours", count: Math.ceil(seconds / 3600) }
}
