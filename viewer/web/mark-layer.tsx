/** Marks, pointers and the lines of other viewports over the image, drawn by the same formula as the image itself. */

import { useTranslation } from "react-i18next"
import { type Point, type Size, screenOf } from "./geometry"
import classes from "./image-area.module.css"
import { LayerShapes } from "./layer-shapes"
import type { Over } from "./layers"
import { MarkLines, type Pair, wordsAt } from "./mark-shapes"
import { type Drawn, type Mark, measuresOf } from "./marks"
import { measured, unitOf } from "./measures"
import type { Drawing } from "./pane"
import type { SharedPointer } from "./shared-pointer"
import { useMeasureWords } from "./use-measure-words"
import { placingOf } from "./view-state"

type Props = {
  readonly drawn: Drawing
  readonly size: Size
  /** What came drawn over the image. */
  readonly over: Over
  readonly marks: readonly Mark[]
  readonly draft: Drawn | null
  readonly pointers: readonly SharedPointer[]
  /** Where another viewport's image cuts this one. */
  readonly reference: readonly [Point, Point] | null
  readonly mayRemove: (mark: Mark) => boolean
  readonly onRemove: (mark: Mark) => void
}

export function MarkLayer(props: Props) {
  const { drawn, size, over, marks, draft, pointers, reference, mayRemove, onRemove } = props
  const { t } = useTranslation("viewer")
  const words = useMeasureWords()
  const { image, viewport, manifest, held } = drawn
  const place = ([column, row]: Point) => screenOf(image, placingOf(viewport), size, [column, row])
  const unit = unitOf(manifest.modality)
  return (
    <svg className={classes.marks} width={size.width} height={size.height} aria-hidden="true">
      <title>{t("image_area")}</title>
      <LayerShapes drawn={drawn} size={size} over={over} />
      {reference && <Reference ends={[place(reference[0]), place(reference[1])]} />}
      {marks.map(mark => (
        <Shape
          key={mark.id}
          mark={mark}
          points={mark.points.map(place)}
          lines={linesOf(mark)}
          width={size.width}
          onRemove={mayRemove(mark) ? () => onRemove(mark) : null}
        />
      ))}
      {draft && (
        <Shape
          mark={{ id: "draft", kind: draft.kind }}
          points={draft.points.map(place)}
          lines={words.lines(measured(image, draft.kind, draft.points, held.pixels), unit)}
          width={size.width}
          onRemove={null}
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

  function linesOf(mark: Mark): readonly string[] {
    const measures = words.lines(measuresOf(mark, image), mark.unit ?? "")
    const said = measures.length > 0 || !mark.value ? measures : [mark.value]
    return mark.text ? [mark.text, ...said] : said
  }
}

type ShapeProps = {
  readonly mark: Pick<Mark, "id" | "kind">
  readonly points: readonly Pair[]
  readonly lines: readonly string[]
  readonly width: number
  readonly onRemove: (() => void) | null
}

const LINE_HEIGHT = "1.2em"
const GAP = 8

function Shape({ mark: { id, kind }, points, lines, width, onRemove }: ShapeProps) {
  const { t } = useTranslation("viewer")
  const at = wordsAt(kind, points, width)
  if (!at) return null
  const { x, y, left } = at
  return (
    <g className={classes.mark} data-mark={id} data-kind={kind}>
      <MarkLines kind={kind} points={points} />
      <text className={classes.words} y={y} textAnchor={left ? "end" : "start"}>
        {lines.map((line, i) => (
          <tspan key={line} x={x + (left ? -GAP : GAP)} dy={i === 0 ? 0 : LINE_HEIGHT}>
            {line}
          </tspan>
        ))}
      </text>
      {onRemove && (
        // biome-ignore lint/a11y/noStaticElementInteractions: a second way; the keyboard's is Delete and undo
        <g
          className={classes.remove}
          transform={`translate(${x + (left ? 2 : -2) * GAP} ${y + 2 * GAP})`}
          onPointerDown={event => event.stopPropagation()}
          onClick={onRemove}
        >
          <title>{t("tools.remove_mark")}</title>
          <circle className={classes.removeHit} r={14} />
          <circle r={9} />
          <path d="M-3.5 -3.5l7 7m0 -7l-7 7" />
        </g>
      )}
    </g>
  )
}

function Reference({ ends: [a, b] }: { readonly ends: readonly [Pair, Pair] }) {
  return <line className={classes.reference} data-reference x1={a[0]} y1={a[1]} x2={b[0]} y2={b[1]} />
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
