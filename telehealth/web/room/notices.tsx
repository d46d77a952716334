/** What needs a word: one sentence, one button each; below the picture, never over it. */

import type { Session } from "@app/api/types"
import { Button } from "@mantine/core"
import type { Problem } from "@signaling/live-wire"
import type { MeetingSnapshot } from "@signaling/meeting"
import type { TFunction } from "i18next"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { mayGrant, type Standing } from "./acts"
import { nameIn } from "./names"
import classes from "./room.module.css"
import type { RoomSnapshot } from "./room-model"
import type { Room } from "./use-room"
import { useRecent } from "./view-lead"

type Props = {
  readonly room: Room
  readonly session: Session
  readonly snapshot: RoomSnapshot
  readonly media: MeetingSnapshot
  readonly standing: Standing
  readonly imageTrouble: boolean
}

const BACK_SHOWN_MS = 10_000
/** A shorter gap nobody noticed. */
const AWAY_WORTH_TELLING_MS = 2_000

export function Notices({ room, snapshot, media, standing, imageTrouble }: Props) {
  const { t } = useTranslation("room")
  const { live, refused, back } = snapshot
  const justBack = useRecent(back?.at ?? 0, BACK_SHOWN_MS)
  return (
    <div className={classes.notices} role="status">
      {live.status === "waiting" && (
        <Notice tone="bad" act={<Press words={t("notice.retry")} onPress={() => room.log.retryNow()} />}>
          {t("notice.log_away")}
        </Notice>
      )}
      {(media.status === "away" || media.status === "reconnecting") && (
        <Notice tone="bad" act={<Press words={t("notice.retry")} onPress={() => room.meeting.retryNow()} />}>
          {t("notice.voice_away")}
        </Notice>
      )}
      {media.status === "replaced" && (
        <Notice
          tone="bad"
          act={<Press words={t("notice.voice_here")} onPress={() => room.meeting.retryNow()} />}
        >
          {t("notice.voice_replaced")}
        </Notice>
      )}
      {media.silenced && (
        <Notice
          tone="attention"
          act={<Press words={t("notice.listen")} onPress={() => void room.meeting.listen()} />}
        >
          {t("notice.silenced")}
        </Notice>
      )}
      {imageTrouble && <Notice tone="bad">{t("notice.images")}</Notice>}
      {justBack && back && back.awayMs >= AWAY_WORTH_TELLING_MS && (
        <Notice tone="good">{t("notice.back", { seconds: Math.round(back.awayMs / 1000) })}</Notice>
      )}
      {refused && (
        <Notice
          tone="bad"
          act={<Press words={t("notice.understood")} onPress={() => room.model.forgetRefusal()} />}
        >
          {refusalWords(t, refused.problem)}
        </Notice>
      )}
      {mayGrant(standing) &&
        live.state.control_requests.map(identity => (
          <Notice
            key={identity}
            tone="attention"
            act={
              <Press
                words={t("notice.grant")}
                onPress={() => void room.log.submit("control_granted", { identity })}
              />
            }
          >
            {t("notice.asks_control", { name: nameIn(live.presence, identity) })}
          </Notice>
        ))}
      {media.micTrouble && <Notice tone="attention">{t(`signaling:device.mic_${media.micTrouble}`)}</Notice>}
      {media.camTrouble && <Notice tone="attention">{t(`signaling:device.cam_${media.camTrouble}`)}</Notice>}
    </div>
  )
}

/** The room's own words for a refusal, else the product's, else the server's title. */
function refusalWords(t: TFunction<"room">, { type, title, missing }: Problem): string {
  const slug = type.split("/").at(-1) ?? ""
  const lacking = Array.isArray(missing) ? missing.map(one => t(`app:missing.${String(one)}`)).join(", ") : ""
  const product = t(`app:problems.${slug}`, { defaultValue: title ?? t("refused.other") })
  return t(`refused.${slug}`, { missing: lacking, defaultValue: product })
}

type NoticeProps = {
  readonly tone: "good" | "attention" | "bad"
  readonly children: ReactNode
  readonly act?: ReactNode
}

function Notice({ tone, children, act }: NoticeProps) {
  return (
    <p className={classes.notice} data-tone={tone}>
      <span>{children}</span>
      {act}
    </p>
  )
}

function Press({ words, onPress }: { readonly words: string; readonly onPress: () => void }) {
  return (
    <Button size="compact-md" variant="white" color="dark" onClick={onPress}>
      {words}
    </Button>
  )
}
