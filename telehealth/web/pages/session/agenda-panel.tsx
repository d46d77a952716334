import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import { queryClient, session as sessionQuery } from "@app/api/queries"
import type { CaseBrief, Session } from "@app/api/types"
import { CaseFacts } from "@app/design/case-row"
import { time } from "@app/design/dates"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { CaseBadge, UrgencyBadge } from "@app/design/states"
import { caseColor } from "@app/design/theme"
import { Group, NumberInput, Progress, Text } from "@mantine/core"
import { MAX_MINUTES, MIN_MINUTES, move, offsets, plan, type Slot, totalMinutes } from "@scheduling/agenda"
import { SortableList } from "@scheduling/sortable-list"
import { Link } from "@tanstack/react-router"
import { useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./session.module.css"

type Props = { session: Session; editable: boolean }

const slotsOf = (session: Session): Slot[] =>
  [...session.agenda]
    .sort((a, b) => a.order - b.order)
    .map(item => ({ case_id: item.case.id, planned_minutes: item.planned_minutes }))

/** Order and minutes, by drag or keys, against the length of the slot; each change is saved at once. */
export function AgendaPanel({ session, editable }: Props) {
  const { t } = useTranslation()
  const { slots, change, problem } = useAgenda(session)
  const cases = new Map(session.agenda.map(item => [item.case.id, item.case]))
  const starts = offsets(slots)
  const items = slots.flatMap((slot, place) => {
    const found = cases.get(slot.case_id)
    const startsAt = Date.parse(session.starts_at) + (starts[place] ?? 0) * 60_000
    return found ? [{ id: slot.case_id, name: found.patient.display_name, of: found, slot, startsAt }] : []
  })
  return (
    <Panel title={t("session.agenda")} aside={<Total slots={slots} slotMinutes={session.slot_minutes} />}>
      <ProblemAlert error={problem} />
      {items.length === 0 && (
        <EmptyState
          text={t("session.agenda_empty")}
          {...(editable ? { hint: t("session.agenda_empty_hint") } : {})}
        />
      )}
      <SortableList
        items={items}
        disabled={!editable}
        onMove={(id, place) => change(move(slots, id, place))}
        render={(item, place) => (
          <AgendaRow
            of={item.of}
            place={place}
            startsAt={item.startsAt}
            minutes={item.slot.planned_minutes}
            editable={editable}
            onMinutes={minutes => change(plan(slots, item.id, minutes))}
          />
        )}
      />
    </Panel>
  )
}

/** Shows a change at once and sends it a breath later; a refused one goes back to what the server holds. */
function useAgenda(session: Session) {
  const [slots, setSlots] = useState(() => slotsOf(session))
  const [problem, setProblem] = useState<Problem | null>(null)
  const pending = useRef<ReturnType<typeof setTimeout> | null>(null)
  const latest = useRef(session)
  latest.current = session
  useEffect(() => {
    if (!pending.current) setSlots(slotsOf(session))
  }, [session])

  const send = async (items: Slot[]) => {
    const { id, version } = latest.current
    try {
      const answer = await api.put<Session>(`/api/sessions/${id}/agenda`, { version, items })
      queryClient.setQueryData(sessionQuery(id).queryKey, answer)
      setProblem(null)
    } catch (error) {
      setProblem(asProblem(error))
      await queryClient.invalidateQueries({ queryKey: ["session", id] })
      setSlots(slotsOf(latest.current))
    }
  }
  const change = (items: Slot[]) => {
    setSlots(items)
    if (pending.current) clearTimeout(pending.current)
    pending.current = setTimeout(() => {
      pending.current = null
      send(items)
    }, 500)
  }
  return { slots, change, problem }
}

function Total({ slots, slotMinutes }: { slots: Slot[]; slotMinutes: number }) {
  const { t } = useTranslation()
  const total = totalMinutes(slots)
  const over = total - slotMinutes
  return (
    <Group gap="sm" ml="auto" wrap="nowrap">
      <Text size="sm" fw={600} c={over > 0 ? "red.8" : "inherit"} role="status">
        {t(over > 0 ? "session.minutes_over" : "session.minutes_of", { total, slot: slotMinutes, over })}
      </Text>
      <Progress
        w={110}
        size="sm"
        visibleFrom="sm"
        value={slotMinutes > 0 ? Math.min(100, (100 * total) / slotMinutes) : 0}
        color={over > 0 ? "red" : "lake"}
        aria-hidden
      />
    </Group>
  )
}

type RowProps = {
  of: CaseBrief
  place: number
  startsAt: number
  minutes: number
  editable: boolean
  onMinutes: (minutes: number) => void
}

function AgendaRow({ of, place, startsAt, minutes, editable, onMinutes }: RowProps) {
  const { t } = useTranslation()
  return (
    <div className={classes.agendaRow}>
      <div className={classes.place} style={{ background: caseColor(place + 1) }}>
        {place + 1}
      </div>
      <Link to="/cases/$caseId" params={{ caseId: of.id }} className={classes.caseLink}>
        <CaseFacts of={of} />
      </Link>
      <div className={classes.agendaSide}>
        <span className={classes.badges}>
          <UrgencyBadge urgency={of.urgency} />
          {of.state !== "accepted" && of.state !== "scheduled" && <CaseBadge of={of} />}
        </span>
        <Text size="sm" c="dimmed" className={classes.startsAt ?? ""}>
          {time(startsAt)}
        </Text>
        {editable ? (
          <NumberInput
            aria-label={t("session.minutes_for", { name: of.patient.display_name })}
            value={minutes}
            min={MIN_MINUTES}
            max={MAX_MINUTES}
            step={5}
            suffix={t("session.minutes_suffix")}
            w={104}
            onChange={value => typeof value === "number" && onMinutes(value)}
          />
        ) : (
          <Text size="sm">{t("session.minutes", { count: minutes })}</Text>
        )}
      </div>
    </div>
  )
}
