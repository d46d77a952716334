/** Short written words to all; for what should not interrupt a speaker. */

import { time } from "@app/design/dates"
import { Button, Group, Textarea } from "@mantine/core"
import type { LiveSnapshot } from "@signaling/live-log"
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { nameIn } from "./names"
import classes from "./papers.module.css"
import type { Room } from "./use-room"

const LONGEST = 2_000

type Props = { readonly room: Room; readonly live: LiveSnapshot; readonly me: string }

export function ChatTab({ room, live, me }: Props) {
  const { t } = useTranslation("room")
  const [text, setText] = useState("")
  const end = useRef<HTMLLIElement>(null)
  const { chat } = live.state
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message brings the end into view
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" }) // returns a promise in newer Chromium: never as a cleanup
  }, [chat.length])
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (!text.trim()) return
    void room.log.submit("chat_message", { text: text.trim() })
    setText("")
  }
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event)
  }
  return (
    <div className={classes.chat}>
      <ol aria-live="polite">
        {chat.length === 0 && <li className={classes.soft}>{t("chat.empty")}</li>}
        {chat.map(message => (
          <li key={message.seq} data-mine={message.by === me || undefined}>
            <small>
              {message.by === me ? t("chat.me") : nameIn(live.presence, message.by)} · {time(message.at)}
            </small>
            {message.text}
          </li>
        ))}
        <li ref={end} aria-hidden="true" />
      </ol>
      <form onSubmit={send}>
        <Textarea
          value={text}
          onChange={event => setText(event.currentTarget.value)}
          onKeyDown={keyed}
          maxLength={LONGEST}
          autosize
          maxRows={5}
          aria-label={t("chat.write")}
          placeholder={t("chat.write")}
        />
        <Group justify="flex-end" mt={6}>
          <Button type="submit" size="sm" disabled={!text.trim()}>
            {t("chat.send")}
          </Button>
        </Group>
      </form>
    </div>
  )
}
