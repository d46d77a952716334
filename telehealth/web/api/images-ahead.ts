import { addDays, today } from "@app/design/dates"
import { queryOptions } from "@tanstack/react-query"
import type { KeepCase, KeepDoors } from "@viewer/keep/keeper"
import { api } from "./client"
import { queryClient, sessions } from "./queries"
import type { CaseReadiness, Items, SessionState } from "./types"

const DAYS_AHEAD = 8
const COMING: ReadonlySet<SessionState> = new Set<SessionState>(["planned", "open", "agenda_locked", "live"])

const items = <T>(path: string) => api.get<Items<T>>(path).then(answer => answer.items)

/** The server's side of fetching ahead: the coming meetings in which this person sits. */
export const keepDoors: Omit<KeepDoors, "fetchBytes" | "fetchNear" | "inMeeting" | "alone"> = {
  sessions: async () => {
    const first = today()
    const found = await queryClient.fetchQuery(sessions(first, addDays(first, DAYS_AHEAD)))
    return found
      .filter(one => one.my_seat && COMING.has(one.state))
      .sort((a, b) => a.starts_at.localeCompare(b.starts_at))
      .map(one => one.id)
  },
  plan: sessionId => items<KeepCase>(`/api/sessions/${sessionId}/images`),
  tell: (sessionId, told) => api.put<void>(`/api/sessions/${sessionId}/holdings`, told),
}

export const keepKey = () => api.get<{ key: string }>("/api/me/keep-key").then(answer => answer.key)

/** Which images lie at which site already; for those who run the session. */
export const readiness = (sessionId: string) =>
  queryOptions({
    queryKey: ["readiness", sessionId],
    queryFn: () => items<CaseReadiness>(`/api/sessions/${sessionId}/readiness`),
    refetchInterval: 10_000,
  })
