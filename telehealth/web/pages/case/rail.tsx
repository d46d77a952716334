import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import { cases, oneCase, queryClient, sessions } from "@app/api/queries"
import type { Case, CaseContent } from "@app/api/types"
import { addDays, longDate, time, today } from "@app/design/dates"
import page from "@app/design/page.module.css"
import { ProblemAlert } from "@app/design/problem-alert"
import { ReasonDialog } from "@app/design/reason-dialog"
import { SaveState } from "@app/design/save-state"
import { TeachingSwitch } from "@app/design/teaching-switch"
import type { DraftHandle } from "@app/design/use-draft"
import { Button, Select, Stack, Text } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconCircleCheck, IconCircleDashed, IconSend } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"
import { missingNow, NEEDED_TO_SEND, PARTS } from "./content"

type Props = { of: Case; handle: DraftHandle<CaseContent> }

/** How far the case is, what still lacks, and the one button that sends it. */
export function Rail({ of, handle }: Props) {
  const { t } = useTranslation()
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const [asking, setAsking] = useState<"withdraw" | "return" | "refuse" | null>(null)
  const missing = missingNow(of.missing, handle.value)
  const lacksToSend = missing.filter(slug => NEEDED_TO_SEND.has(slug))

  const act = async (name: string, reason?: string) => {
    const answer = await api.post<Case>(`/api/cases/${of.id}/${name}`, reason ? { reason } : {})
    queryClient.setQueryData(oneCase(of.id).queryKey, answer)
    for (const key of ["cases", "session", "sessions"]) queryClient.invalidateQueries({ queryKey: [key] })
    notifications.show({ message: t(`case_act.${name}_done`) })
  }
  const run = async (name: "submit" | "accept") => {
    setBusy(true)
    setProblem(null)
    try {
      if (await handle.flush()) await act(name)
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <aside className={`${page.panel} ${classes.rail}`} aria-label={t("rail.title")}>
      {of.may.edit && <SaveState draft={handle.draft} onRetry={handle.flush} />}
      <Steps missing={missing} />
      {missing.includes("contract") && (
        <Text size="sm" mb="sm">
          {t("rail.contract")}
        </Text>
      )}
      <Stack gap="sm">
        {of.may.edit && <SessionChoice of={of} />}
        <ProblemAlert error={problem} />
        {of.may.submit && (
          <>
            <Button
              size="md"
              onClick={() => run("submit")}
              loading={busy}
              disabled={lacksToSend.length > 0}
              leftSection={<IconSend size={18} aria-hidden />}
            >
              {t(of.state === "returned" ? "rail.send_again" : "rail.send")}
            </Button>
            <Text size="sm" c="dimmed">
              {lacksToSend.length > 0
                ? t("rail.needs", { what: lacksToSend.map(slug => t(`missing.${slug}`)).join(", ") })
                : t(missing.length > 0 ? "rail.rest_may_follow" : "rail.complete")}
            </Text>
          </>
        )}
        {of.may.accept && (
          <Button size="md" onClick={() => run("accept")} loading={busy}>
            {t("case_act.accept")}
          </Button>
        )}
        {(["return", "refuse", "withdraw"] as const)
          .filter(name => of.may[name])
          .map(name => (
            <Button key={name} variant="default" onClick={() => setAsking(name)}>
              {t(`case_act.${name}`)}
            </Button>
          ))}
        {of.may.hide_identity && of.state !== "draft" && <TeachingSwitch of={of} />}
      </Stack>
      {asking && (
        <ReasonDialog
          title={t(`case_act.${asking}`)}
          consequence={t(`case_act.${asking}_means`, { name: of.presenter.full_name })}
          act={t(`case_act.${asking}`)}
          danger={asking !== "return"}
          onAct={reason => act(asking, reason)}
          onClose={() => setAsking(null)}
        />
      )}
    </aside>
  )
}

function Steps({ missing }: { missing: Case["missing"] }) {
  const { t } = useTranslation()
  return (
    <ol className={classes.steps}>
      {PARTS.map(part => {
        const lacks = part.missing.filter(slug => missing.includes(slug))
        const Icon = lacks.length === 0 ? IconCircleCheck : IconCircleDashed
        const color = lacks.length === 0 ? "var(--mantine-color-green-7)" : "var(--ink-soft)"
        return (
          <li key={part.id}>
            <a href={`#${part.id}`}>
              <Icon size={20} aria-hidden color={color} style={{ flex: "none", marginTop: 1 }} />
              <span>
                <span className={classes.stepText}>{t(`case.part.${part.id}`)}</span>
                {lacks.length > 0 && (
                  <span className={classes.lacking}>
                    {t("rail.lacks", { what: lacks.map(slug => t(`missing.${slug}`)).join(", ") })}
                  </span>
                )}
              </span>
            </a>
          </li>
        )
      })}
    </ol>
  )
}

const TAKES_CASES = new Set(["planned", "open"])

function SessionChoice({ of }: { of: Case }) {
  const { t } = useTranslation()
  const from = today()
  const list = useQuery(sessions(from, addDays(from, 60)))
  const open = (list.data ?? []).filter(each => TAKES_CASES.has(each.state) || each.id === of.session_id)
  const choose = async (session_id: string | null) => {
    try {
      const answer = await api.patch<Case>(`/api/cases/${of.id}`, { version: of.version, session_id })
      queryClient.setQueryData(oneCase(of.id).queryKey, answer)
      queryClient.invalidateQueries(cases())
    } catch {
      queryClient.invalidateQueries({ queryKey: ["case", of.id] })
    }
  }
  if (of.state !== "draft" && of.state !== "returned") return null
  return (
    <Select
      label={t("rail.session")}
      placeholder={t("rail.choose_session")}
      value={of.session_id ?? null}
      data={open.map(each => ({
        value: each.id,
        label: `${longDate(each.starts_at)}, ${time(each.starts_at)}`,
      }))}
      onChange={choose}
    />
  )
}
