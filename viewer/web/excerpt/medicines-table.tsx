import { ActionIcon, Button, Group, TextInput, VisuallyHidden } from "@mantine/core"
import { IconPlus, IconX } from "@tabler/icons-react"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./excerpt.module.css"

export type Medicine = {
  name: string
  dose: string
  route: string
  since: string | null
  stopped_on?: string | null
}
/** How a date is shown and read; null for what is no date. */
type Dates = { show: (date: string) => string; read: (typed: string) => string | null }
type Props = {
  medicines: Medicine[]
  onChange: (medicines: Medicine[]) => void
  dates: Dates
  readOnly?: boolean
}

const WORDS = ["name", "dose", "route"] as const
const DAYS = ["since", "stopped_on"] as const
const empty = (): Medicine => ({ name: "", dose: "", route: "", since: null, stopped_on: null })

/** What the patient takes: name, dose, route, since when, until when. */
export function MedicinesTable({ medicines, onChange, dates, readOnly = false }: Props) {
  const { t } = useTranslation("submission")
  const put = (place: number, part: Partial<Medicine>) =>
    onChange(medicines.map((each, index) => (index === place ? { ...each, ...part } : each)))
  return (
    <>
      {medicines.length > 0 && (
        <div className={classes.scroll}>
          <table className={readOnly ? `${classes.table} ${classes.read}` : classes.table}>
            <thead>
              <tr>
                {[...WORDS, ...DAYS].map(column => (
                  <th key={column}>{t(`medicines.${column}`)}</th>
                ))}
                {!readOnly && (
                  <th>
                    <VisuallyHidden>{t("labs.remove")}</VisuallyHidden>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {medicines.map((each, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
                <tr key={place}>
                  {WORDS.map(column => (
                    <td key={column}>
                      {readOnly ? (
                        each[column]
                      ) : (
                        <TextInput
                          size="xs"
                          aria-label={t("labs.cell", { column: t(`medicines.${column}`), row: place + 1 })}
                          value={each[column]}
                          onChange={event => put(place, { [column]: event.currentTarget.value })}
                        />
                      )}
                    </td>
                  ))}
                  {DAYS.map(column => (
                    <td key={column}>
                      {readOnly ? (
                        dates.show(each[column] ?? "")
                      ) : (
                        <DayInput
                          label={t("labs.cell", { column: t(`medicines.${column}`), row: place + 1 })}
                          value={each[column] ?? null}
                          dates={dates}
                          onChange={date => put(place, { [column]: date })}
                        />
                      )}
                    </td>
                  ))}
                  {!readOnly && (
                    <td>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t("labs.remove_row", { name: each.name })}
                        onClick={() => onChange(medicines.filter((_, index) => index !== place))}
                      >
                        <IconX size={16} aria-hidden />
                      </ActionIcon>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!readOnly && (
        <Group mt={6}>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => onChange([...medicines, empty()])}
          >
            {t("medicines.add")}
          </Button>
        </Group>
      )}
    </>
  )
}

type DayProps = { label: string; value: string | null; dates: Dates; onChange: (date: string | null) => void }

function DayInput({ label, value, dates, onChange }: DayProps) {
  const shown = dates.show(value ?? "")
  const [typed, setTyped] = useState(shown)
  useEffect(() => setTyped(shown), [shown])
  const read = dates.read(typed)
  return (
    <TextInput
      size="xs"
      aria-label={label}
      placeholder="dd/mm/yyyy"
      inputMode="numeric"
      value={typed}
      error={typed.trim() !== "" && read === null && typed !== shown}
      onChange={event => setTyped(event.currentTarget.value)}
      onBlur={() => (typed.trim() === "" || read) && onChange(read)}
    />
  )
}
