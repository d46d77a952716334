import type { CaseContent, ConsultationReason, Urgency } from "@app/api/types"
import { Panel } from "@app/design/page"
import { Input, SegmentedControl, Select, Stack, TagsInput, Textarea } from "@mantine/core"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"
import { Facts } from "./facts"
import { Questions } from "./questions"
import type { SectionProps } from "./section-props"

const REASONS: ConsultationReason[] = [
  "beyond_capability",
  "uncertain_diagnosis",
  "not_improving",
  "progressing_badly",
  "treatment_choice",
  "emergency",
]
const URGENCIES: Urgency[] = ["routine", "priority", "emergency"]
const SPECIALTIES = [
  "imaging",
  "internal",
  "surgery",
  "neurosurgery",
  "orthopaedics",
  "cardiology",
  "respiratory",
  "gastro",
  "oncology",
  "paediatrics",
  "infectious",
  "critical",
  "obstetrics",
  "neurology",
  "nephrology",
]

/** Why the case is brought, what exactly is asked, and whom to ask. */
export function ReasonSection({ value, set, readOnly }: SectionProps) {
  const { t } = useTranslation()
  if (readOnly) return <ReasonFacts value={value} />
  return (
    <Panel id="reason" title={t("case.part.reason")}>
      <Stack gap="md">
        <div className={classes.fields}>
          <Select
            className={classes.w6 ?? ""}
            label={t("reason_part.why")}
            placeholder={t("reason_part.choose")}
            clearable
            value={value.consultation_reason}
            data={REASONS.map(reason => ({ value: reason, label: t(`consultation_reason.${reason}`) }))}
            onChange={reason => set({ consultation_reason: reason as ConsultationReason | null })}
          />
          <div className={classes.w6}>
            <Input.Label component="div">{t("reason_part.urgency")}</Input.Label>
            <SegmentedControl
              fullWidth
              aria-label={t("reason_part.urgency")}
              value={value.urgency}
              data={URGENCIES.map(urgency => ({ value: urgency, label: t(`urgency.${urgency}`) }))}
              onChange={urgency => set({ urgency: urgency as Urgency })}
            />
          </div>
        </div>
        <Textarea
          label={t("reason_part.text")}
          value={value.reason_text}
          onChange={event => set({ reason_text: event.currentTarget.value })}
          autosize
          minRows={2}
        />
        <Questions value={value.questions} onChange={questions => set({ questions })} />
        <TagsInput
          label={t("reason_part.specialties")}
          placeholder={value.specialties.length === 0 ? t("reason_part.specialties_hint") : ""}
          data={SPECIALTIES.map(name => t(`specialties.${name}`))}
          value={value.specialties}
          maxTags={12}
          onChange={specialties => set({ specialties })}
          clearable
        />
      </Stack>
    </Panel>
  )
}

function ReasonFacts({ value }: { value: CaseContent }) {
  const { t } = useTranslation()
  const reason = value.consultation_reason ? t(`consultation_reason.${value.consultation_reason}`) : ""
  return (
    <Panel id="reason" title={t("case.part.reason")}>
      <Facts
        facts={[
          [t("reason_part.why"), [reason, value.reason_text].filter(Boolean).join(". ")],
          [t("reason_part.urgency"), t(`urgency.${value.urgency}`)],
          [t("reason_part.specialties"), value.specialties.join(", ")],
        ]}
      />
      <ol>
        {value.questions.map(question => (
          <li key={question.number}>{question.text}</li>
        ))}
      </ol>
    </Panel>
  )
}
