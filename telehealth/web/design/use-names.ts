import { people } from "@app/api/queries"
import { useQuery } from "@tanstack/react-query"

/** Full names by id, asked for only when there is an id to name; empty while unknown. */
export function useNames(ids: readonly string[]): (id: string | null | undefined) => string {
  const list = useQuery({ ...people(), enabled: ids.length > 0 })
  const names = new Map(list.data?.map(person => [person.id, `${person.title} ${person.full_name}`.trim()]))
  return id => (id ? (names.get(id) ?? "") : "")
}
