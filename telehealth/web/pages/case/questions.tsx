import type { Question } from "@app/api/types"
import { ActionIcon, Button, Text, Textarea } from "@mantine/core"
import { SortableList } from "@scheduling/sortable-list"
import { IconPlus, IconX } from "@tabler/icons-react"
import { useRef } from "react"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"
import { renumbered } from "./content"

type Props = { value: Question[]; onChange: (questions: Question[]) => void }

/** Numbered questions; each gets its own conclusion in the minutes. */
export function Questions({ value, onChange }: Props) {
  const { t } = useTranslation()
  const list = useRef<HTMLDivElement>(null)
  const items = value.map((question, place) => ({
    id: String(place),
    name: t("questions.name", { number: place + 1 }),
    text: question.text,
  }))
  const put = (place: number, text: string) =>
    onChange(value.map((each, index) => (index === place ? { ...each, text } : each)))
  const move = (id: string, to: number) => {
    const from = Number(id)
    const moved = value[from]
    if (!moved) return
    const rest = value.filter((_, index) => index !== from)
    onChange(renumbered([...rest.slice(0, to), moved, ...rest.slice(to)]))
  }
  const add = () => {
    onChange([...value, { id: "", number: value.length + 1, text: "" }])
    setTimeout(() => list.current?.querySelector<HTMLElement>("li:last-child textarea")?.focus())
  }

  return (
    <div ref={list}>
      <Text size="sm" fw={500} mb={4}>
        {t("questions.title")}
      </Text>
      <SortableList
        items={items}
        onMove={move}
        render={(item, place) => (
          <div className={classes.question}>
            <span className={classes.number}>{place + 1}.</span>
            <Textarea
              flex={1}
              variant="unstyled"
              aria-label={item.name}
              placeholder={t("questions.placeholder")}
              autosize
              minRows={1}
              maxLength={2000}
              value={item.text}
              onChange={event => put(place, event.currentTarget.value)}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("questions.remove", { number: place + 1 })}
              onClick={() => onChange(renumbered(value.filter((_, index) => index !== place)))}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </div>
        )}
      />
      <Button
        mt={8}
        size="sm"
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        disabled={value.length >= 20 || value.at(-1)?.text.trim() === ""}
        onClick={add}
      >
        {t(value.length === 0 ? "questions.first" : "questions.add")}
      </Button>
    </div>
  )
}
