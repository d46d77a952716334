/** What is asked, and what one must know to answer it. */

import type { Case } from "@app/api/types"
import { useTranslation } from "react-i18next"
import classes from "./papers.module.css"

export function QuestionsTab({ of }: { readonly of: Case }) {
  const { t } = useTranslation("room")
  const treatment = of.treatment_so_far?.trim()
  return (
    <article className={classes.paper} data-case={of.id}>
      <h2>{t("questions.title")}</h2>
      <ol className={classes.questions}>
        {of.questions.map(question => (
          <li key={question.id} value={question.number}>
            {question.text}
          </li>
        ))}
      </ol>
      <h3>{t("questions.diagnosis")}</h3>
      <p>{of.diagnosis.main_text || of.diagnosis_text || t("questions.none")}</p>
      {of.reason_text && (
        <>
          <h3>{t("questions.reason")}</h3>
          <p>{of.reason_text}</p>
        </>
      )}
      <h3>{t("questions.summary")}</h3>
      <p className={classes.prose}>{of.clinical_summary || t("questions.none")}</p>
      {treatment && (
        <>
          <h3>{t("questions.treatment")}</h3>
          <p className={classes.prose}>{treatment}</p>
        </>
      )}
      <p className={classes.soft}>
        {t("questions.presenter", { name: of.presenter.full_name, facility: of.facility.name })}
      </p>
    </article>
  )
}
