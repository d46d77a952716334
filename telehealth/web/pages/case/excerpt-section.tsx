import { api } from "@app/api/client"
import { excerpt as excerptQuery, queryClient } from "@app/api/queries"
import type { AllergyState, Excerpt, ExcerptContent } from "@app/api/types"
import type { Saved } from "@app/design/autosave"
import { parseDate, plainDate } from "@app/design/dates"
import { Panel } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { ConflictCard, SaveState } from "@app/design/save-state"
import { useDraft } from "@app/design/use-draft"
import { useMe } from "@app/shell/who"
import { Input, SegmentedControl, Skeleton, Stack, Textarea, TextInput } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { LabsTable, LabsView } from "@viewer/excerpt/labs-table"
import { MedicinesTable } from "@viewer/excerpt/medicines-table"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"
import { Documents } from "./documents"
import { Facts } from "./facts"
import type { SectionProps } from "./section-props"

const VITALS = ["pulse", "temperature", "blood_pressure", "respiratory_rate", "spo2", "weight"]
const ALLERGIES: AllergyState[] = ["not_asked", "none_known", "recorded"]

const readDate = (typed: string): string | null => {
  const found = parseDate(typed)
  return found?.precision === "day" ? found.date : null
}
const DATES = { show: plainDate, read: readDate }

const savedOf = (excerpt: Excerpt): Saved<ExcerptContent> => ({
  content: {
    labs: excerpt.labs,
    medicines: excerpt.medicines,
    history: excerpt.history,
    vitals: excerpt.vitals,
    as_of: excerpt.as_of,
  },
  version: excerpt.version,
  savedAt: excerpt.saved_at ?? null,
})

/** Whole rows only, and allergies only where there are some: the rest is not yet an excerpt. */
export function tidy(typed: ExcerptContent): ExcerptContent {
  const { history } = typed
  const named = history.allergies.trim()
  const allergic = history.allergy_state === "recorded"
  return {
    ...typed,
    labs: typed.labs.filter(lab => lab.name.trim() && lab.value.trim()),
    medicines: typed.medicines.filter(medicine => medicine.name.trim()),
    history: {
      ...history,
      allergies: allergic ? history.allergies : "",
      allergy_state: allergic && !named ? "not_asked" : history.allergy_state,
    },
  }
}

/** Results, medicines, history and documents out of the hospital's own record. */
export function ExcerptSection({ of, readOnly }: Pick<SectionProps, "of" | "readOnly">) {
  const { t } = useTranslation()
  const query = useQuery(excerptQuery(of.id))
  return (
    <Panel id="excerpt" title={t("case.part.excerpt")}>
      {query.isPending && <Skeleton h={140} />}
      <ProblemAlert error={query.error} onRetry={query.refetch} />
      {query.data &&
        (readOnly ? <View excerpt={query.data} /> : <Editor caseId={of.id} excerpt={query.data} />)}
      <Documents caseId={of.id} editable={!readOnly} judges={of.may.judge_pixels ?? false} />
    </Panel>
  )
}

function Editor({ caseId, excerpt }: { caseId: string; excerpt: Excerpt }) {
  const { t } = useTranslation()
  const person = useMe()
  const key = excerptQuery(caseId).queryKey
  const { value, draft, set, flush, settle } = useDraft<ExcerptContent>({
    storageKey: `${person.id}:excerpt:${caseId}`,
    server: savedOf(excerpt),
    save: async (_, version, all) => {
      const answer = await api.put<Excerpt>(`/api/cases/${caseId}/excerpt`, {
        version,
        source: "typed",
        ...tidy(all),
      })
      queryClient.setQueryData(key, answer)
      queryClient.invalidateQueries({ queryKey: ["case", caseId] })
      return savedOf(answer)
    },
    tidy,
    refetch: async () => savedOf(await queryClient.fetchQuery({ ...excerptQuery(caseId), staleTime: 0 })),
  })
  const { history, vitals } = value
  const note = (part: Partial<typeof history>) => set({ history: { ...history, ...part } })

  return (
    <Stack gap="md">
      <SaveState draft={draft} onRetry={flush} />
      <ConflictCard
        draft={draft}
        label={field => t(`excerpt.${field}`)}
        show={shown =>
          Array.isArray(shown) ? t("excerpt.rows", { count: shown.length }) : JSON.stringify(shown)
        }
        onSettle={settle}
      />
      <div>
        <h3>{t("excerpt.labs")}</h3>
        <LabsTable labs={value.labs} onChange={labs => set({ labs })} showDate={plainDate} />
      </div>
      <div>
        <h3>{t("excerpt.medicines")}</h3>
        <MedicinesTable
          medicines={value.medicines}
          onChange={medicines => set({ medicines })}
          dates={DATES}
        />
      </div>
      <div>
        <h3>{t("excerpt.history")}</h3>
        <div className={classes.fields}>
          <Textarea
            className={classes.w6 ?? ""}
            label={t("excerpt.own")}
            autosize
            minRows={2}
            value={history.own}
            onChange={event => note({ own: event.currentTarget.value })}
          />
          <Textarea
            className={classes.w6 ?? ""}
            label={t("excerpt.family")}
            autosize
            minRows={2}
            value={history.family}
            onChange={event => note({ family: event.currentTarget.value })}
          />
          <div className={classes.w6}>
            <Input.Label component="div">{t("excerpt.allergies")}</Input.Label>
            <SegmentedControl
              fullWidth
              aria-label={t("excerpt.allergies")}
              value={history.allergy_state}
              data={ALLERGIES.map(state => ({ value: state, label: t(`allergy.${state}`) }))}
              onChange={state => note({ allergy_state: state as AllergyState })}
            />
          </div>
          {history.allergy_state === "recorded" && (
            <TextInput
              className={classes.w6 ?? ""}
              label={t("excerpt.allergic_to")}
              value={history.allergies}
              error={history.allergies.trim() ? undefined : t("excerpt.allergic_to_what")}
              onChange={event => note({ allergies: event.currentTarget.value })}
            />
          )}
        </div>
      </div>
      <div>
        <h3>{t("excerpt.vitals")}</h3>
        <div className={classes.fields}>
          {VITALS.map(name => (
            <TextInput
              key={name}
              className={`${classes.w2} ${classes.half}`}
              label={t(`vitals.${name}`)}
              value={vitals[name] ?? ""}
              onChange={event => set({ vitals: { ...vitals, [name]: event.currentTarget.value } })}
            />
          ))}
        </div>
      </div>
    </Stack>
  )
}

function View({ excerpt }: { excerpt: Excerpt }) {
  const { t } = useTranslation()
  const { history } = excerpt
  const allergies =
    history.allergy_state === "recorded" ? history.allergies : t(`allergy.${history.allergy_state}`)
  const vitals = VITALS.map(name => [t(`vitals.${name}`), excerpt.vitals[name] ?? ""] as [string, string])
  return (
    <Stack gap="md">
      <LabsView labs={excerpt.labs} showDate={plainDate} />
      <MedicinesTable medicines={excerpt.medicines} onChange={() => undefined} dates={DATES} readOnly />
      <Facts
        facts={[
          [t("excerpt.own"), history.own],
          [t("excerpt.family"), history.family],
          [t("excerpt.allergies"), allergies],
          ...vitals,
        ]}
      />
    </Stack>
  )
}
