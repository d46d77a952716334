/** Reports that came with the images: found among the papers, read on the spot. */

import { report as reportQuery, reports as reportsQuery } from "@app/api/queries"
import type { Report, ReportBrief, ReportLine } from "@app/api/types"
import { plainDate } from "@app/design/dates"
import { ProblemAlert } from "@app/design/problem-alert"
import { Badge, Group, Loader } from "@mantine/core"
import { IconEyeOff } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./reports.module.css"

type Props = { readonly caseId: string; readonly heading: "h2" | "h3" }

/** Nothing at all where no report came. */
export function Reports({ caseId, heading: Heading }: Props) {
  const { t } = useTranslation()
  const list = useQuery(reportsQuery(caseId))
  const { items, withheld } = list.data ?? { items: [], withheld: 0 }
  if (!list.error && items.length + withheld === 0) return null
  return (
    <section>
      <Heading>{t("reports.title")}</Heading>
      <ProblemAlert error={list.error} onRetry={list.refetch} />
      <ul className={classes.list}>
        {items.map(item => (
          <li key={item.sop_uid}>
            {item.kind === "pdf" ? (
              <a href={`/api/cases/${caseId}/reports/${item.sop_uid}/pdf`} target="_blank" rel="noreferrer">
                {nameOf(item)}
              </a>
            ) : (
              <TextReport caseId={caseId} of={item} name={nameOf(item)} />
            )}
          </li>
        ))}
        {withheld > 0 && (
          <li>
            <IconEyeOff size={16} aria-hidden className={classes.icon} />{" "}
            {t("reports.pdf_withheld", { count: withheld })}
          </li>
        )}
      </ul>
    </section>
  )

  function nameOf(item: ReportBrief): string {
    const words = item.title || item.description || t(`reports.unnamed_${item.kind}`)
    return [words, plainDate(item.study_date)].filter(Boolean).join(" · ")
  }
}

function TextReport({ caseId, of, name }: { caseId: string; of: ReportBrief; name: string }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  const whole = useQuery({ ...reportQuery(caseId, of.sop_uid), enabled: isOpen })
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{name}</summary>
      <ProblemAlert error={whole.error} onRetry={whole.refetch} />
      {isOpen && whole.isPending && <Loader size="sm" aria-label={t("reports.loading")} />}
      {whole.data && <ReportText of={whole.data} />}
    </details>
  )
}

function ReportText({ of }: { of: Report }) {
  const { t } = useTranslation()
  const read = of.lines.filter(line => line.withheld || line.kind === "heading" || wordsOf(line))
  return (
    <article className={classes.report}>
      <Group gap={6}>
        <Badge variant="light" color={of.is_complete ? "gray" : "orange"}>
          {t(of.is_complete ? "reports.complete" : "reports.partial")}
        </Badge>
        <Badge variant="light" color={of.is_verified ? "teal" : "orange"}>
          {t(of.is_verified ? "reports.verified" : "reports.unverified")}
        </Badge>
        {of.verified_by.length > 0 && <span className={classes.soft}>{of.verified_by.join(", ")}</span>}
        {of.at && <span className={classes.soft}>{momentOf(of.at)}</span>}
      </Group>
      <div>
        {read.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a stored report never move
          <Line key={at} of={line} />
        ))}
      </div>
      {read.length === 0 && <p className={classes.soft}>{t("reports.empty")}</p>}
      {of.is_cut && <p className={classes.soft}>{t("reports.cut")}</p>}
    </article>
  )
}

const DEPTH_MAX = 6

function Line({ of }: { of: ReportLine }) {
  const { t } = useTranslation()
  const style = { paddingLeft: Math.min(of.depth, DEPTH_MAX) * 14 }
  if (of.kind === "heading")
    return (
      <p className={classes.heading} style={style}>
        {of.name}
      </p>
    )
  return (
    <p className={of.beside ? classes.beside : classes.line} style={style}>
      {of.name && <span className={classes.name}>{of.name}: </span>}
      {of.withheld ? <i>{t("reports.withheld")}</i> : <span>{wordsOf(of)}</span>}
    </p>
  )
}

/** Empty for what says nothing to a reader: shapes, identifiers, bare references. */
function wordsOf({ kind, value, unit }: ReportLine): string {
  if (kind === "shape" || kind === "uid" || kind === "reference") return ""
  if (kind === "number") return `${value} ${unit}`.trim()
  return kind === "date" || kind === "datetime" ? momentOf(value) : value
}

/** The clock of who wrote it, as it was written: a report names no zone. */
function momentOf(value: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d).*)?$/.exec(value) ?? []
  return day ? [time, plainDate(day)].filter(Boolean).join(", ") : value
}
