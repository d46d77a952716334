import { api } from "@app/api/client"
import { asProblem } from "@app/api/problem"
import { queryClient, session as sessionQuery } from "@app/api/queries"
import type { Session } from "@app/api/types"
import { problemText } from "@app/design/problem-alert"
import { ReasonDialog } from "@app/design/reason-dialog"
import { ActionIcon, Button, Menu } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconDots } from "@tabler/icons-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { NEEDS_REASON, type SessionAct } from "./session-acts"

type Props = { session: Session; next: SessionAct | null; others: SessionAct[] }

/** The step that leads on as a button, the rest in a menu; what people wait for asks for a reason. */
export function SessionActs({ session, next, others }: Props) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState<SessionAct | null>(null)
  const [busy, setBusy] = useState(false)

  const send = async (act: SessionAct, reason?: string) => {
    const answer = await api.post<Session>(`/api/sessions/${session.id}/${act}`, reason ? { reason } : {})
    queryClient.setQueryData(sessionQuery(session.id).queryKey, answer)
    for (const key of ["sessions", "calendar", "cases"]) queryClient.invalidateQueries({ queryKey: [key] })
    notifications.show({ message: t(`session_act.${act}_done`) })
  }
  const run = async (act: SessionAct) => {
    if (NEEDS_REASON.has(act) || act === "end") {
      setAsking(act)
      return
    }
    setBusy(true)
    try {
      await send(act)
    } catch (error) {
      notifications.show({ color: "red", message: problemText(t, asProblem(error)) })
    } finally {
      setBusy(false)
    }
  }

  return (
    <>
      {others.length > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label={t("session.more_acts")}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map(act => (
              <Menu.Item key={act} onClick={() => run(act)} {...(act === "cancel" ? { color: "red" } : {})}>
                {t(`session_act.${act}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {next && (
        <Button onClick={() => run(next)} loading={busy}>
          {t(`session_act.${next}`)}
        </Button>
      )}
      {asking && (
        <ReasonDialog
          title={t(`session_act.${asking}`)}
          consequence={t(`session_act.${asking}_means`)}
          act={t(`session_act.${asking}`)}
          danger={asking === "cancel"}
          withoutReason={!NEEDS_REASON.has(asking)}
          onAct={reason => send(asking, reason)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  )
}
