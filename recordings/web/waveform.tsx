/** The voices as a wave with ticks; press anywhere to go there. */

import { type KeyboardEvent, type PointerEvent, useRef } from "react"
import { useTranslation } from "react-i18next"
import { clockOf, type TimedEvent } from "./timeline"
import classes from "./waveform.module.css"

type Props = {
  readonly peaks: readonly number[]
  readonly durationSeconds: number
  readonly seconds: number
  readonly ticks: readonly TimedEvent[]
  readonly onSeek: (seconds: number) => void
}

const BARS = 400
const STEP_SECONDS = 5
const TICK_SHAPES: { readonly [kind: string]: string } = { mark_added: "mark", key_image_toggled: "mark" }

export function Waveform({ peaks, durationSeconds, seconds, ticks, onSeek }: Props) {
  const { t } = useTranslation("recordings")
  const root = useRef<HTMLDivElement>(null)
  const length = Math.max(0.001, durationSeconds)
  const go = (event: PointerEvent) => {
    if (event.type === "pointermove" && event.buttons === 0) return
    const box = root.current?.getBoundingClientRect()
    if (box) onSeek(((event.clientX - box.left) / box.width) * length)
  }
  const keyed = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -STEP_SECONDS, ArrowRight: STEP_SECONDS, PageUp: -30, PageDown: 30 }[event.key]
    if (by === undefined) return
    event.preventDefault()
    onSeek(seconds + by)
  }
  return (
    <div
      ref={root}
      className={classes.wave}
      role="slider"
      tabIndex={0}
      aria-label={t("wave")}
      aria-valuemin={0}
      aria-valuemax={Math.round(durationSeconds)}
      aria-valuenow={Math.round(seconds)}
      aria-valuetext={clockOf(seconds)}
      onPointerDown={go}
      onPointerMove={go}
      onKeyDown={keyed}
    >
      <svg viewBox={`0 0 ${BARS} 100`} preserveAspectRatio="none" aria-hidden="true">
        <title>{t("wave")}</title>
        <path d={barsOf(peaks)} />
      </svg>
      <div className={classes.played} style={{ width: `${(seconds / length) * 100}%` }} />
      {ticks.map(tick => (
        <i
          key={tick.seq}
          className={classes.tick}
          data-kind={TICK_SHAPES[tick.kind] ?? "moment"}
          style={{ left: `${(tick.t_s / length) * 100}%` }}
        />
      ))}
    </div>
  )
}

/** Bars mirrored around the middle; a whisper is still a line. */
export function barsOf(peaks: readonly number[]): string {
  if (peaks.length === 0) return `M0 50H${BARS}`
  return Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar / BARS) * peaks.length)
    const to = Math.max(from + 1, Math.floor(((bar + 1) / BARS) * peaks.length))
    const half = Math.max(1, Math.min(1, Math.max(...peaks.slice(from, to))) * 46)
    return `M${bar + 0.5} ${(50 - half).toFixed(1)}V${(50 + half).toFixed(1)}`
  }).join("")
}
