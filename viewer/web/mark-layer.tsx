/** Marks and pointers over the image, drawn by the same formula as the image itself. */

import { useTranslation } from "react-i18next"
import { type Size, screenOf } from "./geometry"
import classes from "./image-area.module.css"
import { type Drawn, lengthText, type Mark } from "./marks"
import type { Drawing } from "./pane"
import type { SharedPointer } from "./shared-pointer"
import { placingOf } from "./view-state"

type Props = {
  readonly drawn: Drawing
  readonly size: Size
  readonly marks: readonly Mark[]
  readonly draft: Drawn | null
  readonly pointers: readonly SharedPointer[]
  readonly mayRemove: (mark: Mark) => boolean
  readonly onRemove: (mark: Mark) => void
}

export function MarkLayer({ drawn, size, marks, draft, pointers, mayRemove, onRemove }: Props) {
  const { t } = useTranslation("viewer")
  const { image, viewport } = drawn
  const place = ([column, row]: readonly [number, number]) =>
    screenOf(image, placingOf(viewport), size, [column, row])
  const [a, b] = draft?.points ?? []
  const draftText = draft?.kind === "length" && a && b ? lengthText(image, [a, b]) : ""
  return (
    <svg className={classes.marks} width={size.width} height={size.height} aria-hidden="true">
      <title>{t("image_area")}</title>
      {marks.map(mark => (
        <Shape
          key={mark.id}
          kind={mark.kind}
          points={mark.points.map(place)}
          words={mark.value ?? mark.text ?? ""}
          onRemove={mayRemove(mark) ? () => onRemove(mark) : null}
          removeTitle={t("tools.remove_mark")}
          id={mark.id}
        />
      ))}
      {draft && (
        <Shape
          kind={draft.kind}
          points={draft.points.map(place)}
          words={draftText}
          onRemove={null}
          removeTitle=""
          id="draft"
        />
      )}
      {pointers.map(pointer => (
        <Pointer
          key={pointer.by}
          at={place(pointer.at)}
          name={pointer.name}
          color={pointer.color}
          by={pointer.by}
        />
      ))}
    </svg>
  )
}

type ShapeProps = {
  readonly kind: Mark["kind"]
  readonly points: readonly (readonly [number, number])[]
  readonly words: string
  readonly onRemove: (() => void) | null
  readonly removeTitle: string
  readonly id: string
}

function Shape({ kind, points, words, onRemove, removeTitle, id }: ShapeProps) {
  const [a, b] = points
  if (!a) return null
  const end = b ?? a
  return (
    <g className={classes.mark} data-mark={id} data-kind={kind}>
      {b && <line className={classes.halo} x1={a[0]} y1={a[1]} x2={b[0]} y2={b[1]} />}
      {b && <line className={classes.line} x1={a[0]} y1={a[1]} x2={b[0]} y2={b[1]} />}
      {kind === "length" &&
        points.map((p, i) => <Tick key={i === 0 ? "from" : "to"} at={p} along={[a, end]} />)}
      {kind === "arrow" && b && <Head from={a} to={b} />}
      {words && (
        <text className={classes.words} x={end[0] + 8} y={end[1] - 8}>
          {words}
        </text>
      )}
      {onRemove && (
        // biome-ignore lint/a11y/noStaticElementInteractions: a second way; the keyboard's is undo in the list of marks
        <g className={classes.remove} onPointerDown={event => event.stopPropagation()} onClick={onRemove}>
          <title>{removeTitle}</title>
          <circle cx={end[0] + 10} cy={end[1] + 12} r={9} />
          <path d={`M${end[0] + 6.5} ${end[1] + 8.5}l7 7m0 -7l-7 7`} />
        </g>
      )}
    </g>
  )
}

type Pair = readonly [number, number]

function Tick({ at, along: [a, b] }: { readonly at: Pair; readonly along: readonly [Pair, Pair] }) {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1
  const [x, y] = [((b[1] - a[1]) / length) * 7, (-(b[0] - a[0]) / length) * 7]
  return <line className={classes.line} x1={at[0] - x} y1={at[1] - y} x2={at[0] + x} y2={at[1] + y} />
}

/** The head is at the first point: one presses where one means, then draws the tail away from it. */
function Head({ from, to }: { readonly from: Pair; readonly to: Pair }) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0])
  const wing = (turn: number) =>
    `${from[0] + 15 * Math.cos(angle + turn)} ${from[1] + 15 * Math.sin(angle + turn)}`
  return <path className={classes.line} d={`M${wing(0.42)}L${from[0]} ${from[1]}L${wing(-0.42)}`} />
}

type PointerProps = { readonly at: Pair; readonly name: string; readonly color: string; readonly by: string }

function Pointer({ at: [x, y], name, color, by }: PointerProps) {
  return (
    <g className={classes.pointer} transform={`translate(${x} ${y})`} data-pointer={by}>
      <path d="M0 0L0 26L7 20L12 31L17 29L12 18L21 17Z" fill={color} />
      <text x={22} y={34}>
        {name}
      </text>
    </g>
  )
}
