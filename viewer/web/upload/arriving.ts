/** How many of a case's files are still on their way, whoever sends them: pure. */

export type Arriving = { readonly done: number; readonly of: number }

/** Files by state. An archive counts by its entries, not as a file of its own. */
export type Totals = {
  readonly receiving: number
  readonly stored: number
  readonly duplicate: number
  readonly refused: number
}

/** Null when nothing is on its way. */
export function arriving(totals: Totals | undefined): Arriving | null {
  if (!totals || totals.receiving === 0) return null
  const done = totals.stored + totals.duplicate + totals.refused
  return { done, of: done + totals.receiving }
}
