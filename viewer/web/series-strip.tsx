/** The series of the case with thumbnails; one press shows one in the active viewport. */

import { IconEyeOff } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import classes from "./image-area.module.css"
import { allSeries, mayShow, type SeriesInfo, type StudyInfo } from "./series-list"
import type { ViewState } from "./view-state"

type Props = {
  readonly studies: readonly StudyInfo[]
  readonly view: ViewState | null
  /** Said where there is no WebGL. */
  readonly byProcessor: boolean
  readonly onOpen: (series: SeriesInfo) => void
}

export function SeriesStrip({ studies, view, byProcessor, onOpen }: Props) {
  const { t } = useTranslation("viewer")
  const active = view?.viewports[view.active]?.series_uid
  return (
    <nav className={classes.strip} aria-label={t("strip.label")}>
      {allSeries(studies).map(series => (
        <button
          key={series.series_uid}
          type="button"
          className={classes.chip}
          data-series-uid={series.series_uid}
          aria-pressed={series.series_uid === active}
          disabled={!mayShow(series)}
          onClick={() => onOpen(series)}
        >
          {series.thumbnail_url && mayShow(series) ? (
            <img src={series.thumbnail_url} alt="" />
          ) : (
            <i>{series.withheld && <IconEyeOff size={20} aria-hidden />}</i>
          )}
          <span>
            <b>{nameOf(series, studies, number => t("strip.no_name", { number }))}</b>
            <small>
              {series.modality} · {stateWords(series)}
              {placesOf(series).map(place => (
                <span key={place} className={classes.place} title={t("pane.label", { number: place })}>
                  {place}
                </span>
              ))}
            </small>
          </span>
        </button>
      ))}
      <Notice byProcessor={byProcessor} />
    </nav>
  )

  /** The viewports that show a series, counted from 1; a single one needs no number. */
  function placesOf(series: SeriesInfo): readonly number[] {
    if (!view || view.layout === 1) return []
    return view.viewports.flatMap((viewport, i) =>
      viewport?.series_uid === series.series_uid ? [i + 1] : [],
    )
  }

  function stateWords(series: SeriesInfo): string {
    if (series.withheld) return t("strip.withheld")
    if (series.state === "receiving")
      return t("strip.receiving", { done: series.published_count, of: series.image_count })
    if (series.state === "failed") return t("strip.failed")
    return t("strip.images", { count: series.image_count })
  }
}

/** What these images are for; always on screen. */
export function Notice({ byProcessor }: Pick<Props, "byProcessor">) {
  const { t } = useTranslation("viewer")
  return (
    <span className={classes.notice}>
      {t("discussion_only")}
      {byProcessor && <em role="status">{t("by_processor")}</em>}
    </span>
  )
}

/** The series' own words, else the study's with its number, else only the number. */
export function nameOf(
  series: SeriesInfo,
  studies: readonly StudyInfo[],
  unnamed: (number: number | string) => string,
): string {
  if (series.description) return series.description
  const study = studies.find(one => one.series.includes(series))?.description
  const number = unnamed(series.number ?? "")
  return study ? `${study} · ${number}` : number
}
