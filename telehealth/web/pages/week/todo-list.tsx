import { longDate } from "@app/design/dates"
import { EmptyState } from "@app/design/empty-state"
import { Text } from "@mantine/core"
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconClipboardCheck,
  IconId,
  IconNotes,
  type TablerIcon,
} from "@tabler/icons-react"
import { Link } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"
import type { Todo } from "./todo"
import classes from "./todo-list.module.css"

const ICONS: Record<Todo["kind"], TablerIcon> = {
  returned: IconArrowBackUp,
  identity: IconId,
  triage: IconClipboardCheck,
  minutes: IconNotes,
  archive: IconAlertTriangle,
}

const whatOf = (thing: Todo): string => {
  if ("case" in thing) return `${thing.case.patient.display_name} · ${thing.case.facility.name}`
  return "session" in thing ? `${thing.session.title} · ${longDate(thing.session.starts_at)}` : ""
}

const target = (thing: Todo): string => {
  switch (thing.kind) {
    case "triage":
      return `/sessions/${thing.session.id}`
    case "minutes":
      return `/cases/${thing.case.id}/minutes`
    case "archive":
      return "/archive"
    default:
      return `/cases/${thing.case.id}`
  }
}

export function TodoList({ things }: { things: Todo[] }) {
  const { t } = useTranslation()
  if (things.length === 0) return <EmptyState text={t("week.nothing_to_do")} />
  return things.map(thing => {
    const Icon = ICONS[thing.kind]
    const what = whatOf(thing)
    return (
      <Link key={target(thing) + thing.kind} to={target(thing)} className={classes.item}>
        <Icon size={22} aria-hidden className={classes.icon} />
        <span>
          <Text component="span" display="block" fw={500}>
            {t(`todo.${thing.kind}`, "count" in thing ? { count: thing.count } : {})}
          </Text>
          {what && (
            <Text component="span" display="block" size="sm" c="dimmed">
              {what}
            </Text>
          )}
        </span>
      </Link>
    )
  })
}
