/** What came drawn over the image, by the same formula as the image itself; under the marks of this conference. */

import { type Point, type Size, screenOf } from "./geometry"
import classes from "./image-area.module.css"
import { type LayerShape, type Over, outlineOf } from "./layers"
import type { Drawing } from "./pane"
import { placingOf } from "./view-state"

type Props = { readonly drawn: Drawing; readonly size: Size; readonly over: Over }

export function LayerShapes({ drawn, size, over }: Props) {
  const { image, viewport } = drawn
  const place = (point: Point) => screenOf(image, placingOf(viewport), size, point)
  return (
    <g data-layers={over.planes.length + over.shapes.length}>
      {over.planes.map(({ key, href, faint }) => (
        <image
          key={key}
          className={classes.plane}
          data-plane={key}
          data-faint={faint || undefined}
          href={href}
          width={image.columns}
          height={image.rows}
          preserveAspectRatio="none"
          transform={matrixOf(place)}
        />
      ))}
      {over.shapes.map((shape, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: shapes of a file have no names
        <Shape key={i} shape={shape} place={place} />
      ))}
    </g>
  )
}

type ShapeProps = { readonly shape: LayerShape; readonly place: (point: Point) => Point }

function Shape({ shape, place }: ShapeProps) {
  const { kind, color, text, is_filled } = shape
  const points = outlineOf(shape).map(place)
  if (kind === "text") return <Words text={text} color={color} points={points} />
  if (kind === "point") return <Dot at={points[0]} color={color} />
  const line = points.map(([x, y]) => `${x},${y}`).join(" ")
  return (
    <>
      <polyline className={classes.halo} points={line} />
      <polyline className={classes.drawn} points={line} stroke={color} fill={is_filled ? color : "none"} />
    </>
  )
}

function Dot({ at, color }: { readonly at: Point | undefined; readonly color: string }) {
  return at ? <circle className={classes.dot} cx={at[0]} cy={at[1]} r={4} fill={color} /> : null
}

type WordsProps = { readonly text: string; readonly color: string; readonly points: readonly Point[] }

/** In a box that may lie turned, words begin in its corner on screen. */
function Words({ text, color, points }: WordsProps) {
  const [x, y] = [Math.min(...points.map(p => p[0])), Math.min(...points.map(p => p[1]))]
  return (
    <text className={classes.words} x={x} y={y} style={{ fill: color }}>
      {text.split("\n").map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text are their places
        <tspan key={i} x={x} dy="1.1em">
          {line}
        </tspan>
      ))}
    </text>
  )
}

/** Pixels of the image to pixels of the screen. */
function matrixOf(place: (point: Point) => Point): string {
  const [o, right, down] = [place([0, 0]), place([1, 0]), place([0, 1])]
  const parts = [right[0] - o[0], right[1] - o[1], down[0] - o[0], down[1] - o[1], o[0], o[1]]
  return `matrix(${parts.join(" ")})`
}
