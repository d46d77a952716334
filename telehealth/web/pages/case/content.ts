import type { Case, CaseContent, Missing, PatientFull, Question } from "@app/api/types"
import type { Saved } from "@app/design/autosave"

const NO_PATIENT: PatientFull = {
  full_name: "",
  birth_date: null,
  birth_date_precision: "day",
  sex: "U",
  personal_id_number: "",
  health_insurance_number: "",
  local_patient_code: "",
  address: "",
}

/** The typed part of a case. */
export function contentOf(of: Case): CaseContent {
  return {
    patient_full: of.patient_full ?? (of.may.edit ? NO_PATIENT : null),
    encounter: of.encounter,
    diagnosis: of.diagnosis,
    consultation_reason: of.consultation_reason,
    reason_text: of.reason_text,
    clinical_summary: of.clinical_summary,
    treatment_so_far: of.treatment_so_far,
    questions: of.questions,
    specialties: of.specialties,
    urgency: of.urgency,
    no_images: of.no_images,
  }
}

export const savedOf = (of: Case): Saved<CaseContent> => ({
  content: contentOf(of),
  version: of.version,
  savedAt: of.saved_at,
})

/** Questions get their ids from the server, in order; blank ones are not kept there. */
export function adoptQuestionIds(typed: CaseContent, server: CaseContent): CaseContent {
  let place = 0
  const questions = typed.questions.map(question => {
    if (question.text.trim() === "") return question
    const known = server.questions[place]
    place += 1
    return known ? { ...question, id: known.id } : question
  })
  return { ...typed, questions }
}

/** What a PATCH takes: an id only for questions that have one. */
export function toSend(changed: Partial<CaseContent>): Record<string, unknown> {
  if (!changed.questions) return changed
  const questions = changed.questions
    .filter(question => question.text.trim() !== "")
    .map(({ id, text }) => (id ? { id, text } : { text }))
  return { ...changed, questions }
}

export const renumbered = (questions: Question[]): Question[] =>
  questions.map((question, index) => ({ ...question, number: index + 1 }))

/** Parts of the page in their order, each with what can be missing in it. */
export const PARTS: { id: string; missing: Missing[] }[] = [
  { id: "patient", missing: ["patient"] },
  { id: "reason", missing: ["reason", "questions", "specialties"] },
  { id: "summary", missing: ["summary"] },
  { id: "images", missing: ["images", "identity"] },
  { id: "excerpt", missing: ["excerpt"] },
  { id: "consent", missing: ["consent"] },
]

/** Without these a case cannot be sent; the rest may follow until the session. */
export const NEEDED_TO_SEND: ReadonlySet<Missing> = new Set(["reason", "questions"])

const known = (text: string | null | undefined) => Boolean(text?.trim())

/** What is missing while typing, before the server has said so again. */
export function missingNow(server: Missing[], typed: CaseContent): Missing[] {
  const patient = typed.patient_full
  const identified =
    patient === null ||
    (known(patient.full_name) &&
      patient.birth_date !== null &&
      patient.sex !== "U" &&
      (known(patient.personal_id_number) ||
        known(patient.health_insurance_number) ||
        known(patient.local_patient_code)))
  const present: Partial<Record<Missing, boolean>> = {
    patient: identified,
    reason: typed.consultation_reason !== null || known(typed.reason_text),
    questions: typed.questions.some(question => known(question.text)),
    summary: known(typed.clinical_summary),
    specialties: typed.specialties.length > 0,
    ...(typed.no_images ? { images: true } : {}),
  }
  const order = [...PARTS.flatMap(part => part.missing), "contract" as const]
  return order.filter(slug => (present[slug] === undefined ? server.includes(slug) : !present[slug]))
}

const AFTER = new Set([
  "concluded",
  "minutes_draft",
  "in_signing",
  "signed",
  "delivered",
  "followed_up",
  "closed",
])
/** True once the case was discussed: its page then begins with what came of it. */
export const isOver = (of: Pick<Case, "state">): boolean => AFTER.has(of.state)

/** The field of a refused save, by its JSON pointer. */
export const problemAt = (fields: { pointer: string }[], pointer: string): boolean =>
  fields.some(field => field.pointer === pointer)
