/** Says changes of the room to screen readers; the same sentence never twice in a row. */

import type { Session } from "@app/api/types"
import { useTranslation } from "react-i18next"
import { placeOf } from "./acts"
import { nameIn } from "./names"
import classes from "./room.module.css"
import type { RoomSnapshot } from "./room-model"

export function Announcer({
  snapshot,
  session,
}: {
  readonly snapshot: RoomSnapshot
  readonly session: Session
}) {
  const { t } = useTranslation("room")
  const { said, live } = snapshot
  const place = placeOf(session.agenda, said?.caseId ?? null)
  const who = said?.who ? nameIn(live.presence, said.who) : ""
  const name = place?.case.patient.display_name ?? ""
  const key = said?.key === "case_opened" && name === "" ? "case_opened_withheld" : said?.key
  return (
    <p className={classes.said} aria-live="polite" data-said={said?.key ?? ""}>
      {said ? t(`said.${key}`, { who, order: place?.order ?? "", name }) : ""}
    </p>
  )
}
