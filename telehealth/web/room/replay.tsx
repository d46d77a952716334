/** The player: one clock moves voices, images, marks and the list of what happened. */

import type { Recording, Study } from "@app/api/types"
import { ActionIcon, Button, Group, Select, Text } from "@mantine/core"
import { Playback, RATES } from "@recordings/playback"
import {
  clockOf,
  Fold,
  speakingAt,
  type TimedEvent,
  type Timeline,
  told,
  viewSaidAt,
} from "@recordings/timeline"
import { Waveform } from "@recordings/waveform"
import { applyEvent, type LiveEvent, type LiveState } from "@signaling/live-state"
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconRewindBackward10,
  IconRewindForward10,
} from "@tabler/icons-react"
import { Decoders } from "@viewer/decoders"
import { ImageArea } from "@viewer/image-area"
import { fetchBytes, fetchLayers, fetchManifest } from "@viewer/image-http"
import { ImageSource } from "@viewer/image-source"
import { parseMark } from "@viewer/marks"
import { type MeasureWords, useMeasureWords } from "@viewer/use-measure-words"
import { parseView, type ViewState } from "@viewer/view-state"
import { useEffect, useMemo, useState, useSyncExternalStore } from "react"
import { useTranslation } from "react-i18next"
import classes from "./replay.module.css"

type Props = {
  readonly recording: Recording
  readonly timeline: Timeline<LiveState>
  readonly studies: readonly Study[]
}

type Deck = { readonly playback: Playback; readonly source: ImageSource }

const SKIP_SECONDS = 10

export function Replay(props: Props) {
  const { recording, timeline } = props
  const [deck, setDeck] = useState<Deck | null>(null)
  useEffect(() => {
    const playback = new Playback({ durationSeconds: timeline.duration_s, tracks: recording.tracks })
    const source = new ImageSource({ fetchManifest, fetchBytes, fetchLayers, decode: new Decoders().decode })
    setDeck({ playback, source })
    return () => {
      playback.close()
      source.close()
      setDeck(null)
    }
  }, [recording.tracks, timeline.duration_s])
  return deck ? <Player {...props} deck={deck} /> : null
}

function Player({ timeline, studies, recording, deck }: Props & { deck: Deck }) {
  const { t } = useTranslation("recordings")
  const { playback, source } = deck
  const state = useSyncExternalStore(playback.subscribe, () => playback.state)
  const fold = useMemo(
    () => new Fold(timeline.state, timeline.events, (s, event) => applyEvent(s, liveEventOf(event))),
    [timeline],
  )
  const live = fold.at(state.seconds)
  const view = useMemo(() => parseView(live.view), [live.view])
  const marks = useMemo(() => live.marks.flatMap(mark => parseMark(mark) ?? []), [live.marks])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another view was said at another time
  const time = useMemo(
    () => ({ clock: () => playback.seconds, since: viewSaidAt(timeline.events, playback.seconds) }),
    [playback, timeline, view],
  )
  const [own, setOwn] = useState<ViewState | null>(null)
  const shown = own ?? view
  const moments = useMemo(() => told(timeline.events), [timeline.events])
  const speaking = speakingAt(timeline.speakers, state.seconds)
  return (
    <div
      className={classes.player}
      data-time={state.seconds.toFixed(2)}
      data-duration={timeline.duration_s}
      data-playing={state.playing}
      data-rate={state.rate}
      data-waiting={state.waiting}
      data-tracks={recording.tracks.length}
    >
      <div className={classes.replayMain}>
        <div className={classes.area}>
          <ImageArea
            source={source}
            studies={studies}
            view={shown}
            controller={{ current: () => shown, change: setOwn }}
            mayMove={own !== null}
            marks={marks}
            mayMark={false}
            mayRemove={() => false}
            mayRestore={() => false}
            onMark={() => undefined}
            onRemoveMark={() => undefined}
            pointers={[]}
            onPointer={null}
            pointsAlways={false}
            keyImages={live.key_images}
            onKeyImage={null}
            {...(own ? {} : { time })}
            toolBarEnd={<Look own={own !== null} onLook={() => setOwn(view)} onFollow={() => setOwn(null)} />}
          />
        </div>
        <Moments
          moments={moments}
          timeline={timeline}
          seconds={state.seconds}
          onSeek={s => playback.seek(s)}
        />
      </div>
      <div className={classes.deck}>
        <Group gap={6} wrap="nowrap">
          <ActionIcon
            size={44}
            variant="default"
            aria-label={t("back_10")}
            onClick={() => playback.seek(state.seconds - SKIP_SECONDS)}
          >
            <IconRewindBackward10 aria-hidden />
          </ActionIcon>
          <ActionIcon
            size={52}
            radius="xl"
            aria-label={t(state.playing ? "pause" : "play")}
            onClick={() => (state.playing ? playback.pause() : playback.play())}
            data-act="play"
          >
            {state.playing ? <IconPlayerPauseFilled aria-hidden /> : <IconPlayerPlayFilled aria-hidden />}
          </ActionIcon>
          <ActionIcon
            size={44}
            variant="default"
            aria-label={t("forward_10")}
            onClick={() => playback.seek(state.seconds + SKIP_SECONDS)}
          >
            <IconRewindForward10 aria-hidden />
          </ActionIcon>
        </Group>
        <div className={classes.deckWave}>
          <Waveform
            peaks={timeline.peaks}
            durationSeconds={timeline.duration_s}
            seconds={state.seconds}
            ticks={moments}
            onSeek={s => playback.seek(s)}
          />
          <Group justify="space-between" gap="xs">
            <Text size="sm">
              {clockOf(state.seconds)} / {clockOf(timeline.duration_s)}
            </Text>
            <Text size="sm" c="dimmed">
              {state.waiting
                ? t("waiting")
                : speaking.length > 0
                  ? t("speaking", { names: speaking.map(one => one.full_name).join(", ") })
                  : t("silence")}
            </Text>
          </Group>
        </div>
        <Select
          w={120}
          aria-label={t("rate", { rate: state.rate })}
          data={RATES.map(rate => ({ value: String(rate), label: `${rate}×` }))}
          value={String(state.rate)}
          onChange={rate => playback.setRate(Number(rate ?? 1))}
          allowDeselect={false}
        />
      </div>
    </div>
  )
}

