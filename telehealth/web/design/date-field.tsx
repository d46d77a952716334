import { TextInput, type TextInputProps } from "@mantine/core"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { type PartialDate, parseDate, showPartial } from "./dates"

type Props = Omit<TextInputProps, "value" | "onChange"> & {
  value: PartialDate | null
  onChange: (value: PartialDate | null) => void
  /** Month or year alone is an answer too: many elders know no more. */
  partial?: boolean
}

/** A date typed as people write it here, 26/11/2026, on any machine's locale. */
export function DateField({ value, onChange, partial = false, error, ...rest }: Props) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(showPartial(value))
  const [wrong, setWrong] = useState(false)
  const shown = showPartial(value)
  useEffect(() => setTyped(shown), [shown])

  const read = () => {
    const parsed = typed.trim() === "" ? null : parseDate(typed)
    const good = typed.trim() === "" || (parsed !== null && (partial || parsed.precision === "day"))
    setWrong(!good)
    if (!good) return
    onChange(parsed)
    setTyped(showPartial(parsed))
  }

  return (
    <TextInput
      placeholder={t(partial ? "date_field.partial_placeholder" : "date_field.placeholder")}
      inputMode="numeric"
      autoComplete="off"
      {...rest}
      value={typed}
      error={wrong ? t(partial ? "date_field.wrong_partial" : "date_field.wrong") : error}
      onChange={event => setTyped(event.currentTarget.value)}
      onBlur={read}
    />
  )
}
