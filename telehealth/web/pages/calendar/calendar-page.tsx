import { calendar } from "@app/api/queries"
import { addDays, mondayOf, plainDate, today as todayIn, weekNumber } from "@app/design/dates"
import { Page } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { isCoordinator, useMe } from "@app/shell/who"
import { ActionIcon, Button, Group, SegmentedControl, Skeleton, Stack } from "@mantine/core"
import { useMediaQuery } from "@mantine/hooks"
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react"
import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Clashes } from "./clashes"
import { addMonths, monthOf, weeksOf } from "./month"
import { DaysList, WeeksTable } from "./month-view"
import { SeriesPanel } from "./series-panel"

const route = getRouteApi("/signed-in/shell/calendar")

export function CalendarPage() {
  const { t } = useTranslation()
  const person = useMe()
  const navigate = route.useNavigate()
  const today = todayIn()
  const month = route.useSearch().month ?? monthOf(today)
  const [view, setView] = useState<"month" | "week">("month")
  const [monday, setMonday] = useState(mondayOf(today))
  const narrow = useMediaQuery("(max-width: 820px)") ?? false
  const weeks =
    view === "month" ? weeksOf(month) : [Array.from({ length: 7 }, (_, index) => addDays(monday, index))]
  const from = weeks[0]?.[0] ?? today
  const to = weeks.at(-1)?.at(-1) ?? today
  const data = useQuery({ ...calendar(from, to), placeholderData: keepPreviousData })
  const turn = (by: number) =>
    view === "month"
      ? navigate({ search: { month: addMonths(month, by) } })
      : setMonday(addDays(monday, 7 * by))
  const back = () => {
    setMonday(mondayOf(today))
    navigate({ search: {} })
  }
  const title =
    view === "month"
      ? t("calendar.month", { month: Number(month.slice(5)), year: month.slice(0, 4) })
      : t("calendar.week", { week: weekNumber(monday), from: plainDate(from), to: plainDate(to) })
  const View = narrow ? DaysList : WeeksTable

  return (
    <Page
      title={title}
      eyebrow={t("nav.calendar")}
      actions={
        <>
          <Group gap={4}>
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={t("calendar.before")}
              onClick={() => turn(-1)}
            >
              <IconChevronLeft size={18} aria-hidden />
            </ActionIcon>
            <Button variant="default" onClick={back}>
              {t("calendar.today")}
            </Button>
            <ActionIcon variant="default" size="lg" aria-label={t("calendar.after")} onClick={() => turn(1)}>
              <IconChevronRight size={18} aria-hidden />
            </ActionIcon>
          </Group>
          <SegmentedControl
            aria-label={t("calendar.view")}
            value={view}
            onChange={value => setView(value === "week" ? "week" : "month")}
            data={[
              { value: "month", label: t("calendar.by_month") },
              { value: "week", label: t("calendar.by_week") },
            ]}
          />
        </>
      }
    >
      <Stack gap="lg">
        <ProblemAlert error={data.error} onRetry={data.refetch} />
        {data.data && <Clashes data={data.data} mayDecide={isCoordinator(person)} />}
        {data.data ? (
          <View data={data.data} weeks={weeks} month={view === "month" ? month : null} today={today} />
        ) : (
          !data.error && <Skeleton h={520} radius={14} />
        )}
        <SeriesPanel mayEdit={isCoordinator(person)} />
      </Stack>
    </Page>
  )
}
