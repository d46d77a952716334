/** The case that is open, as far as this person may see it, and the next one on its way. */

import { asProblem } from "@app/api/problem"
import { oneCase, queryClient, studies as studiesQuery, uploadTotals } from "@app/api/queries"
import type { AgendaItem, Case, Session, Study } from "@app/api/types"
import { useQuery } from "@tanstack/react-query"
import { hang } from "@viewer/hanging"
import { type Arriving, arriving } from "@viewer/upload/arriving"
import { useEffect, useMemo } from "react"
import type { Room } from "./use-room"

export type OpenCase = {
  readonly id: string | null
  readonly papers: Case | null
  readonly studies: readonly Study[] | null
  /** Files that somebody is sending into the case just now. */
  readonly arriving: Arriving | null
  /** The case belongs to others: this person hears, and sees no patient. */
  readonly withheld: boolean
}

/** Studies that are still coming are asked for again; each page shows them when they are ready. */
const ARRIVING_MS = 4_000

/** `withheldBefore`: the agenda, as it was read, withheld this case; a consent may have come since. */
export function useOpenCase(id: string | null, withheldBefore: boolean): OpenCase {
  const papers = useQuery({ ...oneCase(id ?? ""), enabled: id !== null })
  const enabled = id !== null && (!withheldBefore || papers.data !== undefined)
  const totals = useQuery({
    ...uploadTotals(id ?? ""),
    enabled,
    refetchInterval: query => (arriving(query.state.data) ? ARRIVING_MS : false),
  })
  const coming = arriving(totals.data)
  const studies = useQuery({
    ...studiesQuery(id ?? ""),
    enabled,
    refetchInterval: query => (coming || query.state.data?.some(isArriving) ? ARRIVING_MS : false),
  })
  const refused = papers.error !== null && asProblem(papers.error).status === 403
  const withheld = id !== null && (refused || (withheldBefore && papers.data === undefined))
  if (withheld) return { id, papers: null, studies: null, arriving: null, withheld }
  return { id, papers: papers.data ?? null, studies: studies.data ?? null, arriving: coming, withheld }
}

const isArriving = (study: Study) => study.series.some(series => series.state === "receiving")

/** What may be seen of a case has changed: its papers and images are asked for again. */
export function usePapersAgain({ log, source }: Room): void {
  useEffect(
    () =>
      log.on(happening => {
        if (happening.type !== "event" || happening.event.kind !== "papers_changed") return
        for (const key of PAPERS)
          void queryClient.invalidateQueries({ queryKey: [key, happening.event.body.case_id] })
        source.layers.forget() // their words may be for fewer people now
      }),
    [log, source],
  )
}
const PAPERS = ["case", "studies", "documents", "reports", "minutes"]

/** The next case's images become scrollable while this one is discussed. */
export function useNextCaseWarm(
  room: Room,
  session: Session,
  caseId: string | null,
  maySee: (item: AgendaItem) => boolean,
): void {
  const ordered = useMemo(() => [...session.agenda].sort((a, b) => a.order - b.order), [session.agenda])
  const at = ordered.findIndex(item => item.case.id === caseId)
  const item = ordered[at + 1]
  const next = item && maySee(item) ? item.case.id : null
  const here = useQuery({ ...studiesQuery(caseId ?? ""), enabled: caseId !== null })
  const later = useQuery({ ...studiesQuery(next ?? ""), enabled: next !== null })
  useEffect(() => {
    const images = readyOf(here.data)
    void room.source.warm([...images, ...readyOf(later.data)], images.length > 0)
  }, [room, here.data, later.data])
}

/** Series that are whole: first those that will hang when the case is opened. */
function readyOf(studies: readonly Study[] = []): readonly string[] {
  const ready = studies
    .flatMap(study => study.series)
    .filter(series => series.state === "ready" && series.published_count > 0 && !series.withheld)
    .map(series => series.series_uid)
  const hung = hang(studies)?.slots.flatMap(slot => slot?.series.series_uid ?? []) ?? []
  return [...new Set([...hung.filter(uid => ready.includes(uid)), ...ready])]
}
