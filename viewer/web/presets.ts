/** Window presets in the units of the modality; names are i18n keys `viewer.preset.<slug>`. */

import type { ImageEntry, Window } from "./manifest"

export type Preset = { readonly slug: string; readonly window: Window }

const CT: readonly Preset[] = [
  { slug: "brain", window: { center: 40, width: 80 } },
  { slug: "stroke", window: { center: 35, width: 40 } },
  { slug: "subdural", window: { center: 75, width: 215 } },
  { slug: "bone", window: { center: 600, width: 2800 } },
  { slug: "soft_tissue", window: { center: 50, width: 400 } },
  { slug: "lung", window: { center: -600, width: 1500 } },
  { slug: "mediastinum", window: { center: 50, width: 350 } },
  { slug: "liver", window: { center: 60, width: 160 } },
]

/** CT has Hounsfield units, so fixed windows mean something; other modalities scale the file's own window. */
export function presetsFor(modality: string, own: Window): readonly Preset[] {
  const file: Preset = { slug: "file", window: own }
  if (modality === "CT") return [file, ...CT]
  return [
    file,
    { slug: "more_contrast", window: { center: own.center, width: own.width * 0.6 } },
    { slug: "less_contrast", window: { center: own.center, width: own.width * 1.6 } },
    { slug: "brighter", window: { center: own.center - own.width * 0.2, width: own.width } },
    { slug: "darker", window: { center: own.center + own.width * 0.2, width: own.width } },
  ]
}

/** The window an image opens with when its series gives none. */
export function openingWindow(image: ImageEntry, modality: string, ofSeries?: Window | null): Window {
  return (
    image.window ?? ofSeries ?? (modality === "CT" ? { center: 40, width: 400 } : { center: 128, width: 256 })
  )
}
