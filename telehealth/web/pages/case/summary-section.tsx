import type { Diagnosis } from "@app/api/types"
import { Panel } from "@app/design/page"
import { ActionIcon, Button, Group, Stack, Textarea, TextInput } from "@mantine/core"
import { IconPlus, IconX } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"
import { Facts } from "./facts"
import type { SectionProps } from "./section-props"

// Limits of a hospital record system seen in practice: longer texts are kept whole here, but said.
const LIMITS = { clinical_summary: 4000, treatment_so_far: 2000 }

/** Diagnosis, course and treatment so far. */
export function SummarySection({ value, set, readOnly, refused }: SectionProps) {
  const { t } = useTranslation()
  const { diagnosis } = value
  const put = (part: Partial<Diagnosis>) => set({ diagnosis: { ...diagnosis, ...part } })
  const long = (name: keyof typeof LIMITS) => {
    const over = value[name].length - LIMITS[name]
    return over > 0 ? t("summary.too_long", { limit: LIMITS[name], over }) : undefined
  }
  const wrong = (pointer: string) => {
    const found = refused.find(field => field.pointer.startsWith(pointer))
    return found ? t(`problems.${found.slug}`, { defaultValue: found.detail }) : undefined
  }
  if (readOnly) {
    const others = diagnosis.other.map(each => [each.icd10, each.text].filter(Boolean).join(" "))
    return (
      <Panel id="summary" title={t("case.part.summary")}>
        <Facts
          facts={[
            [t("summary.main"), [diagnosis.main_icd10, diagnosis.main_text].filter(Boolean).join(" ")],
            [t("summary.others"), others.join("\n")],
          ]}
        />
        <h3>{t("summary.clinical_summary")}</h3>
        <p className={classes.read}>{value.clinical_summary}</p>
        <h3>{t("summary.treatment_so_far")}</h3>
        <p className={classes.read}>{value.treatment_so_far}</p>
      </Panel>
    )
  }
  return (
    <Panel id="summary" title={t("case.part.summary")}>
      <Stack gap="md">
        <div className={classes.fields}>
          <TextInput
            className={classes.w8 ?? ""}
            label={t("summary.main")}
            value={diagnosis.main_text}
            onChange={event => put({ main_text: event.currentTarget.value })}
          />
          <TextInput
            className={classes.w4 ?? ""}
            label={t("summary.icd10")}
            value={diagnosis.main_icd10}
            error={wrong("/diagnosis/main_icd10")}
            maxLength={10}
            onChange={event => put({ main_icd10: event.currentTarget.value.toUpperCase() })}
          />
        </div>
        <Others value={diagnosis} put={put} />
        <Textarea
          label={t("summary.clinical_summary")}
          description={t("summary.clinical_summary_hint")}
          value={value.clinical_summary}
          error={long("clinical_summary")}
          onChange={event => set({ clinical_summary: event.currentTarget.value })}
          autosize
          minRows={5}
        />
        <Textarea
          label={t("summary.treatment_so_far")}
          value={value.treatment_so_far}
          error={long("treatment_so_far")}
          onChange={event => set({ treatment_so_far: event.currentTarget.value })}
          autosize
          minRows={2}
        />
      </Stack>
    </Panel>
  )
}

function Others({ value, put }: { value: Diagnosis; put: (part: Partial<Diagnosis>) => void }) {
  const { t } = useTranslation()
  const change = (place: number, part: Partial<Diagnosis["other"][number]>) =>
    put({ other: value.other.map((each, index) => (index === place ? { ...each, ...part } : each)) })
  return (
    <Stack gap="xs">
      {value.other.map((other, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
        <Group key={place} wrap="nowrap" align="flex-end" gap="xs">
          <TextInput
            flex={1}
            aria-label={t("summary.other", { number: place + 1 })}
            placeholder={t("summary.others")}
            value={other.text}
            onChange={event => change(place, { text: event.currentTarget.value })}
          />
          <TextInput
            w={110}
            aria-label={t("summary.other_icd10", { number: place + 1 })}
            placeholder={t("summary.icd10")}
            maxLength={10}
            value={other.icd10}
            onChange={event => change(place, { icd10: event.currentTarget.value.toUpperCase() })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t("summary.remove_secondary", { number: place + 1 })}
            onClick={() => put({ other: value.other.filter((_, index) => index !== place) })}
          >
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => put({ other: [...value.other, { icd10: "", text: "" }] })}
        >
          {t("summary.add_secondary")}
        </Button>
      </Group>
    </Stack>
  )
}
