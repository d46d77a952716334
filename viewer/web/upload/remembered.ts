/** An upload that was cut off: how much is left, and which files are on the server already. */
export type Batch = { folder: string; left: number; done: string[]; at: number }

const key = (caseId: string) => `upload:${caseId}`

export function recall(caseId: string): Batch | null {
  try {
    const text = localStorage.getItem(key(caseId))
    return text ? (JSON.parse(text) as Batch) : null
  } catch {
    return null // storage switched off: the server still recognises duplicates
  }
}

export function remember(caseId: string, batch: Batch): void {
  try {
    localStorage.setItem(key(caseId), JSON.stringify(batch))
  } catch {
    // as above
  }
}

export function forget(caseId: string): void {
  try {
    localStorage.removeItem(key(caseId))
  } catch {
    // as above
  }
}
