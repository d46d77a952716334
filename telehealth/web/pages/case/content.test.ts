import type { CaseContent, Question } from "@app/api/types"
import { describe, expect, it } from "vitest"
import { adoptQuestionIds, missingNow, toSend } from "./content"

const question = (id: string, text: string): Question => ({ id, number: 1, text })
const content = (part: Partial<CaseContent> = {}): CaseContent => ({
  patient_full: {
    full_name: "",
    birth_date: null,
    birth_date_precision: "day",
    sex: "U",
    personal_id_number: "",
    health_insurance_number: "",
    local_patient_code: "",
    address: "",
  },
  encounter: {
    medical_record_no: "",
    admission_no: "",
    department: "",
    room: "",
    bed: "",
    admitted_on: null,
  },
  diagnosis: { main_icd10: "", main_text: "", other: [] },
  consultation_reason: null,
  reason_text: "",
  clinical_summary: "",
  treatment_so_far: "",
  questions: [],
  specialties: [],
  urgency: "routine",
  no_images: false,
  ...part,
})

describe("what is missing", () => {
  const all = ["patient", "reason", "questions", "specialties", "summary", "images", "consent"] as const
  it("goes away while typing, in the order of the page", () => {
    const typed = content({ reason_text: "x", questions: [question("", "Mổ?")], clinical_summary: "y" })
    expect(missingNow([...all], typed)).toEqual(["patient", "specialties", "images", "consent"])
  })
  it("comes back when a text is emptied", () => {
    expect(missingNow([], content())).toContain("summary")
  })
  it("asks for no images where there are none to show", () => {
    expect(missingNow(["images"], content({ no_images: true }))).not.toContain("images")
  })
  it("does not judge a patient it may not see", () => {
    expect(missingNow([], content({ patient_full: null }))).not.toContain("patient")
  })
  it("leaves a missing contract to the server", () => {
    expect(missingNow(["contract"], content()).at(-1)).toBe("contract")
  })
})

describe("questions", () => {
  it("take the server's ids in order, blank lines aside", () => {
    const typed = content({ questions: [question("", "A"), question("", " "), question("q2", "B")] })
    const server = content({ questions: [question("q1", "A"), question("q2", "B")] })
    expect(adoptQuestionIds(typed, server).questions.map(each => each.id)).toEqual(["q1", "", "q2"])
  })
  it("are sent without blank lines and without empty ids", () => {
    const sent = toSend({ questions: [question("", "A"), question("", ""), question("q2", "B")] })
    expect(sent.questions).toEqual([{ text: "A" }, { id: "q2", text: "B" }])
  })
})
