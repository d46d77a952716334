/** The speaker large, the others small, each with name, ring and line in words. */

import { IconMicrophoneOff } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import { CameraView } from "./camera-view"
import type { MeetingSnapshot } from "./meeting"
import { inOrder, type MeetingPerson } from "./meeting-people"
import classes from "./tiles.module.css"

type Props = {
  readonly snapshot: MeetingSnapshot
  /** Only the speaker: in TV mode and on narrow screens. */
  readonly only?: "speaker" | "strip"
}

export function Tiles({ snapshot, only }: Props) {
  const { t } = useTranslation("signaling")
  const speaker = snapshot.people.find(person => person.identity === snapshot.speaker)
  const rest = inOrder(snapshot.people.filter(person => person !== speaker))
  return (
    <section className={classes.tiles} aria-label={t("tiles.label")} data-only={only}>
      {only !== "strip" && (
        <div className={classes.speaker}>
          {speaker ? <Tile person={speaker} /> : <p className={classes.alone}>{t("tiles.alone")}</p>}
        </div>
      )}
      {only !== "speaker" && (
        <div className={classes.strip}>
          {(only === "strip" ? inOrder(snapshot.people) : rest).map(person => (
            <Tile key={person.identity} person={person} />
          ))}
        </div>
      )}
    </section>
  )
}

function Tile({ person }: { readonly person: MeetingPerson }) {
  const { t } = useTranslation("signaling")
  const line = person.quality === "weak" || person.quality === "lost" ? t(`line.${person.quality}`) : ""
  return (
    <figure
      className={classes.tile}
      data-identity={person.identity}
      data-speaking={person.speaking || undefined}
      data-camera={person.camera ? true : undefined}
    >
      <CameraView person={person} />
      <figcaption className={classes.name}>
        {!person.micOn && <IconMicrophoneOff size={14} aria-label={t("tiles.muted")} />}
        <b>{person.isMe ? t("tiles.me") : person.name}</b>
        <span>{line || person.facility}</span>
      </figcaption>
    </figure>
  )
}
