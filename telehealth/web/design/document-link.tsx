import type { CaseDocument } from "@app/api/types"
import { IconEyeOff } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"

/** Opens a document, or says why it is not for this person. Who may not know the patient gets no file name either. */
export function DocumentLink({ of, number }: { of: CaseDocument; number: number }) {
  const { t } = useTranslation()
  const name = of.name || t("documents.unnamed", { number })
  if (of.withheld)
    return (
      <span>
        <IconEyeOff size={16} aria-hidden style={{ verticalAlign: -3 }} /> {name}: {t("documents.withheld")}
      </span>
    )
  return (
    <a href={`/api/documents/${of.id}`} target="_blank" rel="noreferrer">
      {name}
    </a>
  )
}
