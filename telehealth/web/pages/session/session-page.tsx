import { session as sessionQuery } from "@app/api/queries"
import type { Session } from "@app/api/types"
import { dateTime, longDate, span } from "@app/design/dates"
import { Page } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { SessionBadge } from "@app/design/states"
import { useRoomAhead } from "@app/room/program"
import { maySubmit, useMe } from "@app/shell/who"
import { Button, Grid, Group, Skeleton, Stack, Text } from "@mantine/core"
import { IconDoorEnter } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"
import { NewCaseButton } from "../cases/new-case-button"
import { AgendaPanel } from "./agenda-panel"
import { KeepPanel } from "./keep-panel"
import { LinesPanel } from "./lines-panel"
import { PeoplePanel } from "./people-panel"
import { ReadinessPanel } from "./readiness-panel"
import { SessionActs } from "./session-act-buttons"
import { acts, hasRoom, mayOrder, mayReadLines, mayTriage } from "./session-acts"
import { WaitingPanel } from "./waiting-panel"

const route = getRouteApi("/signed-in/shell/sessions/$sessionId")

/** One meeting: what is on the agenda, what still waits, who comes. */
export function SessionPage() {
  const { sessionId } = route.useParams()
  const query = useQuery(sessionQuery(sessionId))
  const { t } = useTranslation()
  if (query.data) return <Loaded session={query.data} />
  return (
    <Page title={t("session.title")}>
      {query.error ? (
        <ProblemAlert error={query.error} onRetry={query.refetch} />
      ) : (
        <Skeleton h={420} radius={14} />
      )}
    </Page>
  )
}

function Loaded({ session }: { session: Session }) {
  const { t } = useTranslation()
  const person = useMe()
  const { next, others } = acts(session, person)
  useRoomAhead(hasRoom(session))
  return (
    <Page
      title={session.title}
      wide
      eyebrow={
        <Group gap="xs">
          <span>
            {longDate(session.starts_at)} · {span(session.starts_at, session.ends_at)} · {session.hub.name}
          </span>
          <SessionBadge state={session.state} />
        </Group>
      }
      actions={
        <>
          <SessionActs session={session} next={next} others={others} />
          {maySubmit(person) && <NewCaseButton session={session} primary={false} />}
          {hasRoom(session) && (
            <Button
              component={Link}
              to={`/room/${session.id}`}
              variant={next ? "default" : "filled"}
              leftSection={<IconDoorEnter size={18} aria-hidden />}
            >
              {t("session.enter_room")}
            </Button>
          )}
        </>
      }
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="lg">
            <AgendaPanel session={session} editable={mayOrder(session, person)} />
            <WaitingPanel session={session} decides={mayTriage(session, person)} />
            {session.my_seat && hasRoom(session) && <KeepPanel session={session} />}
            {mayReadLines(session, person) && <ReadinessPanel session={session} />}
            {mayReadLines(session, person) && <LinesPanel session={session} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="lg">
            <PeoplePanel session={session} editable={mayOrder(session, person)} />
            {session.submission_deadline && (
              <Text size="sm" c="dimmed">
                {t("session.deadline", { at: dateTime(session.submission_deadline) })}
              </Text>
            )}
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  )
}
