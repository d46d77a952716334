import type { Case } from "@app/api/types"
import { dateTime, plainDate } from "@app/design/dates"
import { useTranslation } from "react-i18next"
import classes from "./minutes.module.css"

const LINES: [string, "wide" | ""][] = [
  ["patient_full_name", "wide"],
  ["age", ""],
  ["sex", ""],
  ["medical_record_no", ""],
  ["admission_no", ""],
  ["treating_department", ""],
  ["room", ""],
  ["bed", ""],
  ["treated_from", ""],
  ["diagnosis", "wide"],
  ["consulted_at", "wide"],
  ["chair", ""],
  ["secretary", ""],
]

/** The head of form 27/BV2, filled from the record: it prints, it is not typed. */
export function FormHead({ form, of }: { form: Record<string, unknown>; of: Case }) {
  const { t } = useTranslation()
  const text = (name: string): string => shown(form[name] ?? form[ALIASES[name] ?? ""])
  return (
    <>
      <div className={classes.head}>
        <div>
          {text("parent_authority") && <div>{text("parent_authority")}</div>}
          <strong>{text("facility_name") || of.facility.name}</strong>
          {text("department_name") && <div>{text("department_name")}</div>}
        </div>
        <div>{t("minutes.form_code", { code: text("form_code") || "27/BV2" })}</div>
      </div>
      <h2 className={classes.formTitle}>{t("minutes.form_title")}</h2>
      <dl className={classes.lines}>
        {LINES.filter(([name]) => text(name)).map(([name, width]) => (
          <div key={name} className={width ? classes.wide : ""}>
            <dt>{t(`minutes.head.${name}`)}:</dt>
            <dd>{text(name)}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

const ALIASES: Record<string, string> = {
  diagnosis: "diagnosis_text",
  treating_department: "department_name",
}

function shown(value: unknown): string {
  if (typeof value === "number") return String(value)
  if (typeof value === "object" && value !== null && "full_name" in value) {
    const person = value as { title?: string; full_name: string }
    return `${person.title ?? ""} ${person.full_name}`.trim()
  }
  if (typeof value !== "string") return ""
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return plainDate(value)
  return /^\d{4}-\d{2}-\d{2}T/.test(value) ? dateTime(value) : value
}
