import { ActionIcon, Button, Group, Select, Text, TextInput, VisuallyHidden } from "@mantine/core"
import { IconPlus, IconX } from "@tabler/icons-react"
import type { ClipboardEvent } from "react"
import { useTranslation } from "react-i18next"
import classes from "./excerpt.module.css"
import { emptyLab, flagOf, isTable, type Lab, type LabFlag, parseLabs } from "./labs"

type Props = { labs: Lab[]; onChange: (labs: Lab[]) => void; showDate: (date: string) => string }
const FLAGS: LabFlag[] = ["", "L", "H", "LL", "HH"]
const COLUMNS = ["name", "value", "unit", "range"] as const

/** Results typed, or pasted whole from a spreadsheet into any cell. */
export function LabsTable({ labs, onChange, showDate }: Props) {
  const { t } = useTranslation("submission")
  const put = (place: number, part: Partial<Lab>) =>
    onChange(labs.map((lab, index) => (index === place ? flagged(lab, part) : lab)))
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData("text/plain")
    if (!isTable(text)) return
    event.preventDefault()
    onChange([...labs.filter(lab => lab.name || lab.value), ...parseLabs(text)])
  }

  return (
    <div onPaste={paste}>
      <Text size="sm" c="dimmed" mb={6}>
        {t("labs.paste_hint")}
      </Text>
      {labs.length > 0 && (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                {[...COLUMNS, "flag", "taken_at"].map(column => (
                  <th key={column}>{t(`labs.${column}`)}</th>
                ))}
                <th>
                  <VisuallyHidden>{t("labs.remove")}</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {labs.map((lab, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
                <tr key={place} data-flag={lab.flag || undefined}>
                  {COLUMNS.map(column => (
                    <td key={column}>
                      <TextInput
                        size="xs"
                        aria-label={t("labs.cell", { column: t(`labs.${column}`), row: place + 1 })}
                        value={lab[column]}
                        data-plain={column !== "value" || undefined}
                        onChange={event => put(place, { [column]: event.currentTarget.value })}
                      />
                    </td>
                  ))}
                  <td>
                    <Select
                      size="xs"
                      w={110}
                      allowDeselect={false}
                      aria-label={t("labs.cell", { column: t("labs.flag"), row: place + 1 })}
                      value={lab.flag}
                      data={FLAGS.map(value => ({ value, label: t(`labs.flags.${value || "none"}`) }))}
                      onChange={value => put(place, { flag: (value ?? "") as LabFlag })}
                    />
                  </td>
                  <td>
                    <Text size="xs" c="dimmed">
                      {lab.taken_at ? showDate(lab.taken_at) : ""}
                    </Text>
                  </td>
                  <td>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={t("labs.remove_row", { name: lab.name })}
                      onClick={() => onChange(labs.filter((_, index) => index !== place))}
                    >
                      <IconX size={16} aria-hidden />
                    </ActionIcon>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Group mt={6}>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => onChange([...labs, emptyLab()])}
        >
          {t("labs.add")}
        </Button>
      </Group>
    </div>
  )
}

/** A new value or range earns its flag; a flag chosen by hand stays until they change. */
function flagged(lab: Lab, part: Partial<Lab>): Lab {
  const next = { ...lab, ...part }
  return "value" in part || "range" in part ? { ...next, flag: flagOf(next.value, next.range) } : next
}

/** The same results, to be read. */
export function LabsView({ labs, showDate }: Omit<Props, "onChange">) {
  const { t } = useTranslation("submission")
  if (labs.length === 0) return <Text c="dimmed">{t("labs.none")}</Text>
  return (
    <div className={classes.scroll}>
      <table className={`${classes.table} ${classes.read}`}>
        <thead>
          <tr>
            {[...COLUMNS, "flag", "taken_at"].map(column => (
              <th key={column}>{t(`labs.${column}`)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labs.map((lab, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
            <tr key={place} data-flag={lab.flag || undefined}>
              <td>{lab.name}</td>
              <td>{lab.value}</td>
              <td>{lab.unit}</td>
              <td>{lab.range}</td>
              <td>{lab.flag ? t(`labs.flags.${lab.flag}`) : ""}</td>
              <td>{lab.taken_at ? showDate(lab.taken_at) : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
