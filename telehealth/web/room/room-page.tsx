import { lineDoors } from "@app/api/line-checks"
import { asProblem } from "@app/api/problem"
import { session as sessionQuery } from "@app/api/queries"
import { span } from "@app/design/dates"
import { ProblemAlert } from "@app/design/problem-alert"
import { useMe } from "@app/shell/who"
import { Button, Center, Loader, Text } from "@mantine/core"
import type { Choice } from "@signaling/devices"
import { PreJoin } from "@signaling/pre-join"
import { useQuery } from "@tanstack/react-query"
import { Link, useParams } from "@tanstack/react-router"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { InRoom } from "./in-room"
import { bringViewer } from "./program"
import { type Joined, join } from "./use-room"

type Entered = { readonly joined: Joined; readonly choice: Choice }

const REMEMBERED = "room-entered:"

/** The live room: first devices, then the meeting. Who was inside and reloads is inside again at once. */
export function RoomPage() {
  const { t } = useTranslation("room")
  const { sessionId } = useParams({ strict: false }) as { sessionId: string }
  const me = useMe()
  const session = useQuery(sessionQuery(sessionId))
  const [entered, setEntered] = useState<Entered | null>(null)
  const again = useReturn(sessionId, me.id, setEntered)
  const [problem, setProblem] = useState<unknown>(null)
  useEffect(bringViewer, [])

  if (session.error) return <Refused error={session.error} onRetry={() => void session.refetch()} />
  if (!session.data || again)
    return (
      <Center h="100dvh">
        <Loader aria-label={t("entering")} />
      </Center>
    )
  if (entered)
    return (
      <InRoom
        session={session.data}
        joined={entered.joined}
        choice={entered.choice}
        onLeave={() => leave()}
      />
    )
  const seat = session.data.people.find(place => place.person.id === me.id)?.seat ?? session.data.my_seat
  return (
    <PreJoin
      title={session.data.title}
      listenOnly={seat === "observer"}
      onJoin={choice => void enter(choice)}
      lineDoors={lineDoors}
      onProblem={setProblem}
    >
      <Text c="dimmed">
        {span(session.data.starts_at, session.data.ends_at)} · {session.data.hub.name}
      </Text>
      {problem !== null && <ProblemAlert error={problem} onClose={() => setProblem(null)} />}
    </PreJoin>
  )

  async function enter(choice: Choice): Promise<void> {
    try {
      setEntered({ joined: await join(sessionId), choice })
      sessionStorage.setItem(REMEMBERED + sessionId, JSON.stringify({ who: me.id, choice }))
    } catch (error) {
      setProblem(asProblem(error))
    }
  }

  function leave(): void {
    sessionStorage.removeItem(REMEMBERED + sessionId)
    setEntered(null)
  }
}

/** After a reload of this tab the same person goes straight in, with the devices as they were. */
function useReturn(sessionId: string, me: string, onEntered: (entered: Entered) => void): boolean {
  const [left] = useState(() => remembered(sessionId, me))
  const [waiting, setWaiting] = useState(left !== null)
  useEffect(() => {
    if (!left) return
    let gone = false
    join(sessionId)
      .then(joined => gone || onEntered({ joined, choice: left }))
      .catch(() => sessionStorage.removeItem(REMEMBERED + sessionId))
      .finally(() => setWaiting(false))
    return () => {
      gone = true
    }
  }, [sessionId, left, onEntered])
  return waiting
}

function remembered(sessionId: string, me: string): Choice | null {
  try {
    const left = JSON.parse(sessionStorage.getItem(REMEMBERED + sessionId) ?? "null") as {
      who: string
      choice: Choice
    } | null
    return left?.who === me ? left.choice : null
  } catch {
    return null
  }
}

function Refused({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const { t } = useTranslation("room")
  return (
    <Center h="100dvh" p="md">
      <div>
        <ProblemAlert error={error} onRetry={onRetry} />
        <Button component={Link} to="/" variant="default" mt="md">
          {t("home")}
        </Button>
      </div>
    </Center>
  )
}
