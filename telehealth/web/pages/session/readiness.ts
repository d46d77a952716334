/** How far the images of a case are at its sites, for the board: pure. */

import type { CaseReadiness } from "@app/api/types"
import type { Tone } from "@app/design/state-badge"

type Site = CaseReadiness["sites"][number]

export const TONES: { readonly [state in Site["state"]]: Tone } = {
  complete: "good",
  fetching: "active",
  late: "bad",
  stopped: "attention",
  nothing: "calm",
}

/** Whole percent, never 100 before it is. */
export function percentOf(held: number, total: number, language: string): string {
  const share = total === 0 ? 1 : held / total
  const shown = share >= 1 ? 1 : Math.min(0.99, share)
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(shown)
}

export const hasImages = (of: CaseReadiness): boolean => of.sites.some(site => site.total_bytes > 0)

export const complete = (of: CaseReadiness): number =>
  of.sites.filter(site => site.state === "complete").length
