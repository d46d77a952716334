/** Inside: banner, images, people and papers, the bar. Only puts the parts together. */

import type { AgendaItem, Session } from "@app/api/types"
import { caseColor } from "@app/design/theme"
import { useMe } from "@app/shell/who"
import type { Choice } from "@signaling/devices"
import { Tiles } from "@signaling/tiles"
import { type CSSProperties, useEffect, useState } from "react"
import { asideOf, personColor, placeOf, type Standing } from "./acts"
import { Announcer } from "./announcer"
import { BottomBar } from "./bottom-bar"
import { Ended } from "./ended"
import { Notices } from "./notices"
import classes from "./room.module.css"
import { RoomBanner } from "./room-banner"
import { RoomImages } from "./room-images"
import type { RoomSnapshot } from "./room-model"
import { SidePanel, type TabName } from "./side-panel"
import { useNextCaseWarm, useOpenCase, usePapersAgain } from "./use-case"
import { type Joined, type Room, useMeeting, useModel, useRoom } from "./use-room"

type Props = {
  readonly session: Session
  readonly joined: Joined
  readonly choice: Choice
  readonly onLeave: () => void
}

export function InRoom(props: Props) {
  const { room, imageTrouble } = useRoom(props.session.id, props.joined, props.choice)
  return room ? <RoomScreen {...props} room={room} imageTrouble={imageTrouble} /> : null
}

function RoomScreen({ session, room, imageTrouble, onLeave }: Props & { room: Room; imageTrouble: boolean }) {
  const me = useMe()
  const snapshot = useModel(room.model)
  const media = useMeeting(room.meeting)
  const [tab, setTab] = useState<TabName>("questions")
  const tv = useTv()
  const { live } = snapshot
  const place = placeOf(session.agenda, live.state.case_id)
  const open = useOpenCase(live.state.case_id, place?.case.withheld ?? false)
  const withheld = open.withheld
    ? asideOf(session.agenda, open.id, { id: me.id, facilityId: me.facility.id })
    : null
  const maySee = (item: AgendaItem) => live.seat !== "presenter" || item.case.presenter.id === me.id
  usePapersAgain(room)
  useNextCaseWarm(room, session, open.id, maySee)
  const standing: Standing = {
    me: me.id,
    seat: live.seat,
    state: live.state,
    presenterOfCase: place?.case.presenter.id ?? null,
  }
  const shared = { session, room, snapshot, media, standing }
  if (live.status !== "live" && live.status !== "connecting" && live.status !== "waiting")
    return <Ended status={live.status} onBack={onLeave} />
  return (
    <div
      className={classes.room}
      style={colorsOf(session, snapshot)}
      data-tv={tv || undefined}
      data-minutes={(tab === "minutes" && mayWrite(live.seat)) || undefined}
      data-status={live.status}
      data-case-id={open.id ?? ""}
      data-control={live.state.control ?? ""}
      data-mode={snapshot.mode}
      data-seq={live.seq ?? ""}
    >
      <RoomBanner
        session={session}
        place={place}
        papers={open.papers}
        withheld={withheld}
        live={live}
        media={media}
        me={me.id}
        tv={tv}
      />
      <main className={classes.main}>
        <RoomImages {...shared} open={open} withheld={withheld} tv={tv} />
        <aside className={classes.side}>
          <Tiles snapshot={media} {...(tv ? { only: "speaker" as const } : {})} />
          <SidePanel
            {...shared}
            tab={tv ? "questions" : tab}
            onTab={setTab}
            bare={tv}
            shownCase={open.papers}
            withheld={withheld}
          />
        </aside>
      </main>
      <Notices {...shared} imageTrouble={imageTrouble} />
      {!tv && <BottomBar {...shared} mayRecord={place?.case.may_record ?? false} onLeave={onLeave} />}
      <Announcer snapshot={snapshot} session={session} />
    </div>
  )
}

const mayWrite = (seat: string | null) => seat === "secretary" || seat === "chair"

/** The case's colour for banner and questions, the leader's for the frame of the images. */
function colorsOf(session: Session, { live }: RoomSnapshot): CSSProperties {
  const invited = session.people.map(seat => seat.person.id)
  return {
    "--case-color": caseColor(placeOf(session.agenda, live.state.case_id)?.order),
    "--lead-color": personColor(invited, live.state.control ?? ""),
  } as CSSProperties
}

const TV_TEXT = "24px" // read at 3 m

/** `?tv=1`: a screen on the wall, no chrome, every size grows with the root's. */
function useTv(): boolean {
  const tv = new URLSearchParams(location.search).has("tv")
  useEffect(() => {
    if (!tv) return
    document.documentElement.style.fontSize = TV_TEXT
    return () => {
      document.documentElement.style.fontSize = ""
    }
  }, [tv])
  return tv
}
