import { api } from "@app/api/client"
import { minutes as minutesQuery, queryClient } from "@app/api/queries"
import type { Case, Minutes, MinutesContent } from "@app/api/types"
import { useDraft } from "@app/design/use-draft"
import { useMe } from "@app/shell/who"
import { savedOf, tidy } from "./minutes-content"

export const mayWrite = (of: Case, minutes: Minutes): boolean =>
  minutes.state !== "closed" && (minutes.may?.write ?? Boolean(of.may.write_minutes))

/** The minutes of a case being written: autosaved, merged with a second writer's, kept through a dead line. */
export function useMinutesDraft(of: Case, minutes: Minutes) {
  const person = useMe()
  const query = minutesQuery(of.id)
  return useDraft<MinutesContent>({
    storageKey: `${person.id}:minutes:${of.id}`,
    server: savedOf(minutes, of.questions),
    readOnly: !mayWrite(of, minutes),
    tidy,
    save: async (_, version, all) => {
      const answer = await api.put<Minutes>(`/api/cases/${of.id}/minutes`, { version, ...tidy(all) })
      queryClient.setQueryData(query.queryKey, answer)
      return savedOf(answer, of.questions)
    },
    refetch: async () => savedOf(await queryClient.fetchQuery({ ...query, staleTime: 0 }), of.questions),
  })
}
