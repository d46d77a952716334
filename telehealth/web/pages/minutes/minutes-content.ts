import type { Minutes, MinutesAnswer, MinutesContent, Question } from "@app/api/types"
import type { Saved } from "@app/design/autosave"

/** What the secretary types, with a place for the answer to each question. */
export function contentOf(minutes: Minutes, questions: readonly Question[]): MinutesContent {
  return {
    course_summary: minutes.course_summary,
    discussion: minutes.discussion,
    conclusion: minutes.conclusion,
    next_treatment: minutes.next_treatment,
    diagnosis_after: minutes.diagnosis_after,
    prognosis: minutes.prognosis,
    disposition: minutes.disposition ?? "",
    answers: questions.map(question => answerTo(minutes.answers, question.id)),
    tasks: minutes.tasks,
  }
}

const answerTo = (answers: readonly MinutesAnswer[], question: string): MinutesAnswer =>
  answers.find(answer => answer.question_id === question) ?? {
    question_id: question,
    text: "",
    answered_by: null,
  }

export const savedOf = (minutes: Minutes, questions: readonly Question[]): Saved<MinutesContent> => ({
  content: contentOf(minutes, questions),
  version: minutes.version,
  savedAt: minutes.saved_at,
})

/** Answers with words and tasks with a text; the rest is a blank line of the form. */
export const tidy = (typed: MinutesContent): MinutesContent => ({
  ...typed,
  answers: typed.answers.filter(answer => answer.text.trim()),
  tasks: typed.tasks.filter(task => task.text.trim()),
})

const REQUIRED = ["course_summary", "conclusion", "next_treatment"] as const

/** What must still be written before closing, in the order of the form. */
export function missingFrom(typed: MinutesContent): string[] {
  const blank = REQUIRED.filter(name => !typed[name].trim())
  return typed.answers.some(answer => !answer.text.trim()) ? [...blank, "answers"] : [...blank]
}
