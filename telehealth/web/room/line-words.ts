/** One participant's line in a few figures for those who run the session: pure. */

import type { LiveLine } from "@app/api/types"

export type LineWords = {
  readonly up: string
  readonly down: string
  readonly loss: string
  readonly rtt: string | null
  readonly lowered: boolean
  readonly bad: boolean
}

const BAD_LOSS = 0.08 // as the server calls a line weak
const SLOW_MS = 400 // people begin to talk over each other (ITU-T G.114)

/** Rates in Mbit/s, loss as a percentage, both by the language's habits. */
export function lineWords(line: LiveLine, language: string): LineWords {
  const mbit = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 })
  const loss = Math.max(line.up.loss, line.down.loss)
  return {
    up: mbit.format(line.up.bps / 1e6),
    down: mbit.format(line.down.bps / 1e6),
    loss: share.format(loss),
    rtt: line.rtt_ms === null ? null : String(line.rtt_ms),
    lowered: line.pictures.some(picture => picture.reason === "line"),
    bad: loss > BAD_LOSS || (line.rtt_ms ?? 0) > SLOW_MS,
  }
}
