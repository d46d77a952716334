import { lineDoors } from "@app/api/line-checks"
import { Page } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { LineCheck } from "@signaling/line-check"
import { useState } from "react"
import { useTranslation } from "react-i18next"

/** The connection test as a page of its own: for a spoke, days before the meeting. */
export function LineCheckPage() {
  const { t } = useTranslation()
  const [problem, setProblem] = useState<unknown>(null)
  return (
    <Page title={t("nav.line_check")}>
      {problem !== null && <ProblemAlert error={problem} onClose={() => setProblem(null)} />}
      <LineCheck doors={lineDoors} onProblem={setProblem} />
    </Page>
  )
}
