import { cases, deliveries, sessions } from "@app/api/queries"
import type { CaseBrief, SessionBrief } from "@app/api/types"
import { CaseRow } from "@app/design/case-row"
import { addDays, longDay, mondayOf, plainDate, today } from "@app/design/dates"
import { EmptyState } from "@app/design/empty-state"
import { Page, Panel } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { useNow } from "@app/design/use-now"
import { isCoordinator, maySubmit, useMe } from "@app/shell/who"
import { Grid, Skeleton, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { NewCaseButton } from "../cases/new-case-button"
import { NextSession } from "./next-session"
import { nextSession, openCases, takingCases, todo } from "./todo"
import { TodoList } from "./todo-list"

/** What do I do next? */
export function WeekPage() {
  const { t } = useTranslation()
  const person = useMe()
  const now = useNow(60_000)
  const date = today(now)
  const monday = mondayOf(date)
  const week = useQuery(sessions(addDays(monday, -14), addDays(monday, 35)))
  const mine = useQuery(cases(isCoordinator(person) ? {} : { mine: 1 }))
  const stuck = useQuery({ ...deliveries("needs_person"), retry: false })
  const next = nextSession(week.data ?? [], now)
  const open = openCases(mine.data ?? [], person.id)
  const things = todo(
    person,
    mine.data ?? [],
    week.data ?? [],
    (stuck.data ?? []).filter(each => each.state === "needs_person"),
  )

  return (
    <Page
      title={t("nav.week")}
      eyebrow={`${longDay(date)} · ${t("week.span", { from: plainDate(monday).slice(0, 5), to: plainDate(addDays(monday, 6)).slice(0, 5) })}`}
      actions={maySubmit(person) && <NewCaseButton session={takingCases(week.data ?? [], now)} />}
    >
      <Stack gap="lg">
        <ProblemAlert error={week.error ?? mine.error} onRetry={() => [week.refetch(), mine.refetch()]} />
        <Next loading={week.isPending} session={next} />
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <Cases loading={mine.isPending} open={open} submits={maySubmit(person)} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <Panel title={t("week.todo")}>
              {mine.isPending ? <Skeleton h={80} /> : <TodoList things={things} />}
            </Panel>
          </Grid.Col>
        </Grid>
      </Stack>
    </Page>
  )
}

function Next({ loading, session }: { loading: boolean; session: SessionBrief | null }) {
  const { t } = useTranslation()
  if (loading) return <Skeleton h={170} radius={18} />
  if (session) return <NextSession session={session} />
  return (
    <Panel title={t("week.next")}>
      <EmptyState text={t("week.no_session")} hint={t("week.no_session_hint")} />
    </Panel>
  )
}

function Cases({ loading, open, submits }: { loading: boolean; open: CaseBrief[]; submits: boolean }) {
  const { t } = useTranslation()
  return (
    <Panel
      title={t(submits ? "week.my_cases" : "week.cases")}
      aside={
        <Text size="sm" c="dimmed">
          {open.length > 0 && t("session.case_count", { count: open.length })}
        </Text>
      }
    >
      {loading && <Skeleton h={160} />}
      {!loading && open.length === 0 && (
        <EmptyState
          text={t("week.no_cases")}
          hint={t(submits ? "week.no_cases_hint" : "week.no_cases_hub_hint")}
        />
      )}
      {open.map(item => (
        <CaseRow key={item.id} of={item} />
      ))}
    </Panel>
  )
}
