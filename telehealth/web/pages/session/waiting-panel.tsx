import { api } from "@app/api/client"
import { queryClient } from "@app/api/queries"
import type { CaseBrief, Session } from "@app/api/types"
import { CaseFacts } from "@app/design/case-row"
import { EmptyState } from "@app/design/empty-state"
import { lacksToAccept } from "@app/design/missing"
import { Panel } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { ReasonDialog } from "@app/design/reason-dialog"
import { UrgencyBadge } from "@app/design/states"
import { Button, Group, Menu } from "@mantine/core"
import { useMutation } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./session.module.css"

type Decision = "return" | "refuse"

const FIRST_MINUTES = 15

/** Puts an accepted case at the end of the agenda as it is now. */
async function placeLast(sessionId: string, caseId: string): Promise<void> {
  const now = await api.get<Session>(`/api/sessions/${sessionId}`)
  const items = now.agenda.map(item => ({ case_id: item.case.id, planned_minutes: item.planned_minutes }))
  if (items.some(item => item.case_id === caseId)) return
  const more = [...items, { case_id: caseId, planned_minutes: FIRST_MINUTES }]
  await api.put(`/api/sessions/${sessionId}/agenda`, { version: now.version, items: more })
}

/** Cases that were sent and wait for an answer: accept, or give back with a reason. */
export function WaitingPanel({ session, decides }: { session: Session; decides: boolean }) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState<{ of: CaseBrief; decision: Decision } | null>(null)
  const decide = useMutation({
    mutationFn: async ({
      id,
      act,
      reason,
    }: {
      id: string
      act: Decision | "accept" | "place"
      reason?: string
    }) => {
      if (act !== "place") await api.post(`/api/cases/${id}/${act}`, reason ? { reason } : {})
      if (act === "accept" || act === "place") await placeLast(session.id, id)
    },
    onSuccess: () =>
      Promise.all(
        ["session", "cases", "case", "sessions"].map(key =>
          queryClient.invalidateQueries({ queryKey: [key] }),
        ),
      ),
  })
  return (
    <Panel title={t("session.waiting", { count: session.waiting.length })}>
      <ProblemAlert error={decide.error} onClose={decide.reset} />
      {session.waiting.length === 0 && <EmptyState text={t("session.waiting_none")} />}
      {session.waiting.map(of => (
        <div key={of.id} className={classes.waiting}>
          <Link to="/cases/$caseId" params={{ caseId: of.id }} className={classes.caseLink}>
            <CaseFacts of={of} />
          </Link>
          <UrgencyBadge urgency={of.urgency} />
          {decides && (
            <Group gap="xs" wrap="nowrap">
              <Button
                size="sm"
                variant="light"
                disabled={lacksToAccept(of.missing).length > 0}
                loading={decide.isPending && decide.variables.id === of.id}
                onClick={() =>
                  decide.mutate({ id: of.id, act: of.state === "accepted" ? "place" : "accept" })
                }
              >
                {t(of.state === "accepted" ? "case_act.place" : "case_act.accept")}
              </Button>
              <Menu position="bottom-end">
                <Menu.Target>
                  <Button size="sm" variant="default" aria-haspopup="menu">
                    {t("session.not_yet")}
                  </Button>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => setAsking({ of, decision: "return" })}>
                    {t("case_act.return")}
                  </Menu.Item>
                  <Menu.Item color="red" onClick={() => setAsking({ of, decision: "refuse" })}>
                    {t("case_act.refuse")}
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </Group>
          )}
        </div>
      ))}
      {asking && (
        <ReasonDialog
          title={`${t(`case_act.${asking.decision}`)} · ${asking.of.patient.display_name}`}
          consequence={t(`case_act.${asking.decision}_means`, { name: asking.of.presenter.full_name })}
          act={t(`case_act.${asking.decision}`)}
          danger={asking.decision === "refuse"}
          onAct={reason => decide.mutateAsync({ id: asking.of.id, act: asking.decision, reason })}
          onClose={() => setAsking(null)}
        />
      )}
    </Panel>
  )
}
