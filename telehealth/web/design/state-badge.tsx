import type { ReactNode } from "react"
import classes from "./state-badge.module.css"

export type Tone = "calm" | "active" | "good" | "attention" | "bad"

/** A state in words; the colour only underlines it. */
export function StateBadge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {children}
    </span>
  )
}
