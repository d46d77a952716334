import type { PacsStudy } from "@app/api/types"
import { dateTime, plainDate } from "@app/design/dates"
import { StateBadge, type Tone } from "@app/design/state-badge"
import { Group, Text } from "@mantine/core"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./pacs.module.css"

const TONES: Record<PacsStudy["identity"], Tone> = { match: "good", mismatch: "bad", missing: "attention" }

/** Studies of the hospital that are not with the case yet; `beside` is what can be done with each. */
export function PacsStudies({ of, beside }: { of: PacsStudy[]; beside: (study: PacsStudy) => ReactNode }) {
  const { t } = useTranslation()
  return (
    <ul className={classes.studies}>
      {of.map(study => (
        <li key={study.study_uid}>
          <div className={classes.words}>
            <Group gap={8}>
              <Text fw={600} component="span">
                {study.description || t("pacs.unnamed")}
              </Text>
              <StateBadge tone={TONES[study.identity]}>{t(`pacs.identity.${study.identity}`)}</StateBadge>
            </Group>
            <Text size="sm" c="dimmed">
              {joined(
                study.modality.join(", "),
                study.study_date && plainDate(study.study_date),
                study.image_count !== null && t("pacs.images", { count: study.image_count }),
                study.arrived_at && t("pacs.arrived_at", { at: dateTime(study.arrived_at) }),
              )}
            </Text>
            <Text size="sm">
              {joined(
                study.patient_name || t("pacs.no_name"),
                study.patient_id,
                born(study.patient_birth_date),
                study.patient_sex && t(`sex.${study.patient_sex}`, { defaultValue: study.patient_sex }),
              )}
            </Text>
          </div>
          {beside(study)}
        </li>
      ))}
    </ul>
  )
}

const joined = (...parts: (string | null | undefined | false)[]): string => parts.filter(Boolean).join(" · ")
const born = (text: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? plainDate(text) : text)
