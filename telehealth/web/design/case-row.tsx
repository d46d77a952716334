import type { CaseBrief } from "@app/api/types"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./case-row.module.css"
import { byWeight } from "./missing"
import { CaseBadge, UrgencyBadge } from "./states"

type FactsProps = { of: CaseBrief; showMissing?: boolean }

/** Who, from where, with what, and the next thing that is missing. */
export function CaseFacts({ of, showMissing = true }: FactsProps) {
  const { t } = useTranslation()
  const { patient } = of
  const age = patient.age === null ? "" : ` ${patient.age}`
  const first = byWeight(of.missing)[0]
  const more = of.missing.length - 1
  return (
    <div style={{ minWidth: 0 }}>
      <div>
        <span className={classes.name}>
          {patient.display_name || t(of.withheld ? "banner.withheld" : "banner.unnamed")}
        </span>{" "}
        <span className={classes.soft}>
          {!of.withheld && t(`sex.${patient.sex}`)}
          {age}
        </span>
      </div>
      <div className={classes.diagnosis}>
        {of.diagnosis_text || t(of.withheld ? "case.withheld" : "case.no_diagnosis")}
      </div>
      <div className={classes.soft}>{of.facility.name}</div>
      {showMissing && first && (
        <div className={classes.missing}>
          {t("case.lacks", { what: t(`missing.${first}`) })}
          {more > 0 && ` ${t("case.lacks_more", { count: more })}`}
        </div>
      )}
    </div>
  )
}

type Props = FactsProps & { children?: ReactNode }

export function CaseRow({ of, showMissing = true, children }: Props) {
  return (
    <Link to="/cases/$caseId" params={{ caseId: of.id }} className={classes.row}>
      <CaseFacts of={of} showMissing={showMissing} />
      <span className={classes.state}>
        <UrgencyBadge urgency={of.urgency} />
        <CaseBadge of={of} />
        {children}
      </span>
    </Link>
  )
}