/** The recording's axis keeps everything of the live event but its hour. */
function liveEventOf({ seq, kind, by, body }: TimedEvent): LiveEvent {
  return { seq, at: "", kind, by, body } as unknown as LiveEvent
}

type LookProps = { readonly own: boolean; readonly onLook: () => void; readonly onFollow: () => void }

function Look({ own, onLook, onFollow }: LookProps) {
  const { t } = useTranslation("room")
  return (
    <Button size="compact-md" variant={own ? "filled" : "default"} onClick={own ? onFollow : onLook}>
      {t(own ? "lead.follow" : "lead.look")}
    </Button>
  )
}

type MomentsProps = {
  readonly moments: readonly TimedEvent[]
  readonly timeline: Timeline<LiveState>
  readonly seconds: number
  readonly onSeek: (seconds: number) => void
}

function Moments({ moments, timeline, seconds, onSeek }: MomentsProps) {
  const { t } = useTranslation("recordings")
  const words = useMeasureWords()
  const now = moments.filter(moment => moment.t_s <= seconds).at(-1)
  const nameOf = (identity: string) =>
    timeline.speakers.find(one => one.identity === identity)?.full_name ?? ""
  return (
    <section className={classes.moments} aria-label={t("transcript")}>
      <h2>{t("transcript")}</h2>
      {moments.length === 0 && <p className={classes.soft}>{t("nothing")}</p>}
      <ol>
        {moments.map(moment => (
          <li key={moment.seq} data-kind={moment.kind} aria-current={moment === now || undefined}>
            <button type="button" onClick={() => onSeek(moment.t_s)}>
              <time>{clockOf(moment.t_s)}</time>
              <span>
                {t(`line.${moment.kind}`, { who: nameOf(moment.by), detail: detailOf(moment, words) })}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

function detailOf({ kind, body }: TimedEvent, words: MeasureWords): string {
  if (kind === "chat_message") return typeof body.text === "string" ? body.text : ""
  const mark = parseMark(body.mark)
  const measured = mark?.measures ? words.lines(mark.measures, mark.unit ?? "").join(" · ") : mark?.value
  return [mark?.text, measured].filter(Boolean).join(" · ")
}
