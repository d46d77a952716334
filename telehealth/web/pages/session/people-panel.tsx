import { api } from "@app/api/client"
import { queryClient, session as sessionQuery } from "@app/api/queries"
import type { Seat, Session, SessionPerson } from "@app/api/types"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { PersonSelect } from "@app/design/person-select"
import { ProblemAlert } from "@app/design/problem-alert"
import { ActionIcon, Select, Text } from "@mantine/core"
import { IconX } from "@tabler/icons-react"
import { useMutation } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import classes from "./session.module.css"

const SEATS: Seat[] = ["chair", "secretary", "member", "presenter", "observer"]
type Place = { person_id: string; seat: Seat }

const placesOf = (people: SessionPerson[]): Place[] =>
  people.map(each => ({ person_id: each.person.id, seat: each.seat }))
const bySeat = (a: SessionPerson, b: SessionPerson) => SEATS.indexOf(a.seat) - SEATS.indexOf(b.seat)

/** Who comes, in which seat, and what they answered. */
export function PeoplePanel({ session, editable }: { session: Session; editable: boolean }) {
  const { t } = useTranslation()
  const seat = useMutation({
    mutationFn: (items: Place[]) => api.put<Session>(`/api/sessions/${session.id}/people`, { items }),
    onSuccess: answer => queryClient.setQueryData(sessionQuery(session.id).queryKey, answer),
  })
  const places = placesOf(session.people)
  const people = [...session.people].sort(bySeat)
  const put = (id: string, to: Seat) =>
    seat.mutate(places.map(place => (place.person_id === id ? { ...place, seat: to } : place)))
  const remove = (id: string) => seat.mutate(places.filter(place => place.person_id !== id))
  const add = (id: string | null) => id && seat.mutate([...places, { person_id: id, seat: "member" }])

  return (
    <Panel title={t("session.people", { count: people.length })}>
      <ProblemAlert error={seat.error} onClose={seat.reset} />
      {people.length === 0 && <EmptyState text={t("session.people_none")} />}
      {people.map(each => (
        <div key={each.person.id} className={classes.person}>
          <div className={classes.personName}>
            <Text size="sm" fw={500}>
              {each.person.title} {each.person.full_name}
            </Text>
            <Text size="xs" c="dimmed">
              {each.person.facility.name} · {t(`answer.${each.answer ?? "none"}`)}
            </Text>
          </div>
          {editable ? (
            <>
              <Select
                aria-label={t("session.seat_of", { name: each.person.full_name })}
                w={112}
                size="xs"
                allowDeselect={false}
                value={each.seat}
                data={SEATS.map(value => ({ value, label: t(`seat.${value}`) }))}
                onChange={value => value && put(each.person.id, value as Seat)}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("session.remove_person", { name: each.person.full_name })}
                onClick={() => remove(each.person.id)}
              >
                <IconX size={16} aria-hidden />
              </ActionIcon>
            </>
          ) : (
            <Text size="sm">{t(`seat.${each.seat}`)}</Text>
          )}
        </div>
      ))}
      {editable && (
        <PersonSelect
          mt="sm"
          aria-label={t("session.add_person")}
          placeholder={t("session.add_person")}
          value={null}
          except={places.map(place => place.person_id)}
          onChange={add}
        />
      )}
    </Panel>
  )
}
