/** Whether the pixels of a series may show the patient's name: what is assumed, what somebody said, what to do. */

import { Button, Text } from "@mantine/core"
import { IconEyeOff } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import classes from "./studies-list.module.css"

export type NamesShown = {
  readonly burned_in: "clear" | "may_show_a_name"
  readonly name_said: "no_name" | "name" | null
  readonly withheld: boolean
}

type Props = {
  readonly series: NamesShown
  /** Looks at the pictures and says; absent for those who may not. */
  readonly onLook?: (() => void) | undefined
  readonly onTakeBack?: (() => void) | undefined
}

export function SeriesNames({ series, onLook, onTakeBack }: Props) {
  const { t } = useTranslation("submission")
  const state = stateOf(series)
  const shut = state === "doubted" || state === "name"
  const words = series.withheld ? "names.withheld" : `names.${state}`
  if (state === "clear" && !onLook) return null
  return (
    <span className={classes.names} data-names={state}>
      {state !== "clear" && (
        <Text size="xs" component="span" data-shut={shut || undefined}>
          {shut && <IconEyeOff size={14} aria-hidden />} {t(words)}
        </Text>
      )}
      {onLook && !series.name_said && (
        <Button
          size="compact-xs"
          variant={shut ? "default" : "subtle"}
          {...(!shut && { color: "gray" })}
          onClick={onLook}
        >
          {t(shut ? "names.look" : "names.report")}
        </Button>
      )}
      {onTakeBack && series.name_said && (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onTakeBack}>
          {t("names.take_back")}
        </Button>
      )}
    </span>
  )
}

/** Shut for those who may not know the patient, and nobody has said that it need not be. */
export const isDoubted = (series: NamesShown): boolean => stateOf(series) === "doubted"

function stateOf({ burned_in, name_said }: NamesShown): "clear" | "doubted" | "no_name" | "name" {
  if (name_said) return name_said
  return burned_in === "clear" ? "clear" : "doubted"
}
