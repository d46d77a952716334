/** How many of a case's files are still on their way, whoever sends them: pure. */

export type Arriving = { readonly done: number; readonly of: number }

type Sent = { readonly state: "receiving" | "stored" | "duplicate" | "refused" | "unpacked" | "index" }

/** Null when nothing is on its way. An archive counts by its entries, not as a file of its own. */
export function arriving(sent: readonly Sent[]): Arriving | null {
  const coming = sent.filter(each => each.state === "receiving").length
  const done = sent.filter(each => ["stored", "duplicate", "refused"].includes(each.state)).length
  return coming > 0 ? { done, of: done + coming } : null
}
