/** One act against the server at a time; a refusal is said in words and nothing else changes. */

import { asProblem } from "@app/api/problem"
import { problemText } from "@app/design/problem-alert"
import { notifications } from "@mantine/notifications"
import { useState } from "react"
import { useTranslation } from "react-i18next"

export type Attempt = (act: () => Promise<unknown>) => Promise<void>

export function useAttempt(): { readonly busy: boolean; readonly attempt: Attempt } {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const attempt: Attempt = async act => {
    setBusy(true)
    try {
      await act()
    } catch (error) {
      notifications.show({ color: "red", message: problemText(t, asProblem(error)) })
    } finally {
      setBusy(false)
    }
  }
  return { busy, attempt }
}
