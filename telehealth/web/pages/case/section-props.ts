import type { FieldProblem } from "@app/api/problem"
import type { Case, CaseContent } from "@app/api/types"

/** What each part of the case page gets: the case, what is typed, and how to change it. */
export type SectionProps = {
  of: Case
  value: CaseContent
  set: (part: Partial<CaseContent>) => void
  readOnly: boolean
  /** Fields that the server refused. */
  refused: FieldProblem[]
}
