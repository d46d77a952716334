import type { Attendance, Disposition, MinutesContent, Question } from "@app/api/types"
import { DateField } from "@app/design/date-field"
import { ActionIcon, Button, Group, Select, Stack, Text, Textarea, TextInput } from "@mantine/core"
import { IconPlus, IconX } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import classes from "./minutes.module.css"

const DISPOSITIONS: Disposition[] = [
  "treat_locally",
  "transfer_up",
  "refer_outpatient",
  "refer_inpatient",
  "emergency_local_surgery",
]
const BEFORE = ["course_summary", "discussion"] as const
const AFTER = ["diagnosis_after", "conclusion", "next_treatment", "prognosis"] as const

type Props = {
  value: MinutesContent
  questions: Question[]
  attendance: Attendance[]
  set: (part: Partial<MinutesContent>) => void
}

/** The fields of form 27/BV2 and, before the conclusion, one answer per question. */
export function MinutesFields({ value, questions, attendance, set }: Props) {
  const { t } = useTranslation()
  const long = (name: (typeof BEFORE | typeof AFTER)[number], rows: number) => (
    <Textarea
      key={name}
      label={t(`minutes.${name}`)}
      autosize
      minRows={rows}
      value={value[name]}
      onChange={event => set({ [name]: event.currentTarget.value })}
    />
  )
  return (
    <Stack gap="md">
      {BEFORE.map(name => long(name, 3))}
      <Answers value={value} questions={questions} attendance={attendance} set={set} />
      {AFTER.map(name => long(name, name === "conclusion" || name === "next_treatment" ? 3 : 2))}
      <Select
        label={t("minutes.disposition")}
        placeholder={t("minutes.not_decided")}
        clearable
        value={value.disposition || null}
        data={DISPOSITIONS.map(each => ({ value: each, label: t(`disposition.${each}`) }))}
        onChange={disposition => set({ disposition: (disposition ?? "") as Disposition | "" })}
      />
      <Tasks value={value} set={set} />
    </Stack>
  )
}

function Answers({ value, questions, attendance, set }: Props) {
  const { t } = useTranslation()
  const people = attendance.flatMap(each =>
    each.person_id ? { value: each.person_id, label: each.full_name } : [],
  )
  const put = (place: number, part: Partial<MinutesContent["answers"][number]>) =>
    set({ answers: value.answers.map((each, index) => (index === place ? { ...each, ...part } : each)) })
  return (
    <div>
      {questions.map((question, place) => {
        const answer = value.answers[place]
        if (!answer) return null
        return (
          <div key={question.id} className={classes.question}>
            <Textarea
              label={t("minutes.answer_to", { number: question.number, question: question.text })}
              placeholder={t("minutes.answer_hint")}
              autosize
              minRows={2}
              value={answer.text}
              onChange={event => put(place, { text: event.currentTarget.value })}
            />
            {people.length > 0 && (
              <Select
                mt={6}
                size="xs"
                maw={320}
                clearable
                aria-label={t("minutes.answered_by_for", { number: question.number })}
                placeholder={t("minutes.answered_by")}
                value={answer.answered_by ?? null}
                data={people}
                onChange={answered_by => put(place, { answered_by })}
              />
            )}
          </div>
        )
      })}
    </div>
  )
}

function Tasks({ value, set }: Pick<Props, "value" | "set">) {
  const { t } = useTranslation()
  const put = (place: number, part: Partial<MinutesContent["tasks"][number]>) =>
    set({ tasks: value.tasks.map((task, index) => (index === place ? { ...task, ...part } : task)) })
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {t("minutes.tasks")}
      </Text>
      <Stack gap="xs">
        {value.tasks.map((task, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
          <div key={place} className={classes.task}>
            <TextInput
              aria-label={t("minutes.task", { number: place + 1 })}
              placeholder={t("minutes.task_hint")}
              value={task.text}
              onChange={event => put(place, { text: event.currentTarget.value })}
            />
            <TextInput
              aria-label={t("minutes.task_owner", { number: place + 1 })}
              placeholder={t("minutes.owner")}
              value={task.owner}
              onChange={event => put(place, { owner: event.currentTarget.value })}
            />
            <DateField
              aria-label={t("minutes.task_due", { number: place + 1 })}
              value={task.due_on ? { date: task.due_on, precision: "day" } : null}
              onChange={date => put(place, { due_on: date?.date ?? null })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("minutes.remove_task", { number: place + 1 })}
              onClick={() => set({ tasks: value.tasks.filter((_, index) => index !== place) })}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </div>
        ))}
      </Stack>
      <Group mt={6}>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => set({ tasks: [...value.tasks, { text: "", owner: "", due_on: null }] })}
        >
          {t("minutes.add_task")}
        </Button>
      </Group>
    </div>
  )
}
