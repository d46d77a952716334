import type { Minutes } from "@app/api/types"
import { plainDate, span, time } from "@app/design/dates"
import { Panel } from "@app/design/page"
import { Text } from "@mantine/core"
import { useTranslation } from "react-i18next"
import classes from "./minutes.module.css"

/** What the session recorded by itself: who was there, which images were shown. */
export function SessionFacts({ minutes }: { minutes: Minutes }) {
  const { t } = useTranslation()
  const presence = (joined: string | null, left: string | null) => {
    if (!joined) return t("minutes.absent")
    return left ? span(joined, left) : t("minutes.since", { time: time(joined) })
  }
  return (
    <>
      <Panel title={t("minutes.attendance", { count: minutes.attendance.length })}>
        {minutes.attendance.length === 0 && <Text size="sm">{t("minutes.nobody_yet")}</Text>}
        <ul className={classes.facts}>
          {minutes.attendance.map(each => (
            <li key={each.full_name + each.facility}>
              <strong>
                {each.title} {each.full_name}
              </strong>
              <div>
                {t(`seat.${each.seat}`)} · {each.facility}
              </div>
              <Text size="sm" c="dimmed">
                {presence(each.joined_at, each.left_at)}
              </Text>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={t("minutes.images_shown")}>
        {minutes.images_shown.length === 0 && <Text size="sm">{t("minutes.no_images_shown")}</Text>}
        <ul className={classes.facts}>
          {minutes.images_shown.map(image => (
            <li key={image.study_uid}>
              {image.description}
              {image.date && (
                <Text size="sm" c="dimmed">
                  {plainDate(image.date)}
                </Text>
              )}
            </li>
          ))}
        </ul>
      </Panel>
    </>
  )
}
