/** A bar of a round length, so that sizes can be judged at any zoom: pure. */

export type ScaleBar = { readonly millimetres: number; readonly pixels: number }

/** The longest bar of 1, 2 or 5 times ten to some power that is at most `most` screen pixels; null without a scale. */
export function scaleBar(pixelsPerMillimetre: number, most: number): ScaleBar | null {
  if (!(pixelsPerMillimetre > 0) || !Number.isFinite(pixelsPerMillimetre)) return null
  const room = most / pixelsPerMillimetre
  const ten = 10 ** Math.floor(Math.log10(room))
  const times = [5, 2, 1].find(factor => factor * ten <= room) ?? 1
  const millimetres = Number((times * ten).toPrecision(1))
  return { millimetres, pixels: millimetres * pixelsPerMillimetre }
}
