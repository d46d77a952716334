import { ActionIcon, Button, Group, TextInput } from "@mantine/core"
import { IconPlus, IconX } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import classes from "./excerpt.module.css"

export type Medicine = {
  name: string
  dose: string
  route: string
  since: string | null
  stopped_on?: string | null
}
type Props = { medicines: Medicine[]; onChange: (medicines: Medicine[]) => void; readOnly?: boolean }

const COLUMNS = ["name", "dose", "route", "since", "stopped_on"] as const
const empty = (): Medicine => ({ name: "", dose: "", route: "", since: "", stopped_on: "" })

/** What the patient takes: name, dose, route, since when, until when. */
export function MedicinesTable({ medicines, onChange, readOnly = false }: Props) {
  const { t } = useTranslation("submission")
  const put = (place: number, column: (typeof COLUMNS)[number], text: string) =>
    onChange(medicines.map((each, index) => (index === place ? { ...each, [column]: text } : each)))
  return (
    <>
      {medicines.length > 0 && (
        <div className={classes.scroll}>
          <table className={readOnly ? `${classes.table} ${classes.read}` : classes.table}>
            <thead>
              <tr>
                {COLUMNS.map(column => (
                  <th key={column}>{t(`medicines.${column}`)}</th>
                ))}
                {!readOnly && <th aria-label={t("labs.remove")} />}
              </tr>
            </thead>
            <tbody>
              {medicines.map((each, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
                <tr key={place}>
                  {COLUMNS.map(column => (
                    <td key={column}>
                      {readOnly ? (
                        (each[column] ?? "")
                      ) : (
                        <TextInput
                          size="xs"
                          aria-label={t("labs.cell", { column: t(`medicines.${column}`), row: place + 1 })}
                          value={each[column] ?? ""}
                          onChange={event => put(place, column, event.currentTarget.value)}
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
