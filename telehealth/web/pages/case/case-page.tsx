import { api } from "@app/api/client"
import { oneCase, queryClient, session as sessionQuery } from "@app/api/queries"
import type { Case, CaseContent } from "@app/api/types"
import { Page } from "@app/design/page"
import { PatientBanner } from "@app/design/patient-banner"
import { ProblemAlert } from "@app/design/problem-alert"
import { ConflictCard } from "@app/design/save-state"
import { CaseBadge, UrgencyBadge } from "@app/design/states"
import { useDraft } from "@app/design/use-draft"
import { useMe } from "@app/shell/who"
import { Alert, Group, Skeleton, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"
import { ConsentSection } from "./consent-section"
import { adoptQuestionIds, isOver, savedOf, toSend } from "./content"
import { ExcerptSection } from "./excerpt-section"
import { ImagesSection } from "./images-section"
import { PatientSection } from "./patient-section"
import { Rail } from "./rail"
import { ReasonSection } from "./reason-section"
import { StorySection } from "./story-section"
import { SummarySection } from "./summary-section"

const route = getRouteApi("/signed-in/shell/cases/$caseId")

/** Everything about one case on one page: typed before the session, told after it. */
export function CasePage() {
  const { t } = useTranslation()
  const { caseId } = route.useParams()
  const query = useQuery(oneCase(caseId))
  if (query.data) return <Loaded key={caseId} of={query.data} />
  return (
    <Page title={t("case.title")}>
      {query.error ? (
        <ProblemAlert error={query.error} onRetry={query.refetch} />
      ) : (
        <Skeleton h={500} radius={14} />
      )}
    </Page>
  )
}

function Loaded({ of }: { of: Case }) {
  const { t } = useTranslation()
  const handle = useCaseDraft(of)
  const readOnly = !of.may.edit
  const refused = handle.draft.phase.name === "refused" ? handle.draft.phase.problem.fields : []
  const parts = { of, value: handle.value, set: handle.set, readOnly, refused }
  const over = isOver(of)
  const name = of.patient.display_name || t(of.state === "draft" ? "case.new_title" : "case.title")
  return (
    <>
      <Banner of={of} />
      <Page
        title={name}
        wide
        eyebrow={
          <Group gap="xs">
            <span>{t("case.by", { name: of.presenter.full_name })}</span>
            <CaseBadge of={of} />
            <UrgencyBadge urgency={of.urgency} />
          </Group>
        }
      >
        <div className={classes.layout}>
          <Stack gap="lg" miw={0}>
            <Returned of={of} />
            <ConflictCard
              draft={handle.draft}
              label={field => t(`case.field.${field}`)}
              show={shown => (typeof shown === "string" ? shown : JSON.stringify(shown))}
              onSettle={handle.settle}
            />
            {over && <StorySection of={of} />}
            <PatientSection {...parts} />
            <ReasonSection {...parts} />
            <SummarySection {...parts} />
            <ImagesSection {...parts} />
            <ExcerptSection of={of} readOnly={readOnly} />
            <ConsentSection of={of} />
          </Stack>
          <Rail of={of} handle={handle} />
        </div>
      </Page>
    </>
  )
}

function useCaseDraft(of: Case) {
  const person = useMe()
  const put = (answer: Case) => {
    queryClient.setQueryData(oneCase(of.id).queryKey, answer)
    return savedOf(answer)
  }
  return useDraft<CaseContent>({
    storageKey: `${person.id}:case:${of.id}`,
    server: savedOf(of),
    readOnly: !of.may.edit,
    adopt: adoptQuestionIds,
    save: async (changed, version) =>
      put(await api.patch<Case>(`/api/cases/${of.id}`, { version, ...toSend(changed) })),
    refetch: async () => put(await queryClient.fetchQuery({ ...oneCase(of.id), staleTime: 0 })),
  })
}

function Banner({ of }: { of: Case }) {
  const { t } = useTranslation()
  const session = useQuery({ ...sessionQuery(of.session_id ?? ""), enabled: Boolean(of.session_id) })
  if (!of.patient.display_name && !of.withheld) return null
  return (
    <div className={classes.top}>
      <PatientBanner of={of} order={of.order} total={of.order ? session.data?.agenda.length : null}>
        {session.data && (
          <Link to="/sessions/$sessionId" params={{ sessionId: session.data.id }}>
            {session.data.title || t("session.title")}
          </Link>
        )}
      </PatientBanner>
    </div>
  )
}

function Returned({ of }: { of: Case }) {
  const { t } = useTranslation()
  if (of.state !== "returned" || !of.return_reason) return null
  return (
    <Alert color="orange" title={t("case.returned")}>
      <Text size="sm">{of.return_reason}</Text>
    </Alert>
  )
}
