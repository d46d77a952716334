import type { Encounter, PatientFull, Sex } from "@app/api/types"
import { DateField } from "@app/design/date-field"
import { plainDate } from "@app/design/dates"
import { Panel } from "@app/design/page"
import { Input, SegmentedControl, TextInput } from "@mantine/core"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"
import { Facts } from "./facts"
import type { SectionProps } from "./section-props"

const NUMBERS = ["local_patient_code", "personal_id_number", "health_insurance_number"] as const
const PLACES = [
  ["department", "w4"],
  ["room", "w2"],
  ["bed", "w2"],
] as const

/** Who the patient is, and where they lie. */
export function PatientSection({ of, value, set, readOnly, refused }: SectionProps) {
  const { t } = useTranslation()
  const patient = value.patient_full
  const { encounter } = value
  if (readOnly || !patient) return <PatientFacts of={of} value={value} />
  const put = (part: Partial<PatientFull>) => set({ patient_full: { ...patient, ...part } })
  const lie = (part: Partial<Encounter>) => set({ encounter: { ...encounter, ...part } })
  const wrong = (pointer: string) => {
    const found = refused.find(field => field.pointer === pointer)
    return found ? t(`problems.${found.slug}`, { defaultValue: found.detail }) : undefined
  }
  const doubtful = (pointer: string) => {
    const found = of.warnings?.find(each => each.pointer === pointer)
    return found ? t(`warnings.${found.slug}`, { defaultValue: found.detail }) : undefined
  }

  return (
    <Panel id="patient" title={t("case.part.patient")}>
      <div className={classes.fields}>
        <TextInput
          className={classes.w6 ?? ""}
          label={t("patient.full_name")}
          value={patient.full_name}
          error={wrong("/patient_full/full_name")}
          onChange={event => put({ full_name: event.currentTarget.value })}
          autoComplete="off"
        />
        <DateField
          className={classes.w3 ?? ""}
          label={t("patient.birth_date")}
          partial
          error={wrong("/patient_full/birth_date")}
          value={
            patient.birth_date ? { date: patient.birth_date, precision: patient.birth_date_precision } : null
          }
          onChange={date =>
            put({ birth_date: date?.date ?? null, birth_date_precision: date?.precision ?? "day" })
          }
        />
        <div className={classes.w3}>
          <Input.Label component="div">{t("patient.sex")}</Input.Label>
          <SegmentedControl
            fullWidth
            aria-label={t("patient.sex")}
            value={patient.sex}
            data={(["F", "M"] as Sex[]).map(sex => ({ value: sex, label: t(`sex.${sex}`) }))}
            onChange={sex => put({ sex: sex as Sex })}
          />
        </div>
        {NUMBERS.map(name => (
          <TextInput
            key={name}
            className={classes.w4 ?? ""}
            label={t(`patient.${name}`)}
            value={patient[name]}
            error={wrong(`/patient_full/${name}`)}
            description={doubtful(`/patient_full/${name}`)}
            inputWrapperOrder={["label", "input", "description", "error"]}
            onChange={event => put({ [name]: event.currentTarget.value })}
            autoComplete="off"
          />
        ))}
        <TextInput
          className={classes.w12 ?? ""}
          label={t("patient.address")}
          value={patient.address}
          onChange={event => put({ address: event.currentTarget.value })}
          autoComplete="off"
        />
        <TextInput
          className={classes.w4 ?? ""}
          label={t("encounter.medical_record_no")}
          value={encounter.medical_record_no}
          onChange={event => lie({ medical_record_no: event.currentTarget.value })}
          autoComplete="off"
        />
        <TextInput
          className={classes.w4 ?? ""}
          label={t("encounter.admission_no")}
          value={encounter.admission_no}
          onChange={event => lie({ admission_no: event.currentTarget.value })}
          autoComplete="off"
        />
        <DateField
          className={classes.w4 ?? ""}
          label={t("encounter.admitted_on")}
          error={wrong("/encounter/admitted_on")}
          value={encounter.admitted_on ? { date: encounter.admitted_on, precision: "day" } : null}
          onChange={date => lie({ admitted_on: date?.date ?? null })}
        />
        {PLACES.map(([name, width]) => (
          <TextInput
            key={name}
            className={`${classes[width]} ${width === "w2" ? classes.half : ""}`}
            label={t(`encounter.${name}`)}
            value={encounter[name]}
            onChange={event => lie({ [name]: event.currentTarget.value })}
            autoComplete="off"
          />
        ))}
      </div>
    </Panel>
  )
}

function PatientFacts({ of, value }: Pick<SectionProps, "of" | "value">) {
  const { t } = useTranslation()
  const patient = value.patient_full
  const { encounter } = value
  return (
    <Panel id="patient" title={t("case.part.patient")}>
      <Facts
        facts={[
          [t("patient.full_name"), patient?.full_name ?? of.patient.display_name],
          [t("patient.birth_date"), patient ? plainDate(patient.birth_date) : ""],
          [t("patient.sex"), t(`sex.${of.patient.sex}`)],
          [t("patient.number"), patient?.local_patient_code ?? of.patient.masked_id],
          [t("encounter.medical_record_no"), encounter.medical_record_no],
          [t("encounter.department"), encounter.department],
          [t("encounter.room"), [encounter.room, encounter.bed].filter(Boolean).join(", ")],
          [t("encounter.admitted_on"), plainDate(encounter.admitted_on)],
        ]}
      />
    </Panel>
  )
}
