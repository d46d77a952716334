/** In the place of a patient whom this person may not see: why, what still works, and their own part. */

import { useTranslation } from "react-i18next"
import type { Aside } from "./acts"

type Props = { readonly aside: Aside; readonly className: string | undefined }

export function WithheldCase({ aside, className }: Props) {
  const { t } = useTranslation("room")
  return (
    <p className={className} data-withheld={aside.part}>
      {t(`withheld.${aside.whose}`)} {t("withheld.what")}
      {aside.part !== "none" && ` ${t(`withheld.part.${aside.part}`)}`}
    </p>
  )
}
