/** The record excerpt as it was sent: labs with flags, medicines, history, PDFs. Read only. */

import { documents as documentsQuery, excerpt as excerptQuery } from "@app/api/queries"
import type { Excerpt, Lab } from "@app/api/types"
import { dateTime, plainDate } from "@app/design/dates"
import { DocumentLink } from "@app/design/document-link"
import { ProblemAlert } from "@app/design/problem-alert"
import { Reports } from "@app/design/reports"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import classes from "./papers.module.css"

export function ExcerptTab({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation("room")
  const excerpt = useQuery(excerptQuery(caseId))
  const documents = useQuery(documentsQuery(caseId))
  if (excerpt.error) return <ProblemAlert error={excerpt.error} onRetry={() => void excerpt.refetch()} />
  if (!excerpt.data) return <p className={classes.soft}>{t("excerpt.loading")}</p>
  const { labs, medicines, history, as_of } = excerpt.data
  return (
    <article className={classes.paper}>
      {as_of && <p className={classes.soft}>{t("excerpt.as_of", { when: dateTime(as_of) })}</p>}
      <h2>{t("excerpt.labs")}</h2>
      {labs.length === 0 ? <p className={classes.soft}>{t("excerpt.no_labs")}</p> : <Labs labs={labs} />}
      <h2>{t("excerpt.medicines")}</h2>
      {medicines.length === 0 && <p className={classes.soft}>{t("excerpt.no_medicines")}</p>}
      <ul>
        {medicines.map(medicine => (
          <li key={`${medicine.name}${medicine.since ?? ""}`}>
            <b>{medicine.name}</b> {medicine.dose} {medicine.route}
            {medicine.since && ` · ${t("excerpt.since", { date: plainDate(medicine.since) })}`}
            {medicine.stopped_on && ` · ${t("excerpt.stopped", { date: plainDate(medicine.stopped_on) })}`}
          </li>
        ))}
      </ul>
      <History history={history} />
      {documents.data && documents.data.length > 0 && (
        <>
          <h2>{t("excerpt.documents")}</h2>
          <ul>
            {documents.data.map((document, index) => (
              <li key={document.id}>
                <DocumentLink of={document} number={index + 1} />
              </li>
            ))}
          </ul>
        </>
      )}
      <Reports caseId={caseId} heading="h2" />
    </article>
  )
}

function Labs({ labs }: { readonly labs: readonly Lab[] }) {
  const { t } = useTranslation("room")
  return (
    <table className={classes.labs}>
      <thead>
        <tr>
          <th scope="col">{t("excerpt.lab")}</th>
          <th scope="col">{t("excerpt.value")}</th>
          <th scope="col">{t("excerpt.range")}</th>
        </tr>
      </thead>
      <tbody>
        {labs.map(lab => (
          <tr key={`${lab.name}${lab.taken_at ?? ""}${lab.value}`} data-flag={lab.flag || undefined}>
            <th scope="row">{lab.name}</th>
            <td>
              {lab.value} {lab.unit} {lab.flag && <b>{t(`excerpt.flag.${lab.flag}`)}</b>}
            </td>
            <td>{lab.range}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function History({ history }: { readonly history: Excerpt["history"] }) {
  const { t } = useTranslation("room")
  const allergies =
    history.allergy_state === "recorded" ? history.allergies : t(`excerpt.allergy.${history.allergy_state}`)
  return (
    <>
      <h2>{t("excerpt.history")}</h2>
      <p>
        <b>{t("excerpt.allergies")}:</b> {allergies}
      </p>
      {history.own && <p className={classes.prose}>{history.own}</p>}
      {history.family && (
        <p className={classes.prose}>
          {t("excerpt.family")}: {history.family}
        </p>
      )}
    </>
  )
}
