/** Inside: banner, images, people and papers, the bar. Only puts the parts together. */

import { asProblem } from "@app/api/problem"
import { oneCase, studies as studiesQuery } from "@app/api/queries"
import type { AgendaItem, Session } from "@app/api/types"
import { caseColor } from "@app/design/theme"
import { useMe } from "@app/shell/who"
import type { Choice } from "@signaling/devices"
import { Tiles } from "@signaling/tiles"
import { useQuery } from "@tanstack/react-query"
import { ImageArea } from "@viewer/image-area"
import { type CSSProperties, useEffect, useMemo, useState } from "react"
import { useTranslation } from "react-i18next"
import { personColor, placeOf, type Standing } from "./acts"
import { Announcer } from "./announcer"
import { BottomBar } from "./bottom-bar"
import { Ended } from "./ended"
import { Notices } from "./notices"
import classes from "./room.module.css"
import { RoomBanner } from "./room-banner"
import { SidePanel, type TabName } from "./side-panel"
import { type Joined, type Room, useMeeting, useModel, useRoom } from "./use-room"
import { ViewLead } from "./view-lead"

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

/** Studies that are still coming are asked for again; each page shows them when they are ready. */
const ARRIVING_MS = 4_000

function RoomScreen({ session, room, imageTrouble, onLeave }: Props & { room: Room; imageTrouble: boolean }) {
  const { t } = useTranslation("room")
  const me = useMe()
  const { model, meeting, source } = room
  const snapshot = useModel(model)
  const media = useMeeting(meeting)
  const { live } = snapshot
  const place = placeOf(session.agenda, live.state.case_id)
  const caseId = live.state.case_id
  const shownCase = useQuery({ ...oneCase(caseId ?? ""), enabled: caseId !== null })
  const studies = useQuery({
    ...studiesQuery(caseId ?? ""),
    enabled: caseId !== null,
    refetchInterval: query =>
      query.state.data?.some(study => study.series.some(series => series.state === "receiving"))
        ? ARRIVING_MS
        : false,
  })
  const withheld = caseId !== null && shownCase.error !== null && asProblem(shownCase.error).status === 403
  useNextCaseWarm(
    room,
    session,
    caseId,
    item => live.seat !== "presenter" || item.case.presenter.id === me.id,
  )
  const [tab, setTab] = useState<TabName>("questions")
  const [blocked, setBlocked] = useState(0)
  const tv = useTv()
  const standing: Standing = {
    me: me.id,
    seat: live.seat,
    state: live.state,
    presenterOfCase: place?.case.presenter.id ?? null,
  }
  const invited = useMemo(() => session.people.map(seat => seat.person.id), [session.people])
  const pointers = useMemo(
    () =>
      Object.entries(live.pointers).map(([by, pointer]) => ({
        ...pointer,
        by,
        name: live.presence.find(person => person.identity === by)?.full_name ?? "",
        color: personColor(invited, by),
      })),
    [live.pointers, live.presence, invited],
  )
  const mayPoint = live.seat !== null && live.seat !== "observer"
  const holder = live.state.control
  const lead = <ViewLead snapshot={snapshot} model={model} me={me.id} blocked={blocked} />
  const color = {
    "--case-color": caseColor(place?.order),
    "--lead-color": personColor(invited, holder ?? ""),
  } as CSSProperties

  if (live.status !== "live" && live.status !== "connecting" && live.status !== "waiting")
    return <Ended status={live.status} onBack={onLeave} />
  return (
    <div
      className={classes.room}
      style={color}
      data-tv={tv || undefined}
      data-minutes={(tab === "minutes" && mayWrite()) || undefined}
      data-status={live.status}
      data-case-id={caseId ?? ""}
      data-control={holder ?? ""}
      data-mode={snapshot.mode}
      data-seq={live.seq ?? ""}
    >
      <RoomBanner session={session} place={place} withheld={withheld} live={live} media={media} me={me.id} />
      <main className={classes.main}>
        <div className={classes.images} data-lead={holder ? snapshot.mode : undefined}>
          {tv && lead}
          <div className={classes.area}>
            {withheld || !studies.data || caseId === null ? (
              <p className={classes.waiting}>{t(emptyWords())}</p>
            ) : (
              <ImageArea
                key={caseId}
                source={source}
                studies={studies.data}
                view={snapshot.view}
                controller={model.controller}
                mayMove={snapshot.mode !== "following"}
                onBlocked={() => setBlocked(Date.now())}
                marks={snapshot.marks}
                mayMark={snapshot.mode === "holding"}
                mayRemove={mark => mark.by === me.id || snapshot.mode === "holding"}
                onMark={mark => model.mark(mark)}
                onRemoveMark={mark => model.removeMark(mark)}
                pointers={pointers}
                onPointer={mayPoint && snapshot.mode !== "looking" ? pointer => model.point(pointer) : null}
                pointsAlways={snapshot.mode === "holding"}
                keyImages={live.state.key_images}
                onKeyImage={mayChoose() ? image => void room.log.submit("key_image_toggled", image) : null}
                tools={!tv}
                toolBarEnd={lead}
                tv={tv}
                byProcessor={new URLSearchParams(location.search).has("cpu")}
              />
            )}
          </div>
        </div>
        <aside className={classes.side}>
          <Tiles meeting={meeting} snapshot={media} {...(tv ? { only: "speaker" as const } : {})} />
          <SidePanel
            tab={tv ? "questions" : tab}
            onTab={setTab}
            bare={tv}
            session={session}
            shownCase={shownCase.data ?? null}
            withheld={withheld}
            room={room}
            snapshot={snapshot}
            media={media}
            standing={standing}
          />
        </aside>
      </main>
      <Notices
        room={room}
        snapshot={snapshot}
        media={media}
        standing={standing}
        imageTrouble={imageTrouble}
        session={session}
      />
      {!tv && (
        <BottomBar
          session={session}
          room={room}
          snapshot={snapshot}
          media={media}
          standing={standing}
          mayRecord={place?.case.may_record ?? false}
          onLeave={onLeave}
        />
      )}
      <Announcer snapshot={snapshot} session={session} />
    </div>
  )

  function emptyWords(): string {
    if (caseId === null) return `no_case.${live.state.session_state}`
    return withheld ? "withheld.images" : "images_coming"
  }
  function mayWrite(): boolean {
    return live.seat === "secretary" || live.seat === "chair"
  }
  function mayChoose(): boolean {
    return mayWrite() || snapshot.mode === "holding"
  }
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

/** The next case's images become scrollable while this one is discussed. */
function useNextCaseWarm(
  room: Room,
  session: Session,
  caseId: string | null,
  maySee: (item: AgendaItem) => boolean,
): void {
  const ordered = useMemo(() => [...session.agenda].sort((a, b) => a.order - b.order), [session.agenda])
  const at = ordered.findIndex(item => item.case.id === caseId)
  const item = ordered[at + 1]
  const next = item && maySee(item) ? item.case.id : null
  const here = useQuery({ ...studiesQuery(caseId ?? ""), enabled: caseId !== null })
  const later = useQuery({ ...studiesQuery(next ?? ""), enabled: next !== null })
  useEffect(() => {
    const series = [...(here.data ?? []), ...(later.data ?? [])].flatMap(study => study.series)
    void room.source.warm(series.filter(s => s.state === "ready").map(s => s.series_uid))
  }, [room, here.data, later.data])
}
