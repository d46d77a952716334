import { asProblem, type Problem } from "@app/api/problem"
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemAlert } from "./problem-alert"

type Props = {
  title: string
  /** What will happen, and what stays. */
  consequence: string
  act: string
  danger?: boolean
  /** Ask no reason: the act can be undone. */
  withoutReason?: boolean
  onAct: (reason: string) => Promise<unknown>
  onClose: () => void
}

/** An act with consequences: says what will happen, and takes the reason in words. */
export function ReasonDialog({ title, consequence, act, danger, withoutReason, onAct, onClose }: Props) {
  const { t } = useTranslation()
  const [reason, setReason] = useState("")
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  const go = async () => {
    setBusy(true)
    setProblem(null)
    try {
      await onAct(reason.trim())
      onClose()
    } catch (error) {
      setProblem(asProblem(error))
      setBusy(false)
    }
  }

  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Text size="sm">{consequence}</Text>
        {!withoutReason && (
          <Textarea
            label={t("reason.label")}
            value={reason}
            onChange={event => setReason(event.currentTarget.value)}
            autosize
            minRows={3}
            maxLength={1000}
            data-autofocus
          />
        )}
        <ProblemAlert error={problem} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button
            onClick={go}
            loading={busy}
            disabled={!withoutReason && reason.trim() === ""}
            {...(danger ? { color: "red" } : {})}
          >
            {act}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
