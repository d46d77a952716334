import { OWN_PAGE } from "@app/api/client"
import { Progress, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { uploaderOf, useRunning, useSnapshot } from "@viewer/upload/uploads"
import { useTranslation } from "react-i18next"
import classes from "./shell.module.css"

/** Files on their way, seen from every page: leaving a case does not stop them. */
export function UploadsNotice() {
  const running = useRunning()
  return running.map(caseId => <Notice key={caseId} caseId={caseId} />)
}

function Notice({ caseId }: { caseId: string }) {
  const { t } = useTranslation()
  const settings = { endpoint: `/api/cases/${caseId}/uploads`, headers: OWN_PAGE }
  const { sum } = useSnapshot(uploaderOf(caseId, settings, () => undefined))
  return (
    <Link to="/cases/$caseId" params={{ caseId }} hash="images" className={classes.uploads}>
      <Text size="sm">{t("uploads_notice", { done: sum.done, files: sum.files })}</Text>
      <Progress value={sum.bytes > 0 ? (100 * sum.sentBytes) / sum.bytes : 0} size="sm" aria-hidden />
    </Link>
  )
}
