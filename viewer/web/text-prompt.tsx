/** Asks for the words of a text mark. */

import { Button, Group, Modal, TextInput } from "@mantine/core"
import { useState } from "react"
import { useTranslation } from "react-i18next"

type Props = {
  readonly opened: boolean
  /** An arrow says enough by itself. */
  readonly mayBeEmpty: boolean
  readonly onText: (text: string) => void
  readonly onClose: () => void
}

const LONGEST = 120

export function TextPrompt({ opened, mayBeEmpty, onText, onClose }: Props) {
  const { t } = useTranslation("viewer")
  const [text, setText] = useState("")
  const done = () => {
    if (text.trim() || mayBeEmpty) onText(text.trim())
    setText("")
    onClose()
  }
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t(mayBeEmpty ? "tools.arrow_prompt" : "tools.text_prompt")}
      size="sm"
    >
      <form
        onSubmit={event => {
          event.preventDefault()
          done()
        }}
      >
        <TextInput
          value={text}
          onChange={event => setText(event.currentTarget.value)}
          maxLength={LONGEST}
          aria-label={t("tools.text_prompt")}
          data-autofocus
        />
        <Group mt="md" justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("tools.text_cancel")}
          </Button>
          <Button type="submit">{t("tools.text_add")}</Button>
        </Group>
      </form>
    </Modal>
  )
}
