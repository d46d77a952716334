import { asProblem, type Problem } from "@app/api/problem"
import type { Case, ConsentForm } from "@app/api/types"
import { DateField } from "@app/design/date-field"
import { instantOf, time, today } from "@app/design/dates"
import { PersonSelect } from "@app/design/person-select"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, Checkbox, Group, Radio, Select, Stack, Textarea, TextInput } from "@mantine/core"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { parseTime } from "../calendar/month"
import classes from "./case.module.css"

type Props = { of: Case; onFile: (form: ConsentForm) => Promise<void>; onCancel?: () => void }
type Form = Omit<ConsentForm, "given_at"> & { on: string; at: string }

const EMPTY = { giver_name: "", relation: "", emergency_reason: "", confirmed_by: null }
const begin = (): Form => ({
  basis: "consent",
  given_by: "patient",
  method: "signed_paper",
  share: false,
  record: false,
  teaching: false,
  on: today(),
  at: time(Date.now()),
  ...EMPTY,
})

/** A consent as it was given, or the emergency basis; each purpose has a box of its own and starts empty. */
export function ConsentFormFields({ onFile, onCancel }: Props) {
  const { t } = useTranslation()
  const [form, setForm] = useState<Form>(begin)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const set = (part: Partial<Form>) => setForm(before => ({ ...before, ...part }))
  const emergency = form.basis === "emergency"
  const wall = parseTime(form.at)
  const ready =
    wall !== null && (emergency ? Boolean(form.emergency_reason?.trim() && form.confirmed_by) : form.share)

  const file = async () => {
    if (!wall) return
    const { on, at: _, ...rest } = form
    setBusy(true)
    setProblem(null)
    try {
      await onFile({ ...rest, given_at: instantOf(on, wall) })
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Stack gap="md">
      <Radio.Group
        label={t("consent.basis")}
        value={form.basis}
        onChange={basis => set({ basis: basis as Form["basis"] })}
      >
        <Stack gap={8} mt={4}>
          <Radio value="consent" label={t("consent.bases.consent")} />
          <Radio value="emergency" label={t("consent.bases.emergency")} />
        </Stack>
      </Radio.Group>
      {emergency ? <EmergencyFields form={form} set={set} /> : <GivenFields form={form} set={set} />}
      <div className={classes.fields}>
        <DateField
          className={classes.w3 ?? ""}
          label={t("consent.on")}
          value={{ date: form.on, precision: "day" }}
          onChange={value => value && set({ on: value.date })}
        />
        <TextInput
          className={classes.w3 ?? ""}
          label={t("consent.time")}
          inputMode="numeric"
          value={form.at}
          error={wall ? undefined : t("series.time_wrong")}
          onChange={event => set({ at: event.currentTarget.value })}
        />
      </div>
      <ProblemAlert error={problem} />
      <Group>
        <Button variant="light" onClick={file} loading={busy} disabled={!ready}>
          {t(emergency ? "consent.file_emergency" : "consent.file")}
        </Button>
        {onCancel && (
          <Button variant="default" onClick={onCancel}>
            {t("common.cancel")}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

type FieldsProps = { form: Form; set: (part: Partial<Form>) => void }

function GivenFields({ form, set }: FieldsProps) {
  const { t } = useTranslation()
  const guardian = form.given_by === "guardian"
  return (
    <>
      <div className={classes.fields}>
        <Select
          className={classes.w6 ?? ""}
          label={t("consent.by")}
          allowDeselect={false}
          value={form.given_by}
          data={(["patient", "guardian"] as const).map(value => ({
            value,
            label: t(`consent.givers.${value}`),
          }))}
          onChange={value => set({ given_by: value as Form["given_by"] })}
        />
        <Select
          className={classes.w6 ?? ""}
          label={t("consent.method")}
          allowDeselect={false}
          value={form.method}
          data={(["signed_paper", "e_signature", "verbal_witnessed"] as const).map(value => ({
            value,
            label: t(`consent.methods.${value}`),
          }))}
          onChange={value => set({ method: value as Form["method"] })}
        />
        {guardian && (
          <>
            <TextInput
              className={classes.w6 ?? ""}
              label={t("consent.giver_name")}
              value={form.giver_name ?? ""}
              onChange={event => set({ giver_name: event.currentTarget.value })}
            />
            <TextInput
              className={classes.w6 ?? ""}
              label={t("consent.relation")}
              value={form.relation ?? ""}
              onChange={event => set({ relation: event.currentTarget.value })}
            />
          </>
        )}
      </div>
      <Stack gap={10}>
        {(["share", "record", "teaching"] as const).map(purpose => (
          <Checkbox
            key={purpose}
            label={t(`consent.purpose.${purpose}`)}
            description={t(`consent.purpose_means.${purpose}`)}
            checked={form[purpose]}
            onChange={event => set({ [purpose]: event.currentTarget.checked })}
          />
        ))}
      </Stack>
    </>
  )
}

function EmergencyFields({ form, set }: FieldsProps) {
  const { t } = useTranslation()
  return (
    <>
      <Textarea
        label={t("consent.emergency_reason")}
        description={t("consent.emergency_hint")}
        autosize
        minRows={2}
        value={form.emergency_reason ?? ""}
        onChange={event => set({ emergency_reason: event.currentTarget.value })}
      />
      <PersonSelect
        label={t("consent.confirmed_by")}
        value={form.confirmed_by ?? null}
        onChange={confirmed_by => set({ confirmed_by })}
      />
    </>
  )
}
