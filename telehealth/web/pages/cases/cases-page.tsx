import { cases } from "@app/api/queries"
import type { CaseBrief } from "@app/api/types"
import { CaseRow } from "@app/design/case-row"
import { EmptyState } from "@app/design/empty-state"
import { Page, Panel } from "@app/design/page"
import page from "@app/design/page.module.css"
import { plainWords } from "@app/design/plain-words"
import { ProblemAlert } from "@app/design/problem-alert"
import { maySubmit, useMe } from "@app/shell/who"
import { SegmentedControl, Skeleton, Stack, TextInput } from "@mantine/core"
import { IconSearch } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { NewCaseButton } from "./new-case-button"

const GROUPS = {
  all: () => true,
  preparing: ({ state }: CaseBrief) => ["draft", "returned", "submitted"].includes(state),
  ready: ({ state }: CaseBrief) => ["accepted", "scheduled", "live"].includes(state),
  done: ({ state }: CaseBrief) =>
    ["concluded", "minutes_draft", "in_signing", "signed", "delivered", "followed_up", "closed"].includes(
      state,
    ),
}
type Group = keyof typeof GROUPS

const words = (item: CaseBrief): string =>
  plainWords(
    [item.patient.display_name, item.facility.name, item.diagnosis_text, ...item.specialties].join(" "),
  )

/** Every case I may see, found by any word, diacritics ignored. */
export function CasesPage() {
  const { t } = useTranslation()
  const person = useMe()
  const list = useQuery(cases())
  const [group, setGroup] = useState<Group>("all")
  const [search, setSearch] = useState("")
  const wanted = plainWords(search).split(/\s+/).filter(Boolean)
  const found = (list.data ?? []).filter(
    item => GROUPS[group](item) && wanted.every(word => words(item).includes(word)),
  )
  return (
    <Page title={t("nav.cases")} actions={maySubmit(person) && <NewCaseButton session={null} />}>
      <Stack gap="md">
        <TextInput
          aria-label={t("cases.search")}
          placeholder={t("cases.search")}
          leftSection={<IconSearch size={18} aria-hidden />}
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
          type="search"
          size="md"
        />
        <div className={page.scroller}>
          <SegmentedControl
            aria-label={t("cases.group")}
            value={group}
            onChange={value => setGroup(value as Group)}
            data={Object.keys(GROUPS).map(value => ({ value, label: t(`cases.groups.${value}`) }))}
            fullWidth
            miw={420}
          />
        </div>
        <ProblemAlert error={list.error} onRetry={list.refetch} />
        <Panel title={t("cases.found", { count: found.length })}>
          {list.isPending && <Skeleton h={240} />}
          {list.data && found.length === 0 && (
            <EmptyState text={t("cases.none")} hint={t("cases.none_hint")} />
          )}
          {found.map(item => (
            <CaseRow key={item.id} of={item} />
          ))}
        </Panel>
      </Stack>
    </Page>
  )
}
