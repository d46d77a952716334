import type { CaseBrief } from "@app/api/types"
import { IconEyeOff } from "@tabler/icons-react"
import type { CSSProperties, ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./patient-banner.module.css"
import { caseColor } from "./theme"

type Props = {
  of: Pick<CaseBrief, "patient" | "facility" | "withheld" | "identity_hidden">
  /** Place on the agenda, and how many there are. */
  order?: number | null | undefined
  total?: number | null | undefined
  /** The switch, in place of the word that the identity is hidden. */
  teaching?: ReactNode
  children?: ReactNode
}

/** Who is being spoken about: on every screen that shows anything of a patient, never hidden, coloured by case. */
export function PatientBanner({ of, order, total, teaching, children }: Props) {
  const { t } = useTranslation()
  const { patient } = of
  const color = { "--case-color": caseColor(order) } as CSSProperties
  return (
    <section className={classes.banner} style={color} aria-label={t("banner.label")}>
      <strong className={classes.name}>
        {patient.display_name || t(of.withheld ? "banner.withheld" : "banner.unnamed")}
      </strong>
      {!of.withheld && (
        <span className={classes.fact}>
          {t(`sex.${patient.sex}`)}
          {patient.age === null ? "" : ` ${t("banner.age", { age: patient.age })}`}
        </span>
      )}
      {patient.masked_id && <span className={classes.fact}>{patient.masked_id}</span>}
      <span>{of.facility.name}</span>
      {teaching ?? (of.identity_hidden && <IdentityHidden />)}
      {order != null && (
        <span className={classes.place}>
          {total ? t("banner.case_of", { order, total }) : t("banner.case", { order })}
        </span>
      )}
      {children && <span className={classes.right}>{children}</span>}
    </section>
  )
}

function IdentityHidden() {
  const { t } = useTranslation()
  return (
    <span className={classes.hidden} title={t("teaching.means")}>
      <IconEyeOff size={16} aria-hidden /> {t("teaching.on")}
    </span>
  )
}
