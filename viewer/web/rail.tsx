/** Where we are in the stack, and a way to get elsewhere with one finger; beside the picture, not on it. */

import { type PointerEvent, useRef } from "react"
import classes from "./image-area.module.css"

type Props = {
  readonly label: string
  readonly count: number
  readonly at: number
  /** Images that somebody pointed out. */
  readonly pointedOut: readonly number[]
  readonly onTurn: (index: number) => void
}

export function Rail({ label, count, at, pointedOut, onTurn }: Props) {
  const rail = useRef<HTMLDivElement>(null)
  const placeOf = (index: number) => `${count > 1 ? (index / (count - 1)) * 100 : 0}%`
  const turnTo = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === "pointermove" && event.buttons === 0) return
    const box = rail.current?.getBoundingClientRect()
    if (!box) return
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId)
    const share = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height))
    onTurn(Math.round(share * (count - 1)))
  }
  return (
    <div
      ref={rail}
      className={classes.rail}
      role="slider"
      aria-label={label}
      aria-orientation="vertical"
      aria-valuemin={1}
      aria-valuemax={count}
      aria-valuenow={at + 1}
      tabIndex={0}
      onPointerDown={turnTo}
      onPointerMove={turnTo}
    >
      {pointedOut.map(index => (
        <i key={index} className={classes.pointedOut} style={{ top: placeOf(index) }} />
      ))}
      <div className={classes.thumb} style={{ top: placeOf(at) }} />
    </div>
  )
}
