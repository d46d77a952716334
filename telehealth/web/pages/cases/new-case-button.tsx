import { api } from "@app/api/client"
import { asProblem } from "@app/api/problem"
import { queryClient } from "@app/api/queries"
import type { Case, SessionBrief } from "@app/api/types"
import { problemText } from "@app/design/problem-alert"
import { Button } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { IconPlus } from "@tabler/icons-react"
import { useNavigate } from "@tanstack/react-router"
import { useState } from "react"
import { useTranslation } from "react-i18next"

const TAKES_CASES = new Set(["planned", "open"])

/** Starts a draft for the session that still takes cases, and opens it. */
export function NewCaseButton({
  session,
  primary = true,
}: {
  session: SessionBrief | null
  primary?: boolean
}) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)

  const start = async () => {
    setBusy(true)
    try {
      const into = session && TAKES_CASES.has(session.state) ? { session_id: session.id } : {}
      const created = await api.post<Case>("/api/cases", into)
      queryClient.invalidateQueries({ queryKey: ["cases"] })
      await navigate({ to: "/cases/$caseId", params: { caseId: created.id } })
    } catch (error) {
      notifications.show({ color: "red", message: problemText(t, asProblem(error)) })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button
      onClick={start}
      loading={busy}
      variant={primary ? "filled" : "default"}
      leftSection={<IconPlus size={18} aria-hidden />}
    >
      {t("case.new")}
    </Button>
  )
}
