/** What a viewport shows, in a line above it: series, image, window, how fast it runs, and always its quality. */

import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./image-area.module.css"
import { fractionOf } from "./image-source"
import type { Window } from "./manifest"
import { decimal } from "./measures"
import type { Drawing, PaneStatus } from "./pane"
import type { Slices } from "./pixel-cache"
import type { Preset } from "./presets"
import { presetOf } from "./presets"

type Props = {
  readonly drawn: Drawing | null
  readonly status: PaneStatus
  readonly name: string
  /** The viewport's number where there are several, else null. */
  readonly place: number | null
  readonly presets: readonly Preset[]
  /** What the last command could not do, and why. */
  readonly said: string | null
  /** Not everybody in the room sees this: it may show the patient's name. */
  readonly forSome: boolean
  /** The hand wants to measure, which waits for the lossless image. */
  readonly locked: boolean
  /** Makes running images faster or slower; null where somebody else leads. */
  readonly onRate: ((change: "faster" | "slower") => void) | null
  /** What can be shown over the image. */
  readonly layers: ReactNode
}

export function PaneHeading(props: Props) {
  const { drawn, status, name, place, presets, said, forSome, locked, onRate } = props
  const { t } = useTranslation("viewer")
  if (!drawn && status.type === "empty") return <header className={classes.heading} />
  return (
    <header className={classes.heading}>
      {drawn && (
        <>
          {place !== null && <span className={classes.place}>{place}</span>}
          <span className={classes.series}>{name}</span>
          <span className={classes.image}>
            {drawn.manifest.plane !== "acquired" && `${t(`plane.${drawn.manifest.plane}`)} · `}
            {t(drawn.manifest.plane === "acquired" ? "pane.image_of" : "pane.cut_of", {
              number: drawn.index + 1,
              count: drawn.manifest.images.length,
            })}
            {drawn.image.frame > 1 && ` · ${t("pane.frame_of", { frame: drawn.image.frame })}`}
          </span>
          {drawn.viewport.cine_fps !== null && <Rate fps={drawn.viewport.cine_fps} onRate={onRate} />}
          {drawn.held.pixels.components === 1 && (
            <WindowWords window={drawn.viewport.window} presets={presets} />
          )}
          {drawn.viewport.zoom !== 1 && (
            <span className={classes.window}>{Math.round(drawn.viewport.zoom * 100)} %</span>
          )}
          {props.layers}
        </>
      )}
      {locked && (
        <span className={classes.locked} role="status">
          {t((drawn?.held.slices?.shrink ?? 1) > 1 ? "tools.thinned" : "tools.needs_lossless")}
        </span>
      )}
      {drawn && forSome && (
        <span className={classes.locked} title={t("pane.for_some_why")}>
          {t("pane.for_some")}
        </span>
      )}
      {said && (
        <span className={classes.locked} role="status">
          {said}
        </span>
      )}
      <Badge status={status} />
    </header>
  )
}

type RateProps = Pick<Props, "onRate"> & { readonly fps: number }

function Rate({ fps, onRate }: RateProps) {
  const { t, i18n } = useTranslation("viewer")
  const rate = decimal(i18n.language, fps, Number.isInteger(fps) ? 0 : 1)
  const button = (change: "faster" | "slower", key: string, sign: string) =>
    onRate && (
      <button
        type="button"
        aria-label={t(`tools.cine_${change}`)}
        title={t("tools.with_key", { name: t(`tools.cine_${change}`), key })}
        onMouseDown={event => event.preventDefault()}
        onClick={() => onRate(change)}
      >
        {sign}
      </button>
    )
  return (
    <span className={classes.rate}>
      {button("slower", ",", "−")}
      <span>{t("pane.running", { rate })}</span>
      {button("faster", ".", "+")}
    </span>
  )
}

/** Narrow windows (ratios, SUV) need their fraction. */
function WindowWords({ window, presets }: { readonly window: Window; readonly presets: readonly Preset[] }) {
  const { t, i18n } = useTranslation("viewer")
  const digits = window.width < 10 ? 2 : 0
  const preset = presetOf(presets, window)
  const numbers = {
    center: decimal(i18n.language, window.center, digits),
    width: decimal(i18n.language, window.width, digits),
  }
  return (
    <span className={classes.window}>
      {preset && preset.slug !== "file" && <b>{t(`preset.${preset.slug}`)} </b>}
      {t("pane.window", numbers)}
    </span>
  )
}

function Badge({ status }: { status: PaneStatus }) {
  const { t } = useTranslation("viewer")
  const fraction = status.type === "drawn" ? fractionOf(status.level) : null
  const words = () => {
    if (status.type === "drawn") {
      const quality = fraction ? t("quality.reduced", { fraction }) : t("quality.lossless")
      return status.slices ? `${quality} · ${slicesWords(status.slices)}` : quality
    }
    if (status.type === "refused") return t("quality.refused")
    if (status.type === "missing") return t("quality.missing")
    if (status.type === "waiting" && status.number) return t("quality.waiting", { number: status.number })
    return t("quality.opening")
  }
  const slicesWords = ({ lossless, of, shrink }: Slices) => {
    if (shrink > 1) return t("quality.thinned", { shrink })
    return lossless === of ? t("quality.all_slices", { of }) : t("quality.slices", { lossless, of })
  }
  return (
    <span
      className={classes.badge}
      data-full={status.type === "drawn" && !fraction}
      title={t("quality.label")}
    >
      {words()}
    </span>
  )
}
