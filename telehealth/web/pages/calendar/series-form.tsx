import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import { queryClient } from "@app/api/queries"
import type { Series } from "@app/api/types"
import { DateField } from "@app/design/date-field"
import { today, weekdayName } from "@app/design/dates"
import { PersonSelect } from "@app/design/person-select"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, Group, Modal, NumberInput, Select, Stack, Switch, TextInput } from "@mantine/core"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { parseTime } from "./month"

type Draft = Omit<Series, "id" | "time_zone" | "hub_id">
const THURSDAY = 3

/** Day, time, length, chair and secretary of a weekly series. */
export function SeriesForm({ series, onClose }: { series: Series | null; onClose: () => void }) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState<Draft>(() => ({
    title: series?.title ?? t("series.default_title"),
    weekday: series?.weekday ?? THURSDAY,
    start_time: series?.start_time.slice(0, 5) ?? "14:00",
    duration_minutes: series?.duration_minutes ?? 150,
    chair_id: series?.chair_id ?? null,
    secretary_id: series?.secretary_id ?? null,
    active: series?.active ?? true,
    starts_on: series?.starts_on ?? today(),
  }))
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const time = parseTime(draft.start_time)
  const set = (part: Partial<Draft>) => setDraft(before => ({ ...before, ...part }))

  const save = async () => {
    if (!time) return
    const { active, starts_on, ...both } = { ...draft, start_time: time }
    const send = () =>
      series
        ? api.patch(`/api/series/${series.id}`, { ...both, active })
        : api.post("/api/series", { ...both, starts_on })
    setBusy(true)
    setProblem(null)
    try {
      await send()
      await Promise.all(
        ["series", "calendar", "sessions"].map(key => queryClient.invalidateQueries({ queryKey: [key] })),
      )
      onClose()
    } catch (error) {
      setProblem(asProblem(error))
      setBusy(false)
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t(series ? "series.edit" : "series.add")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <TextInput
          label={t("series.name")}
          value={draft.title}
          onChange={event => set({ title: event.currentTarget.value })}
        />
        <Group grow align="flex-start">
          <Select
            label={t("series.weekday")}
            allowDeselect={false}
            value={String(draft.weekday)}
            data={[0, 1, 2, 3, 4, 5, 6].map(index => ({ value: String(index), label: weekdayName(index) }))}
            onChange={value => set({ weekday: Number(value) })}
          />
          <TextInput
            label={t("series.time")}
            inputMode="numeric"
            placeholder="14:00"
            value={draft.start_time}
            error={time ? undefined : t("series.time_wrong")}
            onChange={event => set({ start_time: event.currentTarget.value })}
            onBlur={() => time && set({ start_time: time })}
          />
          <NumberInput
            label={t("series.duration")}
            min={15}
            max={480}
            step={15}
            value={draft.duration_minutes}
            onChange={value => set({ duration_minutes: Number(value) || 15 })}
          />
        </Group>
        <PersonSelect
          label={t("seat.chair")}
          ofRole="chair"
          value={draft.chair_id}
          onChange={chair_id => set({ chair_id })}
        />
        <PersonSelect
          label={t("seat.secretary")}
          ofRole="secretary"
          value={draft.secretary_id}
          onChange={secretary_id => set({ secretary_id })}
        />
        <Group grow align="flex-end">
          {series ? (
            <Switch
              label={t("series.active")}
              checked={draft.active}
              onChange={event => set({ active: event.currentTarget.checked })}
            />
          ) : (
            <DateField
              label={t("series.starts_on")}
              value={{ date: draft.starts_on, precision: "day" }}
              onChange={value => value && set({ starts_on: value.date })}
            />
          )}
        </Group>
        <ProblemAlert error={problem} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button onClick={save} loading={busy} disabled={!time || draft.title.trim() === ""}>
            {t("series.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
