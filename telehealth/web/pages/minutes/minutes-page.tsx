import { api } from "@app/api/client"
import { minutes as minutesQuery, oneCase, queryClient } from "@app/api/queries"
import type { Case, Minutes } from "@app/api/types"
import { dateTime } from "@app/design/dates"
import { Page } from "@app/design/page"
import page from "@app/design/page.module.css"
import { PatientBanner } from "@app/design/patient-banner"
import { ProblemAlert } from "@app/design/problem-alert"
import { ReasonDialog } from "@app/design/reason-dialog"
import { ConflictCard, SaveState } from "@app/design/save-state"
import { StateBadge } from "@app/design/state-badge"
import { useNames } from "@app/design/use-names"
import { Button, Skeleton, Stack, Text } from "@mantine/core"
import { IconFileTypePdf } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link } from "@tanstack/react-router"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { FormHead } from "./form-head"
import classes from "./minutes.module.css"
import { missingFrom } from "./minutes-content"
import { MinutesFields } from "./minutes-fields"
import { MinutesText } from "./minutes-text"
import { SessionFacts } from "./session-facts"
import { mayWrite, useMinutesDraft } from "./use-minutes-draft"

const route = getRouteApi("/signed-in/shell/cases/$caseId/minutes")

/** Left the form as it prints, right what the session recorded. */
export function MinutesPage() {
  const { t } = useTranslation()
  const { caseId } = route.useParams()
  const of = useQuery(oneCase(caseId))
  const minutes = useQuery(minutesQuery(caseId))
  if (of.data && minutes.data) return <Loaded key={caseId} of={of.data} minutes={minutes.data} />
  return (
    <Page title={t("minutes.title")}>
      <ProblemAlert error={of.error ?? minutes.error} onRetry={() => [of.refetch(), minutes.refetch()]} />
      {!of.error && !minutes.error && <Skeleton h={600} radius={14} />}
    </Page>
  )
}

function Loaded({ of, minutes }: { of: Case; minutes: Minutes }) {
  const { t } = useTranslation()
  const { value, draft, set, flush, settle } = useMinutesDraft(of, minutes)
  const editable = mayWrite(of, minutes)
  return (
    <>
      <PatientBanner of={of} order={of.order}>
        <Link to="/cases/$caseId" params={{ caseId: of.id }}>
          {t("minutes.to_case")}
        </Link>
      </PatientBanner>
      <Page title={t("minutes.title")} wide>
        <div className={classes.layout}>
          <Stack gap="md" miw={0}>
            <ConflictCard
              draft={draft}
              label={field => t(`minutes.${field}`)}
              show={shown => (typeof shown === "string" ? shown : JSON.stringify(shown))}
              onSettle={settle}
            />
            <article className={classes.paper}>
              <FormHead form={minutes.form} of={of} />
              {editable ? (
                <MinutesFields
                  value={value}
                  questions={of.questions}
                  attendance={minutes.attendance}
                  set={set}
                />
              ) : (
                <MinutesText value={value} questions={of.questions} />
              )}
            </article>
          </Stack>
          <div className={classes.side}>
            <section className={page.panel} aria-label={t("minutes.state_title")}>
              <Stack gap="sm">
                {editable && <SaveState draft={draft} onRetry={flush} />}
                {editable ? (
                  <CloseMinutes
                    of={of}
                    mayClose={minutes.may?.close ?? Boolean(of.may.close_minutes)}
                    version={draft.base.version}
                    missing={missingFrom(value)}
                    flush={flush}
                  />
                ) : (
                  <Closed minutes={minutes} />
                )}
                {minutes.state !== "none" && (
                  <Button
                    component="a"
                    href={`/api/cases/${of.id}/minutes.pdf`}
                    target="_blank"
                    variant="default"
                    leftSection={<IconFileTypePdf size={18} aria-hidden />}
                  >
                    {t(minutes.state === "closed" ? "minutes.pdf" : "minutes.pdf_draft")}
                  </Button>
                )}
              </Stack>
            </section>
            <SessionFacts minutes={minutes} />
          </div>
        </div>
      </Page>
    </>
  )
}

type CloseProps = {
  of: Case
  mayClose: boolean
  version: number
  missing: string[]
  flush: () => Promise<boolean>
}

/** Closing freezes the form and sends it on its way: only when it is whole, and said before it is done. */
function CloseMinutes({ of, mayClose, version, missing, flush }: CloseProps) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  if (!mayClose) {
    return <Text size="sm">{t("minutes.chair_closes")}</Text>
  }
  const close = async () => {
    const answer = await api.post<Minutes>(`/api/cases/${of.id}/minutes/close`, { version })
    queryClient.setQueryData(minutesQuery(of.id).queryKey, answer)
    for (const key of ["case", "cases", "deliveries"]) queryClient.invalidateQueries({ queryKey: [key] })
  }
  const ask = async () => {
    if (await flush()) setAsking(true)
  }
  return (
    <>
      <Button size="md" disabled={missing.length > 0} onClick={ask}>
        {t("minutes.close")}
      </Button>
      <Text size="sm" c="dimmed">
        {missing.length > 0
          ? t("minutes.lacks", { what: missing.map(name => t(`minutes.${name}`)).join(", ") })
          : t("minutes.may_close")}
      </Text>
      {asking && (
        <ReasonDialog
          title={t("minutes.close")}
          consequence={t("minutes.close_means")}
          act={t("minutes.close")}
          withoutReason
          onAct={close}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}

function Closed({ minutes }: { minutes: Minutes }) {
  const { t } = useTranslation()
  const nameOf = useNames(minutes.closed_by ? [minutes.closed_by] : [])
  if (minutes.state !== "closed" || !minutes.closed_at)
    return <Text size="sm">{t("minutes.being_written")}</Text>
  return (
    <>
      <StateBadge tone="good">{t("minutes.closed")}</StateBadge>
      <Text size="sm">
        {t("minutes.closed_at", { at: dateTime(minutes.closed_at), name: nameOf(minutes.closed_by) })}
      </Text>
      {minutes.pdf_sha256 && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          SHA-256 {minutes.pdf_sha256}
        </Text>
      )}
    </>
  )
}
