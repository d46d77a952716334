import { readiness } from "@app/api/images-ahead"
import type { CaseReadiness, Session } from "@app/api/types"
import { dateTime } from "@app/design/dates"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { StateBadge } from "@app/design/state-badge"
import { Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { bytes, left } from "@viewer/upload/measures"
import { useTranslation } from "react-i18next"
import { complete, hasImages, percentOf, TONES } from "./readiness"
import classes from "./session.module.css"

/** Which images are where already: a case a block, a site a line; red is what will not be in time. */
export function ReadinessPanel({ session }: { session: Session }) {
  const { t } = useTranslation()
  const query = useQuery(readiness(session.id))
  const cases = query.data ?? []
  const names = new Map(session.agenda.map(({ case: of }) => [of.id, of.patient.display_name]))
  return (
    <Panel title={t("readiness.title")}>
      <ProblemAlert error={query.error} onRetry={query.refetch} />
      {query.data && cases.length === 0 && <EmptyState text={t("readiness.empty")} />}
      {cases.map((of, place) => (
        <section key={of.case_id} className={classes.ready} data-ready-case={of.case_id}>
          <Text size="sm" fw={600}>
            {t("readiness.case", { place: place + 1, name: names.get(of.case_id) ?? "" })}
            {hasImages(of) && ` · ${t("readiness.complete", { done: complete(of), all: of.sites.length })}`}
          </Text>
          {hasImages(of) ? (
            of.sites.map(site => <Site key={site.facility_id} site={site} />)
          ) : (
            <Text size="sm" c="dimmed">
              {t("readiness.no_images")}
            </Text>
          )}
        </section>
      ))}
    </Panel>
  )
}

function Site({ site }: { site: CaseReadiness["sites"][number] }) {
  const { t, i18n } = useTranslation()
  const percent = percentOf(site.held_bytes, site.total_bytes, i18n.language)
  return (
    <div className={classes.person} data-state={site.state}>
      <div className={classes.personName}>
        <Text size="sm">{site.facility_name}</Text>
        {site.told_at && (
          <Text size="xs" c="dimmed">
            {[...leftWords(), t("readiness.heard", { at: dateTime(site.told_at) })].join(" · ")}
          </Text>
        )}
      </div>
      <StateBadge tone={TONES[site.state]}>{t(`readiness.state.${site.state}`, { percent })}</StateBadge>
    </div>
  )

  function leftWords(): string[] {
    if (site.state === "complete") return []
    const size = bytes(site.total_bytes - site.held_bytes, i18n.language)
    if (site.left_seconds === null) return [t("readiness.left_size", { size })]
    const { key, count } = left(site.left_seconds)
    return [t("readiness.left", { size, time: t(`readiness.${key}`, { count }) })]
  }
}
