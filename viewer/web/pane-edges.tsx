/** At the edges of the picture: where the patient's sides are, and a bar of known length. */

import { useTranslation } from "react-i18next"
import { edgesOf } from "./directions"
import { planeOf, type Size, scaleOf } from "./geometry"
import classes from "./image-area.module.css"
import { decimal } from "./measures"
import type { Drawing } from "./pane"
import { scaleBar } from "./scale-bar"
import { placingOf } from "./view-state"

export function Edges({ drawn }: { drawn: Drawing }) {
  const { t } = useTranslation("viewer")
  const edges = edgesOf(drawn.image, placingOf(drawn.viewport))
  if (!edges) return null
  const say = (letters: string) => [...letters].map(letter => t(`direction.${letter}`)).join("")
  return (
    <div className={classes.edges} aria-hidden="true">
      <span data-edge="top">{say(edges.top)}</span>
      <span data-edge="left">{say(edges.left)}</span>
      <span data-edge="right">{say(edges.right)}</span>
      <span data-edge="bottom">{say(edges.bottom)}</span>
    </div>
  )
}

/** Share of the picture's width a bar may take, and the most in screen pixels. */
const SHARE = 0.25
const LONGEST = 160

export function Scale({ drawn, size }: { readonly drawn: Drawing; readonly size: Size }) {
  const { t, i18n } = useTranslation("viewer")
  const { image, viewport } = drawn
  const bar = planeOf(image).scaled
    ? scaleBar(scaleOf(image, placingOf(viewport), size), Math.min(LONGEST, size.width * SHARE))
    : null
  if (!bar) return null
  const { millimetres: mm } = bar
  const words =
    mm >= 10
      ? t("scale.cm", { length: decimal(i18n.language, mm / 10, 0) })
      : t("scale.mm", { length: decimal(i18n.language, mm, mm < 1 ? 1 : 0) })
  return (
    <div className={classes.scale} data-scale={mm}>
      <i style={{ width: bar.pixels }} />
      {words}
    </div>
  )
}
