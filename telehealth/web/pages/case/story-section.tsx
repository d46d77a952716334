import { caseDeliveries, minutes, recordings } from "@app/api/queries"
import type { Case } from "@app/api/types"
import { dateTime, span } from "@app/design/dates"
import { Panel } from "@app/design/page"
import { StateBadge } from "@app/design/state-badge"
import { DeliveryBadge } from "@app/design/states"
import { Button, Group, Stack, Text } from "@mantine/core"
import { IconFileTypePdf, IconPlayerPlay } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"

/** What came of the case: conclusions, the signed form, its way into the record, the recording. */
export function StorySection({ of }: { of: Case }) {
  const { t } = useTranslation()
  return (
    <Panel id="story" title={t("story.title")}>
      <Stack gap="lg">
        <Conclusions of={of} />
        <Recordings of={of} />
        <Deliveries of={of} />
      </Stack>
    </Panel>
  )
}

function Conclusions({ of }: { of: Case }) {
  const { t } = useTranslation()
  const query = useQuery({ ...minutes(of.id), retry: false })
  const data = query.data
  const given = data?.answers.filter(answer => answer.text.trim()) ?? []
  return (
    <div>
      {of.questions.map(question => {
        const answer = given.find(each => each.question_id === question.id)
        return (
          <div key={question.id}>
            <Text fw={600}>
              {question.number}. {question.text}
            </Text>
            <p className={classes.read}>{answer?.text ?? t("story.no_answer")}</p>
          </div>
        )
      })}
      {data?.conclusion && (
        <>
          <Text fw={600}>{t("minutes.conclusion")}</Text>
          <p className={classes.read}>{data.conclusion}</p>
        </>
      )}
      {data?.next_treatment && (
        <>
          <Text fw={600}>{t("minutes.next_treatment")}</Text>
          <p className={classes.read}>{data.next_treatment}</p>
        </>
      )}
      <Group gap="xs">
        <Button component={Link} to={`/cases/${of.id}/minutes`} variant="default" size="sm">
          {t(of.may.write_minutes && data?.state !== "closed" ? "story.write_minutes" : "story.see_minutes")}
        </Button>
        {data && data.state !== "none" && (
          <Button
            component="a"
            href={`/api/cases/${of.id}/minutes.pdf`}
            target="_blank"
            variant="default"
            size="sm"
            leftSection={<IconFileTypePdf size={18} aria-hidden />}
          >
            {t(data.state === "closed" ? "minutes.pdf" : "minutes.pdf_draft")}
          </Button>
        )}
      </Group>
    </div>
  )
}

function Recordings({ of }: { of: Case }) {
  const { t } = useTranslation()
  const query = useQuery({ ...recordings(of.id), retry: false })
  if (!query.data?.length) return null
  return (
    <div>
      <h3>{t("story.recordings")}</h3>
      {query.data.map(recording => (
        <Group key={recording.id} gap="sm">
          <Text size="sm">
            {dateTime(recording.started_at)}
            {recording.stopped_at && ` · ${span(recording.started_at, recording.stopped_at)}`}
          </Text>
          <StateBadge
            tone={recording.state === "ready" ? "good" : recording.state === "failed" ? "bad" : "active"}
          >
            {t(`recording_state.${recording.state}`)}
          </StateBadge>
          {recording.state === "ready" && (
            <Button
              component={Link}
              to={`/replay/${recording.id}?case_id=${of.id}`}
              size="xs"
              variant="default"
              leftSection={<IconPlayerPlay size={16} aria-hidden />}
            >
              {t("story.replay")}
            </Button>
          )}
        </Group>
      ))}
    </div>
  )
}

function Deliveries({ of }: { of: Case }) {
  const { t } = useTranslation()
  const query = useQuery({ ...caseDeliveries(of.id), retry: false })
  if (!query.data?.length) return null
  return (
    <div>
      <h3>{t("story.deliveries")}</h3>
      <Stack gap={6}>
        {query.data.map(delivery => (
          <Group key={delivery.id} gap="sm">
            <Text size="sm">
              {t(`delivery_kind.${delivery.kind}`)} → {t(`sink.${delivery.sink}`)}
            </Text>
            <DeliveryBadge state={delivery.state} />
            {delivery.verified_at && (
              <Text size="sm" c="dimmed">
                {dateTime(delivery.verified_at)}
              </Text>
            )}
          </Group>
        ))}
      </Stack>
    </div>
  )
}
