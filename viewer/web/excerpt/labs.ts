export type LabFlag = "" | "L" | "H" | "LL" | "HH"
export type Lab = {
  name: string
  value: string
  unit: string
  range: string
  flag: LabFlag
  taken_at: string | null
}

export const emptyLab = (): Lab => ({ name: "", value: "", unit: "", range: "", flag: "", taken_at: null })

/** `3,1` and `3.1` are the same number here; `1.250,5` too. Null for words and for `< 0,5`. */
export function number(text: string): number | null {
  const plain = text.trim().replace(/\s/g, "")
  if (!/^-?[\d.,]+$/.test(plain)) return null
  const lastComma = plain.lastIndexOf(",")
  const lastPoint = plain.lastIndexOf(".")
  const decimal = lastComma > lastPoint ? "," : "."
  const thousands = decimal === "," ? "." : ","
  const value = Number(plain.replaceAll(thousands, "").replace(decimal, "."))
  return Number.isFinite(value) ? value : null
}

/** The flag that a value earns against `130-170`, `< 5`, `> 0,9` or `≤ 5`; empty when the range says nothing. */
export function flagOf(value: string, range: string): LabFlag {
  const measured = number(value)
  if (measured === null) return ""
  const within = /^\s*([\d.,]+)\s*[-–—]\s*([\d.,]+)/.exec(range)
  if (within) {
    const [low, high] = [number(within[1] ?? ""), number(within[2] ?? "")]
    if (low !== null && measured < low) return "L"
    return high !== null && measured > high ? "H" : ""
  }
  const bound = /^\s*(<|≤|<=|>|≥|>=)\s*([\d.,]+)/.exec(range)
  const limit = bound ? number(bound[2] ?? "") : null
  if (!bound || limit === null) return ""
  const upper = bound[1]?.startsWith("<") || bound[1] === "≤"
  if (upper) return measured > limit ? "H" : ""
  return measured < limit ? "L" : ""
}

type Column = "name" | "value" | "unit" | "range" | "taken_at" | "flag"

const HEADS: [Column, RegExp][] = [
  ["name", /^(ten|xet nghiem|chi so|test|name)/],
  ["value", /^(ket qua|gia tri|value|result)/],
  ["unit", /^(don vi|unit)/],
  ["range", /^(khoang|tham chieu|tri so binh thuong|binh thuong|range|reference|csbt)/],
  ["taken_at", /^(ngay|thoi gian|date|time)/],
  ["flag", /^(co|canh bao|flag|bat thuong)$/],
]

const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .replace(/[đĐ]/g, "d")
    .trim()
    .toLowerCase()

function columnsOf(cells: string[]): Column[] | null {
  const found = cells.map(cell => HEADS.find(([, pattern]) => pattern.test(plain(cell)))?.[0])
  return found.filter(Boolean).length >= 2 ? found.map(column => column ?? "name") : null
}

/** `26/11/2026 08:30` as the instant text kept; anything else stays out. */
function takenAt(text: string): string | null {
  const found = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})/.exec(text.trim())
  if (!found) return /^\d{4}-\d{2}-\d{2}/.test(text.trim()) ? text.trim().slice(0, 10) : null
  const [, day = "", month = "", year = ""] = found
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`
}

const DEFAULT: Column[] = ["name", "value", "unit", "range", "taken_at"]

/** Rows copied from a spreadsheet or a laboratory page. A head row names the columns; without one they come in our order. */
export function parseLabs(text: string): Lab[] {
  const rows = text
    .replace(/\r/g, "")
    .split("\n")
    .map(line => line.split(line.includes("\t") ? "\t" : ";").map(cell => cell.trim()))
    .filter(cells => cells.some(Boolean))
  const named = columnsOf(rows[0] ?? [])
  const columns = named ?? DEFAULT
  return (named ? rows.slice(1) : rows).map(cells => labOf(columns, cells)).filter(lab => lab.name !== "")
}

function labOf(columns: Column[], cells: string[]): Lab {
  const at = (column: Column) => cells[columns.indexOf(column)] ?? ""
  const value = at("value")
  const range = at("range")
  const given = at("flag").toUpperCase()
  const flag = (["L", "H", "LL", "HH"] as const).find(known => known === given) ?? flagOf(value, range)
  return { name: at("name"), value, unit: at("unit"), range, flag, taken_at: takenAt(at("taken_at")) }
}

/** Several columns at once are a table; a single word is plain typing. */
export const isTable = (text: string): boolean => text.includes("\t") || text.trim().includes("\n")
