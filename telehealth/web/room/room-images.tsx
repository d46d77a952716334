/** The picture's side of the room: the images of the open case, framed in the colour of who leads. */

import type { Session } from "@app/api/types"
import type { MeetingSnapshot } from "@signaling/meeting"
import { Suspense, useEffect, useMemo, useState } from "react"
import { useTranslation } from "react-i18next"
import { type Aside, personColor, type Standing } from "./acts"
import { ImageArea } from "./program"
import classes from "./room.module.css"
import type { RoomSnapshot } from "./room-model"
import type { OpenCase } from "./use-case"
import type { Room } from "./use-room"
import { ViewLead } from "./view-lead"
import { WithheldCase } from "./withheld-case"

type Props = {
  readonly room: Room
  readonly session: Session
  readonly snapshot: RoomSnapshot
  readonly media: MeetingSnapshot
  readonly standing: Standing
  readonly open: OpenCase
  readonly withheld: Aside | null
  readonly tv: boolean
}

export function RoomImages({ room, session, snapshot, media, standing, open, withheld, tv }: Props) {
  const { t } = useTranslation("room")
  const [blocked, setBlocked] = useState(0)
  const pointers = usePointers(session, snapshot)
  useVoiceFirst(room, media, standing.me)
  const { model, log } = room
  const { mode, live } = snapshot
  const holding = mode === "holding"
  const writes = live.seat === "secretary" || live.seat === "chair"
  const points = live.seat !== null && live.seat !== "observer" && mode !== "looking"
  const lead = <ViewLead snapshot={snapshot} model={model} me={standing.me} blocked={blocked} />
  return (
    <div className={classes.images} data-lead={live.state.control ? mode : undefined}>
      {tv && lead}
      <div className={classes.area}>
        {withheld ? (
          <WithheldCase aside={withheld} className={classes.waiting} />
        ) : open.arriving && !open.studies?.length ? (
          <p className={classes.waiting}>{t("images_arriving", open.arriving)}</p>
        ) : !open.studies ? (
          <p className={classes.waiting}>{t(emptyWords())}</p>
        ) : (
          <Suspense fallback={<p className={classes.waiting}>{t("images_coming")}</p>}>
            <ImageArea
              key={open.id}
              source={room.source}
              studies={open.studies}
              view={snapshot.view}
              controller={model.controller}
              mayMove={mode !== "following"}
              onBlocked={() => setBlocked(Date.now())}
              marks={snapshot.marks}
              mayMark={holding}
              mayRemove={mark => mark.by === standing.me || holding}
              mayRestore={mark => mark.by === undefined || mark.by === standing.me}
              onMark={mark => model.mark(mark)}
              onRemoveMark={mark => model.removeMark(mark)}
              pointers={pointers}
              onPointer={points ? pointer => model.point(pointer) : null}
              pointsAlways={holding}
              keyImages={live.state.key_images}
              onKeyImage={writes || holding ? image => void log.submit("key_image_toggled", image) : null}
              tools={!tv}
              toolBarEnd={lead}
              tv={tv}
              byProcessor={new URLSearchParams(location.search).has("cpu")}
            />
          </Suspense>
        )}
      </div>
    </div>
  )

  function emptyWords(): string {
    return open.id === null ? `no_case.${live.state.session_state}` : "images_coming"
  }
}

/** Other people's pointers with the name and colour each has at every site. */
function usePointers(session: Session, { live }: RoomSnapshot) {
  return useMemo(() => {
    const invited = session.people.map(seat => seat.person.id)
    return Object.entries(live.pointers).map(([by, pointer]) => ({
      ...pointer,
      by,
      name: live.presence.find(person => person.identity === by)?.full_name ?? "",
      color: personColor(invited, by),
    }))
  }, [session.people, live.pointers, live.presence])
}

/** A weak line carries voices first: images ahead of the eye wait, the one on screen still comes. */
function useVoiceFirst({ source }: Room, media: MeetingSnapshot, me: string): void {
  const quality = media.people.find(person => person.identity === me)?.quality
  const weak = quality === "weak" || quality === "lost"
  useEffect(() => source.setPrefetch(!weak), [source, weak])
}
