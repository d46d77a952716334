import { people } from "@app/api/queries"
import type { Person } from "@app/api/types"
import { Select, type SelectProps } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { plainWords } from "./plain-words"

type Props = Omit<SelectProps, "data" | "onChange" | "value"> & {
  value: string | null
  onChange: (id: string | null, person: Person | null) => void
  ofRole?: string
  except?: string[]
}

/** Chooses a person by name, diacritics ignored; sorted by the last word as Vietnamese names are. */
export function PersonSelect({ value, onChange, ofRole, except = [], ...rest }: Props) {
  const { t } = useTranslation()
  const list = useQuery(people(ofRole ? { role: ofRole } : {}))
  const found = [...(list.data ?? [])].filter(person => !except.includes(person.id)).sort(byGivenName)
  return (
    <Select
      searchable
      clearable={!rest.required}
      nothingFoundMessage={t("person.none_found")}
      maxDropdownHeight={320}
      {...rest}
      value={value}
      data={found.map(person => ({
        value: person.id,
        label: `${person.title} ${person.full_name} · ${person.specialty || person.facility.name}`,
      }))}
      filter={({ options, search }) => {
        const wanted = plainWords(search)
        return options.filter(
          option => "label" in option && plainWords(String(option.label)).includes(wanted),
        )
      }}
      onChange={id => onChange(id, found.find(person => person.id === id) ?? null)}
    />
  )
}

const collator = new Intl.Collator("vi")
const reversed = (name: string) => name.split(" ").reverse().join(" ")
export const byGivenName = (a: Person, b: Person): number =>
  collator.compare(reversed(a.full_name), reversed(b.full_name))
