/** The lines of a mark on screen, each twice: a dark halo makes it readable on bone and on air. */

import type { ReactNode } from "react"
import classes from "./image-area.module.css"
import type { MarkKind } from "./measures"

export type Pair = readonly [number, number]

type Props = { readonly kind: MarkKind; readonly points: readonly Pair[] }

export function MarkLines({ kind, points }: Props) {
  const [a, b] = points
  if (!a || !b) return null
  if (kind === "ellipse" || kind === "roi") return <Twice draw={name => region(kind, points, name)} />
  return (
    <>
      <Twice
        draw={name => <polyline className={name} points={points.map(([x, y]) => `${x},${y}`).join(" ")} />}
      />
      {kind === "length" &&
        [a, b].map((p, i) => <Tick key={i === 0 ? "from" : "to"} at={p} along={[a, b]} />)}
      {kind === "arrow" && <Head from={a} to={b} />}
    </>
  )
}

function Twice({ draw }: { readonly draw: (className: string) => ReactNode }) {
  return (
    <>
      {draw(`${classes.halo}`)}
      {draw(`${classes.line}`)}
    </>
  )
}

/** A box of two corners, or a polygon; turns of the view are quarter turns, so that a box stays upright. */
function region(kind: "ellipse" | "roi", points: readonly Pair[], className: string): ReactNode {
  const [a = [0, 0], b = a] = points
  const [x, y] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])]
  const [width, height] = [Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1])]
  if (kind === "ellipse")
    return (
      <ellipse className={className} cx={x + width / 2} cy={y + height / 2} rx={width / 2} ry={height / 2} />
    )
  return points.length === 2 ? (
    <rect className={className} x={x} y={y} width={width} height={height} />
  ) : (
    <polygon className={className} points={points.map(([px, py]) => `${px},${py}`).join(" ")} />
  )
}

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

/** Screen pixels that words need beside their mark. */
const WORDS_ROOM = 150

export type WordsAt = { readonly x: number; readonly y: number; readonly left: boolean }

/** Words stand where the mark is not: beyond the end of a line, beside a region, and never outside the viewport. */
export function wordsAt(kind: MarkKind, points: readonly Pair[], width: number): WordsAt | null {
  const [a] = points
  const end = points.at(-1)
  if (!a || !end) return null
  if (kind === "angle") {
    const [from, corner, to] = points
    if (!from || !corner || !to) return { x: end[0], y: end[1], left: false }
    const down = from[1] + to[1] > 2 * corner[1]
    return fitted({ x: corner[0], y: corner[1] + (down ? -8 : 20), left: false }, width)
  }
  if (kind === "ellipse" || kind === "roi") {
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
    const [near, far, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys)]
    const right = far + WORDS_ROOM < width || near < WORDS_ROOM
    return { x: right ? far : near, y: top + 10, left: !right }
  }
  return fitted({ x: end[0], y: end[1] + (end[1] < a[1] ? -8 : 16), left: end[0] < a[0] }, width)
}

function fitted({ x, y, left }: WordsAt, width: number): WordsAt {
  if (left && x < WORDS_ROOM / 2) return { x, y, left: false }
  return { x, y, left: left || x + WORDS_ROOM > width }
}
