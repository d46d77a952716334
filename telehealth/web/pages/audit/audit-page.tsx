import { auditPage } from "@app/api/queries"
import { DateField } from "@app/design/date-field"
import { addDays, instantOf, today } from "@app/design/dates"
import { EmptyState } from "@app/design/empty-state"
import { Page, Panel } from "@app/design/page"
import { PersonSelect } from "@app/design/person-select"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, Group, Skeleton, Stack } from "@mantine/core"
import { useInfiniteQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { AuditTable } from "./audit-table"

const route = getRouteApi("/signed-in/shell/audit")

/** Who opened or changed what, and when. */
export function AuditPage() {
  const { t } = useTranslation()
  const navigate = route.useNavigate()
  const { case_id } = route.useSearch()
  const [person, setPerson] = useState<string | null>(null)
  const [from, setFrom] = useState<string | null>(addDays(today(), -7))
  const [to, setTo] = useState<string | null>(null)
  const query = {
    ...(case_id ? { case_id } : {}),
    ...(person ? { person_id: person } : {}),
    ...(from ? { from: instantOf(from, "00:00") } : {}),
    ...(to ? { to: instantOf(addDays(to, 1), "00:00") } : {}),
  }
  const list = useInfiniteQuery({
    queryKey: ["audit", query],
    queryFn: ({ pageParam }) => auditPage({ ...query, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: "",
    getNextPageParam: page => page.next ?? undefined,
  })
  const events = list.data?.pages.flatMap(page => page.items) ?? []

  return (
    <Page title={t("nav.audit")} eyebrow={t("audit.purpose")} wide>
      <Stack gap="md">
        <Group align="flex-end">
          <PersonSelect
            label={t("audit.person")}
            placeholder={t("audit.anyone")}
            value={person}
            onChange={setPerson}
            w={320}
          />
          <DateField
            label={t("audit.from")}
            w={150}
            value={from ? { date: from, precision: "day" } : null}
            onChange={value => setFrom(value?.date ?? null)}
          />
          <DateField
            label={t("audit.to")}
            w={150}
            value={to ? { date: to, precision: "day" } : null}
            onChange={value => setTo(value?.date ?? null)}
          />
          {case_id && (
            <Button variant="default" onClick={() => navigate({ search: {} })}>
              {t("audit.all_cases")}
            </Button>
          )}
        </Group>
        <ProblemAlert error={list.error} onRetry={list.refetch} />
        {list.isPending && <Skeleton h={320} radius={14} />}
        {list.data && (
          <Panel title={t(case_id ? "audit.of_case" : "audit.of_all")}>
            {events.length === 0 ? <EmptyState text={t("audit.none")} /> : <AuditTable events={events} />}
            {list.hasNextPage && (
              <Button
                mt="md"
                variant="default"
                loading={list.isFetchingNextPage}
                onClick={() => list.fetchNextPage()}
              >
                {t("common.more")}
              </Button>
            )}
          </Panel>
        )}
      </Stack>
    </Page>
  )
}
