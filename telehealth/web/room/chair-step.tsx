/** The chair's primary button: start, next case, end; beside it any case of the agenda. */

import { api } from "@app/api/client"
import { queryClient, session as sessionQuery } from "@app/api/queries"
import type { Session } from "@app/api/types"
import { Button, Group, Menu, Modal, Text } from "@mantine/core"
import type { LiveLog } from "@signaling/live-log"
import type { LiveState } from "@signaling/live-state"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { type NextStep, nextStep } from "./acts"
import classes from "./room.module.css"
import { useAttempt } from "./use-attempt"

type Props = { readonly session: Session; readonly log: LiveLog; readonly state: LiveState }

export function ChairStep({ session, log, state }: Props) {
  const { t } = useTranslation("room")
  const { busy, attempt } = useAttempt()
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [ending, setEnding] = useState(false)
  const step = nextStep(state, session.agenda, opened)
  if (step.type === "none") return null
  const others = session.agenda.filter(item => item.case.id !== state.case_id)
  return (
    <div className={classes.chair}>
      {state.session_state === "live" && (
        <Menu position="top-end" shadow="md">
          <Menu.Target>
            <Button variant="default">{t("bar.other_case")}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map(item => (
              <Menu.Item key={item.case.id} onClick={() => void openCase(item.case.id)}>
                {t("bar.open_case", { order: item.order, name: item.case.patient.display_name })}
              </Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item onClick={() => setEnding(true)}>{t("bar.end")}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <Button size="md" loading={busy} onClick={() => void take(step)} data-act={`step-${step.type}`}>
        {stepWords(step)}
      </Button>
      <Modal opened={ending} onClose={() => setEnding(false)} title={t("bar.end_title")}>
        <Text>{t("bar.end_what")}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setEnding(false)}>
            {t("bar.end_not")}
          </Button>
          <Button loading={busy} onClick={() => void end()} data-act="end-confirm">
            {t("bar.end")}
          </Button>
        </Group>
      </Modal>
    </div>
  )

  function stepWords({ type }: NextStep): string {
    if (type === "start") return t("bar.start")
    if (type === "open") return t(state.case_id ? "bar.next_case" : "bar.first_case")
    return t("bar.end")
  }

  async function take(taken: NextStep): Promise<void> {
    if (taken.type === "start") await start(taken.first?.case.id ?? null)
    if (taken.type === "open") await openCase(taken.item.case.id)
    if (taken.type === "end") setEnding(true)
  }

  async function openCase(caseId: string): Promise<void> {
    await log.submit("case_opened", { case_id: caseId })
    setOpened(before => new Set([...before, caseId]))
  }

  /** The session's own state first, then the log's; either may already be there. */
  async function start(first: string | null): Promise<void> {
    await attempt(async () => {
      if (session.state !== "live") await api.post(`/api/sessions/${session.id}/start`, {})
      if (log.snapshot.state.session_state === "planned") await log.submit("session_started")
      if (first) await openCase(first)
      await again()
    })
  }

  async function end(): Promise<void> {
    await attempt(async () => {
      setEnding(false)
      await log.submit("session_ended")
      await api.post(`/api/sessions/${session.id}/end`, {})
      await again()
    })
  }

  async function again(): Promise<void> {
    await queryClient.invalidateQueries({ queryKey: sessionQuery(session.id).queryKey })
  }
}
