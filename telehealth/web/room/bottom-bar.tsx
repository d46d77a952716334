/** What a hand needs during the meeting; the chair's one primary button at the right. */

import { api } from "@app/api/client"
import type { Session } from "@app/api/types"
import { Button, Tooltip } from "@mantine/core"
import type { MeetingSnapshot } from "@signaling/meeting"
import {
  IconDoorExit,
  IconHandStop,
  IconMicrophone,
  IconMicrophoneOff,
  IconPlayerRecordFilled,
  IconPlayerStopFilled,
  IconVideo,
  IconVideoOff,
} from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import { controlAct, recordAct, type Standing } from "./acts"
import { ChairStep } from "./chair-step"
import classes from "./room.module.css"
import type { RoomSnapshot } from "./room-model"
import { useAttempt } from "./use-attempt"
import type { Room } from "./use-room"

type Props = {
  readonly session: Session
  readonly room: Room
  readonly snapshot: RoomSnapshot
  readonly media: MeetingSnapshot
  readonly standing: Standing
  readonly mayRecord: boolean
  readonly onLeave: () => void
}

export function BottomBar({ session, room, snapshot, media, standing, mayRecord, onLeave }: Props) {
  const { t } = useTranslation("room")
  const { busy, attempt } = useAttempt()
  const { state } = snapshot.live
  const { log, meeting } = room
  const control = controlAct(standing)
  const recording = recordAct(state, standing.seat, mayRecord)
  const listener = standing.seat === "observer"
  const handUp = state.hands.includes(standing.me)
  return (
    <footer className={classes.bar}>
      <Button className={classes.pages ?? ""} variant="light" onClick={turnPage} data-act="page">
        {t("bar.pages")}
      </Button>
      {!listener && (
        <>
          <Button
            variant={media.mic ? "light" : "default"}
            leftSection={
              media.mic ? (
                <IconMicrophone size={20} aria-hidden />
              ) : (
                <IconMicrophoneOff size={20} aria-hidden />
              )
            }
            aria-pressed={media.mic}
            onClick={() => void meeting.setMic(!media.mic)}
            data-act="mic"
          >
            <span className={classes.word}>{t(media.mic ? "bar.mic_on" : "bar.mic_off")}</span>
          </Button>
          <Button
            variant={media.cam ? "light" : "default"}
            leftSection={
              media.cam ? <IconVideo size={20} aria-hidden /> : <IconVideoOff size={20} aria-hidden />
            }
            aria-pressed={media.cam}
            onClick={() => void meeting.setCam(!media.cam)}
            data-act="cam"
          >
            <span className={classes.word}>{t(media.cam ? "bar.cam_on" : "bar.cam_off")}</span>
          </Button>
        </>
      )}
      {control !== "none" && (
        <Button
          variant={control === "release" ? "filled" : "default"}
          color={control === "release" ? "yellow.7" : "lake"}
          onClick={doControl}
          data-act={`control-${control}`}
        >
          {t(`bar.control_${control}`)}
        </Button>
      )}
      {standing.seat !== "chair" && (
        <Button
          variant={handUp ? "filled" : "default"}
          aria-pressed={handUp}
          leftSection={<IconHandStop size={20} aria-hidden />}
          onClick={() =>
            void log.submit(handUp ? "hand_lowered" : "hand_raised", handUp ? { identity: standing.me } : {})
          }
          data-act="hand"
        >
          <span className={classes.word}>{t(handUp ? "bar.hand_up" : "bar.hand")}</span>
        </Button>
      )}
      {recording.why !== "seat" && recording.why !== "case" && (
        <Tooltip label={t("bar.no_consent_why")} disabled={recording.why !== "consent"}>
          <Button
            variant="default"
            disabled={recording.act === "none" || busy}
            leftSection={
              recording.act === "stop" ? (
                <IconPlayerStopFilled size={18} aria-hidden />
              ) : (
                <IconPlayerRecordFilled
                  size={18}
                  aria-hidden
                  color={recording.act === "start" ? "#d63031" : undefined}
                />
              )
            }
            onClick={() => void doRecord()}
            data-act={`record-${recording.act}`}
          >
            {t(recording.why === "consent" ? "bar.no_consent" : `bar.record_${recording.act}`)}
          </Button>
        </Tooltip>
      )}
      <span className={classes.spring} />
      <Button
        variant="subtle"
        color="gray"
        leftSection={<IconDoorExit size={20} aria-hidden />}
        onClick={onLeave}
        data-act="leave"
      >
        <span className={classes.word}>{t("bar.leave")}</span>
      </Button>
      {standing.seat === "chair" && <ChairStep session={session} log={log} state={state} />}
    </footer>
  )

  /** On a phone the papers are one swipe, or one press, beside the picture. */
  function turnPage(): void {
    const main = document.querySelector("main")
    if (main)
      main.scrollTo({
        left: main.scrollLeft > main.clientWidth / 2 ? 0 : main.clientWidth,
        behavior: "smooth",
      })
  }

  function doControl(): void {
    if (control === "release") void log.submit("control_released")
    if (control === "take") void log.submit("control_taken")
    if (control === "request") void log.submit("control_requested")
    if (control === "withdraw") void log.submit("control_request_withdrawn", { identity: standing.me })
  }

  async function doRecord(): Promise<void> {
    await attempt(() =>
      recording.act === "stop"
        ? api.post(`/api/sessions/${session.id}/recording/stop`)
        : api.post(`/api/sessions/${session.id}/recording/start`, { case_id: state.case_id }),
    )
  }
}
