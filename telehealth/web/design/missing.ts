import type { Missing } from "@app/api/types"

// What stops a case comes before what merely helps it.
const WEIGHT: Missing[] = [
  "consent",
  "contract",
  "questions",
  "reason",
  "identity",
  "images",
  "patient",
  "summary",
  "specialties",
  "excerpt",
]

/** What is missing, the gravest first. */
export const byWeight = (missing: readonly Missing[]): Missing[] =>
  [...missing].sort((a, b) => WEIGHT.indexOf(a) - WEIGHT.indexOf(b))

const NEEDED_TO_ACCEPT: ReadonlySet<Missing> = new Set(["reason", "questions", "consent", "contract"])

/** What must be there before a case can be taken onto an agenda. */
export const lacksToAccept = (missing: readonly Missing[]): Missing[] =>
  byWeight(missing).filter(slug => NEEDED_TO_ACCEPT.has(slug))
