import type { MinutesContent, Question } from "@app/api/types"
import { plainDate } from "@app/design/dates"
import { Text } from "@mantine/core"
import { useTranslation } from "react-i18next"
import classes from "./minutes.module.css"

const BEFORE = ["course_summary", "discussion"] as const
const AFTER = ["diagnosis_after", "conclusion", "next_treatment", "prognosis"] as const

/** The minutes to be read. */
export function MinutesText({ value, questions }: { value: MinutesContent; questions: Question[] }) {
  const { t } = useTranslation()
  const part = (title: string, text: string) =>
    text.trim() && (
      <div key={title}>
        <Text fw={600}>{title}</Text>
        <p className={classes.read}>{text}</p>
      </div>
    )
  return (
    <>
      {BEFORE.map(name => part(t(`minutes.${name}`), value[name]))}
      {questions.map((question, place) =>
        part(
          t("minutes.answer_to", { number: question.number, question: question.text }),
          value.answers[place]?.text ?? "",
        ),
      )}
      {AFTER.map(name => part(t(`minutes.${name}`), value[name]))}
      {value.disposition && part(t("minutes.disposition"), t(`disposition.${value.disposition}`))}
      {value.tasks.length > 0 &&
        part(
          t("minutes.tasks"),
          value.tasks
            .map(task => [task.text, task.owner, plainDate(task.due_on)].filter(Boolean).join(" · "))
            .join("\n"),
        )}
    </>
  )
}
