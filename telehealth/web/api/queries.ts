import { addDays, instantOf } from "@app/design/dates"
import { QueryCache, QueryClient, queryOptions } from "@tanstack/react-query"
import { api, withQuery } from "./client"
import { asProblem, mayPass, type Problem } from "./problem"
import type {
  AuditEvent,
  Calendar,
  Case,
  CaseBrief,
  CaseDocument,
  Delivery,
  Excerpt,
  Facility,
  Items,
  Minutes,
  Person,
  Recording,
  Report,
  Reports,
  Series,
  Session,
  SessionBrief,
  Study,
  UploadOutcome,
  UploadTotals,
} from "./types"

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: Problem
  }
}

let onSignedOut: () => void = () => undefined
/** What to do when the server says that the sign-in has ended. */
export const whenSignedOut = (act: () => void): void => {
  onSignedOut = act
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (asProblem(error).status === 401 && query.queryKey[0] !== "me") onSignedOut()
    },
  }),
  defaultOptions: {
    queries: { staleTime: 15_000, retry: (count, error) => count < 3 && mayPass(asProblem(error)) },
    mutations: { networkMode: "always" },
  },
})

const all = <T>(path: string) => api.get<Items<T>>(path).then(answer => answer.items)

export const me = queryOptions({
  queryKey: ["me"],
  queryFn: () => api.get<Person>("/api/me"),
  staleTime: 300_000,
  retry: false,
})
export const facilities = queryOptions({
  queryKey: ["facilities"],
  queryFn: () => all<Facility>("/api/facilities"),
  staleTime: 300_000,
})
export const people = (query: { role?: string; q?: string } = {}) =>
  queryOptions({
    queryKey: ["people", query],
    queryFn: () => all<Person>(withQuery("/api/people", query)),
    staleTime: 60_000,
  })
export const allSeries = queryOptions({ queryKey: ["series"], queryFn: () => all<Series>("/api/series") })
export const calendar = (from: string, to: string) =>
  queryOptions({
    queryKey: ["calendar", from, to],
    queryFn: () => api.get<Calendar>(withQuery("/api/calendar", { from, to })),
  })
/** Sessions between two local dates, both included. */
export const sessions = (first: string, last: string) =>
  queryOptions({
    queryKey: ["sessions", first, last],
    queryFn: () => {
      const from = instantOf(first, "00:00")
      const to = instantOf(addDays(last, 1), "00:00")
      return all<SessionBrief>(withQuery("/api/sessions", { from, to }))
    },
  })
export const session = (id: string) =>
  queryOptions({
    queryKey: ["session", id],
    queryFn: () => api.get<Session>(`/api/sessions/${id}`),
    refetchInterval: 30_000,
  })
export type CaseQuery = { mine?: number; session_id?: string; state?: string; q?: string }
export const cases = (query: CaseQuery = {}) =>
  queryOptions({
    queryKey: ["cases", query],
    queryFn: () => all<CaseBrief>(withQuery("/api/cases", query)),
  })
export const oneCase = (id: string) =>
  queryOptions({ queryKey: ["case", id], queryFn: () => api.get<Case>(`/api/cases/${id}`) })
export const excerpt = (caseId: string) =>
  queryOptions({
    queryKey: ["excerpt", caseId],
    queryFn: () => api.get<Excerpt>(`/api/cases/${caseId}/excerpt`),
  })
export const documents = (caseId: string) =>
  queryOptions({
    queryKey: ["documents", caseId],
    queryFn: () => all<CaseDocument>(`/api/cases/${caseId}/documents`),
  })
export const studies = (caseId: string) =>
  queryOptions({ queryKey: ["studies", caseId], queryFn: () => all<Study>(`/api/cases/${caseId}/studies`) })
export const caseUploads = (caseId: string) =>
  queryOptions({
    queryKey: ["uploads", caseId],
    queryFn: () => all<UploadOutcome>(`/api/cases/${caseId}/uploads`),
  })
export const uploadTotals = (caseId: string) =>
  queryOptions({
    queryKey: ["uploads", caseId, "totals"],
    queryFn: () => api.get<UploadTotals>(`/api/cases/${caseId}/upload-totals`),
  })
export const reports = (caseId: string) =>
  queryOptions({
    queryKey: ["reports", caseId],
    queryFn: () => api.get<Reports>(`/api/cases/${caseId}/reports`),
  })
export const report = (caseId: string, sopUid: string) =>
  queryOptions({
    queryKey: ["reports", caseId, sopUid],
    queryFn: () => api.get<Report>(`/api/cases/${caseId}/reports/${sopUid}`),
  })
export const minutes = (caseId: string) =>
  queryOptions({
    queryKey: ["minutes", caseId],
    queryFn: () => api.get<Minutes>(`/api/cases/${caseId}/minutes`),
  })
export const recordings = (caseId: string) =>
  queryOptions({
    queryKey: ["recordings", caseId],
    queryFn: () => all<Recording>(`/api/cases/${caseId}/recordings`),
  })
export const caseDeliveries = (caseId: string) =>
  queryOptions({
    queryKey: ["deliveries", "case", caseId],
    queryFn: () => all<Delivery>(`/api/cases/${caseId}/deliveries`),
    refetchInterval: 10_000,
  })
export const deliveries = (state?: string) =>
  queryOptions({
    queryKey: ["deliveries", "all", state ?? ""],
    queryFn: () => all<Delivery>(withQuery("/api/deliveries", { state })),
    refetchInterval: 10_000,
  })
export type AuditQuery = { case_id?: string; person_id?: string; from?: string; to?: string; cursor?: string }
export const auditPage = (query: AuditQuery) => api.get<Items<AuditEvent>>(withQuery("/api/audit", query))
