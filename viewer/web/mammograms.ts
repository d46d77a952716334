/** Which mammogram is which, and how it must be turned so that the chest walls meet in the middle: pure. */

import { mayShow, type Picture, type SeriesInfo, type StudyInfo } from "./series-list"

export type Breast = { readonly series: SeriesInfo; readonly picture: Picture }

const ROWS = ["CC", "MLO"] as const
const SIDES = ["R", "L"] as const

/** Rows CC and MLO of right and left, null where there is none. */
export function breastsOf(study: StudyInfo): readonly (readonly (Breast | null)[])[] {
  const all = study.series
    .filter(series => mayShow(series) && series.modality === "MG")
    .flatMap(series => series.pictures.map(picture => ({ series, picture })))
    .filter(({ picture }) => !picture.for_processing)
    // A tomosynthesis stack is scrolled; the flat image is what is compared.
    .sort((a, b) => a.picture.frames - b.picture.frames)
  return ROWS.map(view =>
    SIDES.map(
      side =>
        all.find(({ picture }) => picture.laterality === side && picture.view_position === view) ?? null,
    ),
  )
}

/**
 * The right breast's rows run towards the back and the left one's towards the front; columns of CC run inwards
 * (to L on the right), those of MLO to the feet (words: PS3.3 C.7.6.1.1.1).
 */
export function flipsOf(picture: Picture): { readonly flipH: boolean; readonly flipV: boolean } {
  const [row = "", column = ""] = picture.patient_orientation
  const right = picture.laterality === "R"
  const wrongColumn = picture.view_position === "CC" ? (right ? "R" : "L") : "H"
  return { flipH: row.startsWith(right ? "A" : "P"), flipV: column.startsWith(wrongColumn) }
}
