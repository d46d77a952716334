import { api } from "@app/api/client"
import { oneCase, recordings as recordingsQuery, studies as studiesQuery } from "@app/api/queries"
import type { Recording } from "@app/api/types"
import { PatientBanner } from "@app/design/patient-banner"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, Center, Loader, Stack, Text } from "@mantine/core"
import type { Timeline } from "@recordings/timeline"
import type { LiveState } from "@signaling/live-state"
import { queryOptions, useQuery } from "@tanstack/react-query"
import { Link, useParams, useSearch } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"
import { Replay } from "./replay"
import classes from "./replay.module.css"

const timelineOf = (id: string) =>
  queryOptions({
    queryKey: ["timeline", id],
    queryFn: () => api.get<Timeline<LiveState>>(`/api/recordings/${id}/timeline`),
    staleTime: Number.POSITIVE_INFINITY, // a closed recording never changes
  })

const CLOSING_MS = 3_000

/** A recorded case: the voices over the same images and moves. */
export function ReplayPage() {
  const { recordingId } = useParams({ strict: false }) as { recordingId: string }
  const search = useSearch({ strict: false }) as { case_id?: string }
  const timeline = useQuery({ ...timelineOf(recordingId), enabled: !search.case_id })
  const caseId = search.case_id ?? timeline.data?.state.case_id ?? null
  const recordings = useQuery({
    ...recordingsQuery(caseId ?? ""),
    enabled: caseId !== null,
    refetchInterval: query => (stateOf(query.state.data, recordingId) === "closing" ? CLOSING_MS : false),
  })
  const recording = recordings.data?.find(one => one.id === recordingId)
  const axis = useQuery({ ...timelineOf(recordingId), enabled: recording?.state === "ready" })
  const shownCase = useQuery({ ...oneCase(caseId ?? ""), enabled: caseId !== null })
  const studies = useQuery({ ...studiesQuery(caseId ?? ""), enabled: caseId !== null })
  const error = recordings.error ?? shownCase.error ?? axis.error ?? (search.case_id ? null : timeline.error)

  if (error) return <Away error={error} />
  if (recordings.data && recording?.state !== "ready") return <Away state={recording?.state ?? "missing"} />
  if (!recording || !axis.data || !shownCase.data || !studies.data)
    return (
      <Center h="100dvh">
        <Loader />
      </Center>
    )
  return (
    <div className={classes.replay}>
      <PatientBanner of={shownCase.data} />
      <Replay key={recordingId} recording={recording} timeline={axis.data} studies={studies.data} />
    </div>
  )
}

function stateOf(recordings: readonly Recording[] | undefined, id: string): string | undefined {
  return recordings?.find(recording => recording.id === id)?.state
}

function Away({ error, state }: { readonly error?: unknown; readonly state?: string }) {
  const { t } = useTranslation("room")
  return (
    <Center h="100dvh" p="md">
      <Stack maw={520}>
        {error ? <ProblemAlert error={error} /> : <Text role="status">{t(`recordings:state.${state}`)}</Text>}
        <Button component={Link} to="/" variant="default">
          {t("home")}
        </Button>
      </Stack>
    </Center>
  )
}
