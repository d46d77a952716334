/** Measures in the words of the person at this screen, or of the record. */

import { useCallback } from "react"
import { useTranslation } from "react-i18next"
import { type Measures, measureLines } from "./measures"

/** What is filed is read in Vietnamese hospitals. */
const RECORD_LANGUAGE = "vi"

export type MeasureWords = {
  readonly lang: string
  readonly lines: (measures: Measures, unit: string) => readonly string[]
  readonly recorded: (measures: Measures, unit: string) => string
}

export function useMeasureWords(): MeasureWords {
  const { i18n } = useTranslation("viewer")
  const lang = i18n.language
  const lines = useCallback(
    (measures: Measures, unit: string, language: string = lang) => {
      const t = i18n.getFixedT(language, "viewer")
      return measureLines(measures, unit, (key, values) => t(`measure.${key}`, values), language)
    },
    [i18n, lang],
  )
  const recorded = useCallback(
    (measures: Measures, unit: string) => lines(measures, unit, RECORD_LANGUAGE).join(" · "),
    [lines],
  )
  return { lang, lines, recorded }
}
