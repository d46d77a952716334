/** Who is here, who speaks, whose line is weak; the chair gives control and lowers hands from here. */

import { liveLines } from "@app/api/line-checks"
import type { LiveLine, Session } from "@app/api/types"
import { Button, Group } from "@mantine/core"
import type { MeetingSnapshot } from "@signaling/meeting"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { mayGrant, personColor, type Standing } from "./acts"
import { lineWords } from "./line-words"
import classes from "./papers.module.css"
import type { RoomSnapshot } from "./room-model"
import type { Room } from "./use-room"

type Props = {
  readonly session: Session
  readonly room: Room
  readonly snapshot: RoomSnapshot
  readonly media: MeetingSnapshot
  readonly standing: Standing
}

type Line = {
  readonly identity: string
  readonly name: string
  readonly facility: string
  readonly seat: string
  readonly online: boolean
}

export function PeopleTab({ session, room, snapshot, media, standing }: Props) {
  const { t } = useTranslation("room")
  const lines = linesOf(session, snapshot)
  const { state } = snapshot.live
  const invited = session.people.map(seat => seat.person.id)
  const runs = standing.seat === "chair" || standing.seat === "secretary"
  const { data: measured = [] } = useQuery(liveLines(session.id, runs))
  return (
    <ul className={classes.people}>
      {lines.map(line => (
        <li key={line.identity} data-identity={line.identity} data-online={line.online || undefined}>
          <span
            className={classes.dot}
            style={{ background: line.online ? personColor(invited, line.identity) : "transparent" }}
          />
          <div>
            <b>{line.name}</b>{" "}
            {state.hands.includes(line.identity) && <span title={t("people.hand")}>✋</span>}
            <small>
              {t(`seat.${line.seat}`)} · {line.facility} · {stateWords(line)}
            </small>
            <Figures line={measured.find(one => one.identity === line.identity)} />
          </div>
          <Group gap={4} ml="auto" wrap="nowrap">
            {state.control === line.identity && <em>{t("people.in_control")}</em>}
            {mayGive(line) && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => void room.log.submit("control_granted", { identity: line.identity })}
              >
                {t("people.give_control")}
              </Button>
            )}
            {standing.seat === "chair" && state.hands.includes(line.identity) && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => void room.log.submit("hand_lowered", { identity: line.identity })}
              >
                {t("people.lower")}
              </Button>
            )}
          </Group>
        </li>
      ))}
    </ul>
  )

  function mayGive(line: Line): boolean {
    const other =
      line.identity !== state.control && (line.identity !== standing.me || standing.seat !== "chair")
    return mayGrant(standing) && state.case_id !== null && line.online && line.seat !== "observer" && other
  }

  function stateWords(line: Line): string {
    if (!line.online) return t("people.away")
    const quality = media.people.find(person => person.identity === line.identity)?.quality
    return quality === "weak" || quality === "lost" ? t(`signaling:line.${quality}`) : t("people.here")
  }
}

/** What the media server measures on one participant's line. */
function Figures({ line }: { readonly line: LiveLine | undefined }) {
  const { t, i18n } = useTranslation("room")
  if (!line) return null
  const { bad, lowered, ...figures } = lineWords(line, i18n.language)
  return (
    <small className={classes.figures} data-bad={bad || undefined}>
      {t("people.line", figures)}
      {figures.rtt && ` · ${t("people.rtt", { rtt: figures.rtt })}`}
      {lowered && ` · ${t("people.lowered")}`}
    </small>
  )
}

const SEATS = ["chair", "secretary", "presenter", "member", "observer"]

/** Invited and present people as one list: present first, then by seat. */
function linesOf(session: Session, { live }: RoomSnapshot): readonly Line[] {
  const lines = new Map<string, Line>()
  for (const { person, seat } of session.people)
    lines.set(person.id, {
      identity: person.id,
      name: person.full_name,
      facility: person.facility.name,
      seat,
      online: false,
    })
  for (const person of live.presence)
    lines.set(person.identity, {
      identity: person.identity,
      name: person.full_name,
      facility: person.facility,
      seat: person.seat,
      online: person.online,
    })
  return [...lines.values()].sort(
    (a, b) => Number(b.online) - Number(a.online) || SEATS.indexOf(a.seat) - SEATS.indexOf(b.seat),
  )
}
