/** The minutes as they are spoken: one conclusion for each question, saved while typing. */

import { api } from "@app/api/client"
import { minutes as minutesQuery, queryClient } from "@app/api/queries"
import type { Case, Minutes, MinutesAnswer, MinutesContent } from "@app/api/types"
import type { Saved } from "@app/design/autosave"
import { ProblemAlert } from "@app/design/problem-alert"
import { ConflictCard, SaveState } from "@app/design/save-state"
import { useDraft } from "@app/design/use-draft"
import { Textarea } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import classes from "./papers.module.css"

type Props = { readonly of: Case; readonly me: string; readonly mayWrite: boolean }

/** What is written in the room; the rest of the form belongs to its own page afterwards. */
type Written = Pick<
  MinutesContent,
  "course_summary" | "discussion" | "conclusion" | "next_treatment" | "answers"
>
const TEXTS = ["discussion", "conclusion", "next_treatment"] as const

/** Others' writing is seen this soon. */
const READ_MS = 5_000

export function MinutesTab({ of, me, mayWrite }: Props) {
  const { t } = useTranslation("room")
  const minutes = useQuery({ ...minutesQuery(of.id), refetchInterval: READ_MS })
  if (minutes.error) return <ProblemAlert error={minutes.error} onRetry={() => void minutes.refetch()} />
  if (!minutes.data) return <p className={classes.soft}>{t("minutes.loading")}</p>
  const readOnly = !mayWrite || minutes.data.state === "closed"
  return readOnly ? <Read of={of} minutes={minutes.data} /> : <Write of={of} me={me} minutes={minutes.data} />
}

function writtenOf(minutes: Minutes, of: Case): Written {
  const answers = of.questions.map(
    question =>
      minutes.answers.find(answer => answer.question_id === question.id) ?? {
        question_id: question.id,
        text: "",
      },
  )
  const { course_summary, discussion, conclusion, next_treatment } = minutes
  return { course_summary, discussion, conclusion, next_treatment, answers }
}

function savedOf(minutes: Minutes, of: Case): Saved<Written> {
  return { content: writtenOf(minutes, of), version: minutes.version, savedAt: minutes.saved_at }
}

function Write({ of, me, minutes }: { readonly of: Case; readonly me: string; readonly minutes: Minutes }) {
  const { t } = useTranslation("room")
  const { value, draft, set, flush, settle } = useDraft<Written>({
    storageKey: `minutes:${me}:${of.id}`,
    server: savedOf(minutes, of),
    save: async (_changed, version, all) => {
      const { course_summary, discussion, conclusion, next_treatment } = all
      const latest = queryClient.getQueryData(minutesQuery(of.id).queryKey) ?? minutes
      const body = {
        ...contentOf(latest),
        course_summary,
        discussion,
        conclusion,
        next_treatment,
        answers: all.answers,
        version,
      }
      const answer = await api.put<Minutes>(`/api/cases/${of.id}/minutes`, body)
      queryClient.setQueryData(minutesQuery(of.id).queryKey, answer)
      return savedOf(answer, of)
    },
    refetch: async () => savedOf(await queryClient.fetchQuery({ ...minutesQuery(of.id), staleTime: 0 }), of),
  })
  const answerOf = (id: string): MinutesAnswer =>
    value.answers.find(answer => answer.question_id === id) ?? { question_id: id, text: "" }
  const write = (id: string, text: string) =>
    set({ answers: value.answers.map(answer => (answer.question_id === id ? { ...answer, text } : answer)) })
  return (
    <article className={classes.paper}>
      <header className={classes.minutesHead}>
        <h2>{t("minutes.title")}</h2>
        <SaveState draft={draft} onRetry={() => void flush()} />
      </header>
      <ConflictCard
        draft={draft}
        label={field => t(`minutes.${String(field)}`)}
        show={shown => (typeof shown === "string" ? shown : t("minutes.several"))}
        onSettle={settle}
      />
      {of.questions.map(question => (
        <Textarea
          key={question.id}
          label={t("minutes.answer_to", { number: question.number })}
          description={question.text}
          placeholder={t("minutes.answer_here")}
          value={answerOf(question.id).text}
          onChange={event => write(question.id, event.currentTarget.value)}
          autosize
          minRows={2}
          data-question={question.number}
        />
      ))}
      {TEXTS.map(field => (
        <Textarea
          key={field}
          label={t(`minutes.${field}`)}
          value={value[field]}
          onChange={event => set({ [field]: event.currentTarget.value })}
          autosize
          minRows={2}
          data-field={field}
        />
      ))}
    </article>
  )
}

function contentOf(minutes: Minutes): MinutesContent {
  const { course_summary, discussion, conclusion, next_treatment, diagnosis_after } = minutes
  const { prognosis, disposition, answers, tasks } = minutes
  return {
    course_summary,
    discussion,
    conclusion,
    next_treatment,
    diagnosis_after,
    prognosis,
    disposition,
    answers,
    tasks,
  }
}

function Read({ of, minutes }: { readonly of: Case; readonly minutes: Minutes }) {
  const { t } = useTranslation("room")
  const written = writtenOf(minutes, of)
  const empty = written.answers.every(answer => !answer.text) && TEXTS.every(field => !written[field])
  return (
    <article className={classes.paper}>
      <h2>{t(minutes.state === "closed" ? "minutes.closed" : "minutes.being_written")}</h2>
      {empty && <p className={classes.soft}>{t("minutes.nothing_yet")}</p>}
      {of.questions.map(question => {
        const text = written.answers.find(answer => answer.question_id === question.id)?.text
        return (
          text && (
            <section key={question.id}>
              <h3>{t("minutes.answer_to", { number: question.number })}</h3>
              <p className={classes.prose}>{text}</p>
            </section>
          )
        )
      })}
      {TEXTS.map(
        field =>
          written[field] && (
            <section key={field}>
              <h3>{t(`minutes.${field}`)}</h3>
              <p className={classes.prose}>{written[field]}</p>
            </section>
          ),
      )}
    </article>
  )
}
