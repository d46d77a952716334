import { sessionLines } from "@app/api/line-checks"
import type { Session, SiteLine } from "@app/api/types"
import { dateTime } from "@app/design/dates"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { StateBadge, type Tone } from "@app/design/state-badge"
import { Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import classes from "./session.module.css"

const TONES: { readonly [verdict: string]: Tone } = { good: "good", fair: "attention", bad: "bad" }

/** Who can be heard on the day: each site's newest connection test, for those who run the session. */
export function LinesPanel({ session }: { session: Session }) {
  const { t } = useTranslation()
  const query = useQuery(sessionLines(session.id))
  const sites = query.data ?? []
  return (
    <Panel title={t("lines.title")}>
      <ProblemAlert error={query.error} onRetry={query.refetch} />
      {query.data && sites.length === 0 && <EmptyState text={t("lines.empty")} />}
      {sites.map(site => (
        <Site key={site.facility_id} site={site} />
      ))}
      {sites.some(site => site.check === null) && (
        <Text size="xs" c="dimmed" mt="xs">
          {t("lines.hint")}
        </Text>
      )}
    </Panel>
  )
}

function Site({ site: { facility_name, check } }: { site: SiteLine }) {
  const { t } = useTranslation()
  return (
    <div className={classes.person}>
      <div className={classes.personName}>
        <Text size="sm" fw={500}>
          {facility_name}
        </Text>
        {check && (
          <Text size="xs" c="dimmed">
            {dateTime(check.checked_at)} · {t(`signaling:line_check.advice.${check.advice}`)}
          </Text>
        )}
      </div>
      <StateBadge tone={check ? (TONES[check.verdict] ?? "calm") : "calm"}>
        {t(check ? `signaling:line_check.verdict.${check.verdict}` : "lines.none")}
      </StateBadge>
    </div>
  )
}
