import { api } from "@app/api/client"
import { arrivedStudies, casePeers, casePulls, isUnderWay } from "@app/api/pacs-queries"
import { asProblem, type Problem } from "@app/api/problem"
import type { Pull } from "@app/api/types"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, Group, Progress, Stack, Text } from "@mantine/core"
import { IconDatabaseSearch } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./pacs.module.css"
import { PacsSearch } from "./pacs-search"
import { PacsStudies } from "./pacs-studies"

type Props = { caseId: string; patientId: string; onImages: () => Promise<unknown> }

/** Images that need no disc and no folder: from the hospital's PACS, or sent here by it already. */
export function PacsPanel({ caseId, patientId, onImages }: Props) {
  const { t } = useTranslation()
  const [searching, setSearching] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const peers = useQuery(casePeers(caseId))
  const pulls = useQuery(casePulls(caseId))
  const arrived = useQuery(arrivedStudies(caseId))
  const images = (pulls.data ?? []).reduce((sum, pull) => sum + pull.arrived, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what has arrived is shown at once
  useEffect(() => void onImages(), [images])

  const attempt = async (act: Promise<unknown>) => {
    setProblem(null)
    try {
      await act
      await Promise.all([pulls.refetch(), arrived.refetch(), onImages()])
    } catch (error) {
      setProblem(asProblem(error))
    }
  }
  const loose = arrived.data ?? []

  return (
    <Stack gap="sm">
      {(peers.data ?? []).length > 0 && (
        <Group>
          <Button
            variant="default"
            leftSection={<IconDatabaseSearch size={18} aria-hidden />}
            onClick={() => setSearching(true)}
          >
            {t("pacs.open")}
          </Button>
        </Group>
      )}
      <ProblemAlert error={problem ?? pulls.error} onClose={() => setProblem(null)} />
      <Pulls
        of={pulls.data ?? []}
        onRetry={pull => attempt(api.post(`/api/cases/${caseId}/pulls/${pull.id}/retry`))}
      />
      {loose.length > 0 && (
        <section aria-label={t("pacs.arrived_title", { count: loose.length })} className={classes.arrived}>
          <Text fw={600} mb={6}>
            {t("pacs.arrived_title", { count: loose.length })}
          </Text>
          <PacsStudies
            of={loose}
            beside={study => (
              <Button
                size="xs"
                variant="default"
                onClick={() => attempt(api.post(`/api/cases/${caseId}/arrived-studies/${study.study_uid}`))}
              >
                {t("pacs.attach")}
              </Button>
            )}
          />
        </section>
      )}
      {searching && (
        <PacsSearch
          caseId={caseId}
          peers={peers.data ?? []}
          patientId={patientId}
          onPulled={pulls.refetch}
          onClose={() => setSearching(false)}
        />
      )}
    </Stack>
  )
}

function Pulls({ of, onRetry }: { of: Pull[]; onRetry: (pull: Pull) => void }) {
  const { t } = useTranslation()
  const shown = of.filter(pull => pull.state !== "done").concat(of.filter(pull => pull.state === "done"))
  if (shown.length === 0) return null
  return (
    <ul className={classes.pulls} aria-label={t("pacs.pulls_title")}>
      {shown.map(pull => (
        <li key={pull.id} data-testid="pull">
          <Group justify="space-between" gap="sm">
            <Text size="sm" fw={500} role="status">
              {pull.description || t("pacs.unnamed")} · {t(`pacs.state.${pull.state}`)} · {count(pull)}
            </Text>
            {!isUnderWay(pull) && pull.state !== "done" && (
              <Button size="xs" variant="default" onClick={() => onRetry(pull)}>
                {t("pacs.retry")}
              </Button>
            )}
          </Group>
          {isUnderWay(pull) && (
            <Progress
              mt={4}
              animated
              value={pull.expected ? (100 * pull.arrived) / pull.expected : 100}
              aria-label={t("pacs.pulls_title")}
            />
          )}
          {!isUnderWay(pull) && pull.state !== "done" && (
            <Text size="sm" c="dimmed">
              {t(`pacs.reason.${pull.reason_slug ?? "other"}`, t("pacs.reason.other"))}{" "}
              {pull.arrived > 0 && t("pacs.kept")}
            </Text>
          )}
        </li>
      ))}
    </ul>
  )

  function count({ arrived, expected }: Pull): string {
    return expected ? t("pacs.of", { arrived, expected }) : t("pacs.images", { count: arrived })
  }
}
