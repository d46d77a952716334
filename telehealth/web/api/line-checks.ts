import type { LineReport, LineStart, LineVerdict } from "@signaling/line-report"
import type { LineDoors } from "@signaling/line-run"
import { queryOptions } from "@tanstack/react-query"
import { api } from "./client"
import type { Items, LiveLine, SiteLine } from "./types"

/** The server's side of a connection test. */
export const lineDoors: LineDoors = {
  begin: () => api.post<LineStart>("/api/line-checks/start", {}),
  store: (report: LineReport) => api.post<LineVerdict>("/api/line-checks", report),
}

/** The newest test of every site of a session; for those who run it. */
export const sessionLines = (sessionId: string) =>
  queryOptions({
    queryKey: ["lines", sessionId],
    queryFn: () =>
      api.get<Items<SiteLine>>(`/api/sessions/${sessionId}/line-checks`).then(answer => answer.items),
    refetchInterval: 30_000,
  })

/** How everybody's line does in the room now; empty where the engine does not tell. */
export const liveLines = (sessionId: string, wanted: boolean) =>
  queryOptions({
    queryKey: ["live-lines", sessionId],
    queryFn: () =>
      api.get<Items<LiveLine>>(`/api/sessions/${sessionId}/live-lines`).then(answer => answer.items),
    refetchInterval: 3_000,
    enabled: wanted,
  })
