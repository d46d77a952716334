/** What a series is by its own words: its direction, and whether it only plans the others; pure. */

import type { SeriesInfo } from "./series-list"

export type AxisName = "axial" | "coronal" | "sagittal"

const SCOUT = /scout|locali[sz]er|topogram|scanogram|surview|dinh vi|3[ -]?plane/

export function isScout(series: SeriesInfo): boolean {
  const told = series.pictures.some(picture => picture.image_type.includes("LOCALIZER"))
  return told || SCOUT.test(bare(series.description))
}

/** The direction its middle image is cut in, null when it does not say. */
export function axisName({ pictures }: SeriesInfo): AxisName | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] =
    pictures[Math.floor(pictures.length / 2)]?.orientation ?? []
  const along = [b * f - c * e, c * d - a * f, a * e - b * d].map(Math.abs)
  const most = Math.max(...along)
  return most === 0 ? null : ((["sagittal", "coronal", "axial"] as const)[along.indexOf(most)] ?? null)
}

/** Lower case without Vietnamese marks. */
function bare(text: string): string {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d")
}
