import { Alert, Button, Group, Text } from "@mantine/core"
import { IconCheck, IconCloudOff, IconPencil } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import type { Draft } from "./autosave"
import { time } from "./dates"
import { problemText } from "./problem-alert"

type Props<T extends object> = { draft: Draft<T>; onRetry: () => void }

/** Where what I typed is right now, in words: "Đã lưu 14:02". */
export function SaveState<T extends object>({ draft, onRetry }: Props<T>) {
  const { t } = useTranslation()
  const { phase, base } = draft
  const bad = phase.name === "waiting" || phase.name === "refused" || phase.name === "conflict"
  const Icon = bad ? IconCloudOff : phase.name === "clean" ? IconCheck : IconPencil
  return (
    <Group gap={6} role="status" aria-live="polite" wrap="nowrap">
      <Icon size={16} aria-hidden color={bad ? "var(--mantine-color-orange-8)" : "var(--ink-soft)"} />
      <Text size="sm" c={bad ? "orange.9" : "dimmed"}>
        {words()}
      </Text>
      {(phase.name === "waiting" || phase.name === "refused") && (
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          {t("common.retry_now")}
        </Button>
      )}
    </Group>
  )

  function words(): string {
    switch (phase.name) {
      case "clean":
        return base.savedAt ? t("save.saved", { time: time(base.savedAt) }) : t("save.nothing_yet")
      case "dirty":
      case "saving":
        return t("save.saving")
      case "waiting":
        return t("save.waiting", { time: time(phase.retryAt) })
      case "refused":
        return t("save.refused", { why: problemText(t, phase.problem) })
      case "conflict":
        return t("save.conflict")
    }
  }
}

type ConflictProps<T extends object> = {
  draft: Draft<T>
  label: (field: keyof T) => string
  show: (value: unknown) => string
  onSettle: (keep: "mine" | "theirs") => void
}

/** Two people changed the same field: both texts, one decision. Nothing is overwritten until it is made. */
export function ConflictCard<T extends object>({ draft, label, show, onSettle }: ConflictProps<T>) {
  const { t } = useTranslation()
  if (draft.phase.name !== "conflict" || !draft.theirs) return null
  const theirs = draft.theirs
  return (
    <Alert color="orange" role="alert" title={t("save.conflict_title")}>
      {draft.conflicts.map(field => (
        <div key={String(field)}>
          <Text fw={600} size="sm" mt="xs">
            {label(field)}
          </Text>
          <Text size="sm">
            {t("save.mine")}: {show(draft.mine[field])}
          </Text>
          <Text size="sm">
            {t("save.theirs")}: {show(theirs[field])}
          </Text>
        </div>
      ))}
      <Group mt="sm">
        <Button size="xs" onClick={() => onSettle("mine")}>
          {t("save.keep_mine")}
        </Button>
        <Button size="xs" variant="default" onClick={() => onSettle("theirs")}>
          {t("save.take_theirs")}
        </Button>
      </Group>
    </Alert>
  )
}
