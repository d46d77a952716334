/** Before the room: see yourself, hear yourself, choose devices, or go in without any. */

import { Alert, Button, Group, Select, Stack, Switch, Text, Title } from "@mantine/core"
import { type ReactNode, useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import {
  type Choice,
  type Device,
  type DeviceKind,
  type DeviceTrouble,
  listDevices,
  openPreview,
  rememberChoice,
  rememberedChoice,
  troubleOf,
  watchLevel,
} from "./devices"
import { LineCheck } from "./line-check"
import type { LineDoors } from "./line-run"
import classes from "./pre-join.module.css"

type Props = {
  readonly title: string
  readonly children?: ReactNode
  /** Observers listen only: nothing to choose. */
  readonly listenOnly: boolean
  readonly onJoin: (choice: Choice) => void
  /** With it, the line can be tested here. */
  readonly lineDoors?: LineDoors
  readonly onProblem?: (error: unknown) => void
}

const NOTHING: Choice = { mic: false, cam: false, ids: {} }

export function PreJoin({ title, children, listenOnly, onJoin, lineDoors, onProblem }: Props) {
  const { t } = useTranslation("signaling")
  const [choice, setChoice] = useState(rememberedChoice)
  const [devices, setDevices] = useState<readonly Device[]>([])
  const refresh = () => void listDevices().then(setDevices)
  const mic = usePreview("mic", !listenOnly && choice.mic, choice.ids.audioinput, refresh)
  const cam = usePreview("cam", !listenOnly && choice.cam, choice.ids.videoinput, refresh)
  const level = useLevel(mic.track)
  const change = (next: Choice) => {
    setChoice(next)
    rememberChoice(next)
  }
  const pick = (kind: DeviceKind, id: string | null) =>
    id && change({ ...choice, ids: { ...choice.ids, [kind]: id } })
  const join = () => {
    const taken = { ...choice, mic: choice.mic && !mic.trouble, cam: choice.cam && !cam.trouble }
    onJoin(listenOnly ? NOTHING : taken)
  }
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Title order={1} size="h2">
          {title}
        </Title>
        {children}
        {listenOnly ? (
          <Text>{t("join.listen_only")}</Text>
        ) : (
          <div className={classes.columns}>
            <Preview track={cam.track} trouble={cam.trouble} off={!choice.cam} />
            <Stack gap="sm">
              <Switch
                size="md"
                checked={choice.mic}
                onChange={event => change({ ...choice, mic: event.currentTarget.checked })}
                label={t("join.mic")}
              />
              <Meter level={choice.mic && !mic.trouble ? level : 0} label={t("join.level")} />
              {choice.mic && mic.trouble && <Trouble trouble={mic.trouble} device="mic" />}
              <DeviceSelect kind="audioinput" devices={devices} value={choice.ids.audioinput} onPick={pick} />
              <Switch
                size="md"
                checked={choice.cam}
                onChange={event => change({ ...choice, cam: event.currentTarget.checked })}
                label={t("join.cam")}
              />
              {choice.cam && cam.trouble && <Trouble trouble={cam.trouble} device="cam" />}
              <DeviceSelect kind="videoinput" devices={devices} value={choice.ids.videoinput} onPick={pick} />
            </Stack>
          </div>
        )}
        {lineDoors && <LineTest doors={lineDoors} onProblem={onProblem ?? (() => undefined)} />}
        <Group justify="space-between" mt="md">
          <Button variant="default" size="md" onClick={() => onJoin(NOTHING)}>
            {t("join.without_devices")}
          </Button>
          <Button size="md" onClick={join} data-autofocus>
            {t("join.enter")}
          </Button>
        </Group>
      </div>
    </main>
  )
}

/** Folded away until it is wanted: most people only come in. */
function LineTest({
  doors,
  onProblem,
}: {
  readonly doors: LineDoors
  readonly onProblem: (error: unknown) => void
}) {
  const { t } = useTranslation("signaling")
  const [open, setOpen] = useState(false)
  if (open) return <LineCheck doors={doors} onProblem={onProblem} quiet />
  return (
    <Button variant="subtle" className={classes.test ?? ""} onClick={() => setOpen(true)}>
      {t("line_check.title")}
    </Button>
  )
}

type PreviewState = { readonly track: MediaStreamTrack | null; readonly trouble: DeviceTrouble | null }

function usePreview(
  kind: "mic" | "cam",
  on: boolean,
  id: string | undefined,
  onOpened: () => void,
): PreviewState {
  const [state, setState] = useState<PreviewState>({ track: null, trouble: null })
  const opened = useRef(onOpened)
  opened.current = onOpened
  useEffect(() => {
    if (!on) return
    let track: MediaStreamTrack | null = null
    let gone = false
    openPreview(kind, id).then(
      got => {
        track = got
        if (gone) got.stop()
        else setState({ track: got, trouble: null })
        opened.current()
      },
      error => {
        if (!gone) setState({ track: null, trouble: troubleOf(error) })
        opened.current()
      },
    )
    return () => {
      gone = true
      track?.stop()
      setState({ track: null, trouble: null })
    }
  }, [kind, on, id])
  return state
}

function useLevel(track: MediaStreamTrack | null): number {
  const [level, setLevel] = useState(0)
  useEffect(() => (track ? watchLevel(track, setLevel) : undefined), [track])
  return level
}

function Preview({ track, trouble, off }: PreviewState & { readonly off: boolean }) {
  const { t } = useTranslation("signaling")
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    if (video.current) video.current.srcObject = track ? new MediaStream([track]) : null
  }, [track])
  return (
    <div className={classes.preview}>
      <video ref={video} autoPlay playsInline muted hidden={!track} />
      {!track && <p>{t(off ? "join.cam_off" : trouble ? "join.cam_none" : "join.cam_opening")}</p>}
    </div>
  )
}

function Meter({ level, label }: { readonly level: number; readonly label: string }) {
  return <meter className={classes.meter} aria-label={label} min={0} max={1} value={level} />
}

function Trouble({ trouble, device }: { readonly trouble: DeviceTrouble; readonly device: "mic" | "cam" }) {
  const { t } = useTranslation("signaling")
  return (
    <Alert color="orange" p="xs">
      {t(`device.${device}_${trouble}`)}
    </Alert>
  )
}

type SelectProps = {
  readonly kind: DeviceKind
  readonly devices: readonly Device[]
  readonly value: string | undefined
  readonly onPick: (kind: DeviceKind, id: string | null) => void
}

function DeviceSelect({ kind, devices, value, onPick }: SelectProps) {
  const { t } = useTranslation("signaling")
  const mine = devices.filter(device => device.kind === kind)
  if (mine.length < 2) return null
  return (
    <Select
      aria-label={t(`join.choose_${kind}`)}
      data={mine.map(device => ({ value: device.id, label: device.label || t("join.unnamed") }))}
      value={value ?? mine[0]?.id ?? null}
      onChange={id => onPick(kind, id)}
      allowDeselect={false}
    />
  )
}
