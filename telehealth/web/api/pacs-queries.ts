import { queryOptions } from "@tanstack/react-query"
import { api } from "./client"
import type { CasePeer, Gateway, Items, PacsPeers, PacsStudy, Pull } from "./types"

export const isUnderWay = (pull: Pull): boolean => pull.state === "waiting" || pull.state === "running"

export const casePeers = (caseId: string) =>
  queryOptions({
    queryKey: ["case-pacs", caseId],
    queryFn: () => api.get<Items<CasePeer>>(`/api/cases/${caseId}/pacs`).then(answer => answer.items),
    staleTime: 300_000,
  })
/** Asked again and again while something is on its way. */
export const casePulls = (caseId: string) =>
  queryOptions({
    queryKey: ["pulls", caseId],
    queryFn: () => api.get<Items<Pull>>(`/api/cases/${caseId}/pulls`).then(answer => answer.items),
    refetchInterval: query => (query.state.data?.some(isUnderWay) ? 1500 : false),
  })
export const arrivedStudies = (caseId: string) =>
  queryOptions({
    queryKey: ["arrived", caseId],
    queryFn: () =>
      api.get<Items<PacsStudy>>(`/api/cases/${caseId}/arrived-studies`).then(answer => answer.items),
    refetchInterval: 60_000,
  })
export const pacsPeers = queryOptions({
  queryKey: ["pacs-peers"],
  queryFn: () => api.get<PacsPeers>("/api/pacs-peers"),
})
export const gateways = queryOptions({
  queryKey: ["gateways"],
  queryFn: () => api.get<Items<Gateway>>("/api/gateways").then(answer => answer.items),
  refetchInterval: 15_000,
})
