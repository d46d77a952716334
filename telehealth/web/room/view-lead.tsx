/** Who leads the picture, said above it in that person's colour, and the way to one's own view and back. */

import { Button } from "@mantine/core"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { nameIn } from "./names"
import classes from "./room.module.css"
import type { RoomModel, RoomSnapshot } from "./room-model"

type Props = {
  readonly snapshot: RoomSnapshot
  readonly model: RoomModel
  readonly me: string
  /** When a follower last tried to move the picture. */
  readonly blocked: number
}

const HINT_MS = 4_000

export function ViewLead({ snapshot, model, me, blocked }: Props) {
  const { t } = useTranslation("room")
  const { mode, live } = snapshot
  const hint = useRecent(blocked)
  if (live.state.case_id === null) return null
  const holder = live.state.control
  const name = holder ? nameIn(live.presence, holder) : ""
  const said = hint && mode === "following"
  return (
    <div
      className={classes.lead}
      data-mode={mode}
      data-held={holder !== null || undefined}
      data-hint={said || undefined}
    >
      <i aria-hidden="true" />
      <span role="status">{said ? t("lead.blocked") : words()}</span>
      {mode === "following" && (
        <Button size="compact-sm" variant="default" onClick={() => model.look()}>
          {t("lead.look")}
        </Button>
      )}
      {mode === "looking" && (
        <Button size="compact-sm" onClick={() => model.follow()}>
          {t("lead.follow")}
        </Button>
      )}
    </div>
  )

  function words() {
    if (holder === me) return <Words who={t("lead.me")} what={t("lead.me_what")} />
    if (mode === "looking")
      return <Words who={t("lead.looking")} what={holder ? t("lead.looking_away", { name }) : ""} />
    return holder ? <Words who={name} what={t("lead.other")} /> : <Words who={t("lead.nobody")} what="" />
  }
}

function Words({ who, what }: { readonly who: string; readonly what: string }) {
  return (
    <>
      <b>{who}</b>
      {what}
    </>
  )
}

/** True for a few seconds after `at`. */
export function useRecent(at: number, forMs = HINT_MS): boolean {
  const [recent, setRecent] = useState(false)
  useEffect(() => {
    const left = at + forMs - Date.now()
    setRecent(left > 0)
    if (left <= 0) return
    const timer = setTimeout(() => setRecent(false), left)
    return () => clearTimeout(timer)
  }, [at, forMs])
  return recent
}
