import { api } from "@app/api/client"
import { queryClient, session as sessionQuery } from "@app/api/queries"
import type { Seat, Session, SessionPerson } from "@app/api/types"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { PersonSelect } from "@app/design/person-select"
import { ProblemAlert } from "@app/design/problem-alert"
import { useMe } from "@app/shell/who"
import { ActionIcon, Button, Group, Select, Text } from "@mantine/core"
import { IconX } from "@tabler/icons-react"
import { useMutation } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import classes from "./session.module.css"

const SEATS: Seat[] = ["chair", "secretary", "member", "presenter", "observer"]
const ASKS = new Set(["planned", "open", "agenda_locked"])
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
      <MyAnswer session={session} />
      {people.map(each => (
        <div key={each.person.id} className={classes.person}>
          <div className={classes.personName}>
            <Text size="sm" fw={500}>
              {each.person.title} {each.person.full_name}
            </Text>
            <Text size="xs" c="dimmed">
              {!editable && `${t(`seat.${each.seat}`)} · `}
              {each.person.facility.name} ·{" "}
              <span className={classes.answer}>{t(`answer.${each.answer ?? "none"}`)}</span>
              {each.comment && `: ${each.comment}`}
            </Text>
          </div>
          {editable && (
            <div className={classes.personSeat}>
              <Select
                aria-label={t("session.seat_of", { name: each.person.full_name })}
                w={118}
                size="xs"
                variant="filled"
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
            </div>
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

/** The invitation, asked of the one who reads: one tap, and it may be changed until the session. */
function MyAnswer({ session }: { session: Session }) {
  const { t } = useTranslation()
  const person = useMe()
  const mine = session.people.find(each => each.person.id === person.id)
  const give = useMutation({
    mutationFn: (answer: boolean) => api.put<Session>(`/api/sessions/${session.id}/answer`, { answer }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["session", session.id] }),
  })
  if (!mine || !ASKS.has(session.state)) return null
  return (
    <Group gap="xs" mb="xs">
      <Text size="sm">{t("session.will_you_come", { seat: t(`seat.${mine.seat}`) })}</Text>
      {[true, false].map(answer => (
        <Button
          key={String(answer)}
          size="xs"
          variant={mine.answer === answer ? "light" : "default"}
          aria-pressed={mine.answer === answer}
          loading={give.isPending && give.variables === answer}
          onClick={() => give.mutate(answer)}
        >
          {t(answer ? "session.come" : "session.decline")}
        </Button>
      ))}
      <ProblemAlert error={give.error} />
    </Group>
  )
}
