import type { Session } from "@app/api/types"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { Button, Progress, Text } from "@mantine/core"
import { pokeKeeping, useKeeping } from "@viewer/keep/keeping"
import { useTranslation } from "react-i18next"
import { percentOf } from "./readiness"
import classes from "./session.module.css"

/** "Ảnh đã tải": what of this session's images this computer holds already. */
export function KeepPanel({ session }: { session: Session }) {
  const { t, i18n } = useTranslation()
  const keeping = useKeeping()
  if (!keeping)
    return (
      <Panel title={t("keep.title")}>
        <Text size="sm">{t("keep.unable")}</Text>
      </Panel>
    )
  const agenda = [...session.agenda].sort((a, b) => a.order - b.order)
  const rows = agenda.flatMap((item, place) => {
    const progress = keeping.cases.get(item.case.id)
    return progress && progress.total > 0 ? [{ item, place: place + 1, progress }] : []
  })
  const rate = ((keeping.rateBps ?? 0) / 1e6).toLocaleString(i18n.language, { maximumFractionDigits: 1 })
  const complete = rows.every(({ progress }) => progress.held >= progress.total)
  const status = keeping.status === "resting" && !complete ? "fetching" : keeping.status
  return (
    <Panel
      title={t("keep.title")}
      aside={
        <Button size="compact-sm" variant="default" onClick={pokeKeeping}>
          {t("keep.now")}
        </Button>
      }
    >
      {rows.length === 0 && <EmptyState text={t("keep.none")} />}
      {rows.map(({ item, place, progress }) => (
        <div key={item.case.id} className={classes.kept} data-kept={progress.held >= progress.total}>
          <Text size="sm" fw={500} id={`kept-${item.case.id}`}>
            {t("keep.case", { place, name: item.case.patient.display_name })}
          </Text>
          <Text size="sm" c="dimmed">
            {percentOf(progress.held, progress.total, i18n.language)}
          </Text>
          <Progress
            value={(100 * progress.held) / progress.total}
            aria-labelledby={`kept-${item.case.id}`}
            className={classes.keptBar ?? ""}
          />
        </div>
      ))}
      {rows.length > 0 && (
        <Text size="sm" mt="xs">
          {t(`keep.status.${status}`, { rate })}
        </Text>
      )}
      <Text size="xs" c="dimmed" mt="xs">
        {t("keep.hint")}
      </Text>
    </Panel>
  )
}
