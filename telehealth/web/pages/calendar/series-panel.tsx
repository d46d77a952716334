import { allSeries } from "@app/api/queries"
import type { Series } from "@app/api/types"
import { weekdayName } from "@app/design/dates"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { StateBadge } from "@app/design/state-badge"
import { Button, Group, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { SeriesForm } from "./series-form"

/** The weekly rhythm: which day, what time, who leads. */
export function SeriesPanel({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation()
  const series = useQuery(allSeries)
  const [editing, setEditing] = useState<Series | "new" | null>(null)
  return (
    <Panel
      title={t("series.title")}
      aside={
        mayEdit && (
          <Button variant="default" size="xs" ml="auto" onClick={() => setEditing("new")}>
            {t("series.add")}
          </Button>
        )
      }
    >
      {series.data?.length === 0 && <EmptyState text={t("series.none")} hint={t("series.none_hint")} />}
      <Stack gap="xs">
        {series.data?.map(each => (
          <Group key={each.id} justify="space-between">
            <div>
              <Text fw={500}>{each.title}</Text>
              <Text size="sm" c="dimmed">
                {t("series.rhythm", {
                  weekday: weekdayName(each.weekday),
                  time: each.start_time.slice(0, 5),
                  minutes: each.duration_minutes,
                })}
              </Text>
            </div>
            <Group gap="xs">
              {!each.active && <StateBadge tone="calm">{t("series.paused")}</StateBadge>}
              {mayEdit && (
                <Button
                  variant="default"
                  size="xs"
                  aria-label={t("series.edit_named", { title: each.title })}
                  onClick={() => setEditing(each)}
                >
                  {t("common.edit")}
                </Button>
              )}
            </Group>
          </Group>
        ))}
      </Stack>
      {editing && <SeriesForm series={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
    </Panel>
  )
}
