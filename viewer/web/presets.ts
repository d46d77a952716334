/** Window presets in the units of the modality; names are i18n keys `viewer.preset.<slug>`. */

import type { Pixels } from "./decode"
import type { ImageEntry, Window } from "./manifest"

export type Preset = { readonly slug: string; readonly window: Window | "auto" }

/** In the order of the keys 2 to 9; 1 is the file's own window. */
const CT: readonly Preset[] = [
  { slug: "brain", window: { center: 40, width: 80 } },
  { slug: "stroke", window: { center: 35, width: 40 } },
  { slug: "subdural", window: { center: 75, width: 215 } },
  { slug: "bone", window: { center: 600, width: 2800 } },
  { slug: "lung", window: { center: -600, width: 1500 } },
  { slug: "mediastinum", window: { center: 50, width: 350 } },
  { slug: "abdomen", window: { center: 40, width: 400 } },
  { slug: "liver", window: { center: 60, width: 160 } },
]

/** CT has Hounsfield units, so fixed windows mean something; other modalities scale the file's own window. */
export function presetsFor(modality: string, own: Window): readonly Preset[] {
  const file: Preset = { slug: "file", window: own }
  if (modality === "CT") return [file, ...CT]
  return [
    file,
    { slug: "auto", window: "auto" },
    { slug: "more_contrast", window: { center: own.center, width: own.width * 0.6 } },
    { slug: "less_contrast", window: { center: own.center, width: own.width * 1.6 } },
    { slug: "brighter", window: { center: own.center - own.width * 0.2, width: own.width } },
    { slug: "darker", window: { center: own.center + own.width * 0.2, width: own.width } },
  ]
}

/** The window of a preset; an automatic one is read from the picture itself. */
export function windowOf(preset: Preset, pixels: Pixels): Window {
  return preset.window === "auto" ? automatic(pixels) : preset.window
}

/** The preset a window is, to be named on screen. */
export function presetOf(presets: readonly Preset[], { center, width }: Window): Preset | null {
  const same = (window: Preset["window"]) =>
    window !== "auto" && window.center === center && window.width === width
  return presets.find(preset => same(preset.window)) ?? null
}

const BINS = 1024
/** Darkest and brightest share of the pixels that may drown: air, and a few sparks. */
const DROWNED = 0.005

/** From the half to the 99.5th percentile of the greys above the darkest, which is the air around the patient. */
export function automatic({ values, min, max }: Pixels): Window {
  if (!(max > min)) return { center: min, width: 1 }
  const bins = new Uint32Array(BINS)
  const scale = (BINS - 1) / (max - min)
  for (let i = 0; i < values.length; i++) {
    const bin = Math.round(((values[i] as number) - min) * scale)
    bins[bin] = (bins[bin] as number) + 1
  }
  bins[0] = 0
  const total = bins.reduce((sum, count) => sum + count, 0)
  const at = (share: number): number => {
    let [left, bin] = [share * total, 0]
    while (bin < BINS - 1 && left >= (bins[bin] as number)) left -= bins[bin++] as number
    return min + bin / scale
  }
  const [low, high] = [at(DROWNED), at(1 - DROWNED)]
  const tenth = (value: number) => Math.round(value * 10) / 10
  return { center: tenth((low + high) / 2), width: Math.max(1 / scale, tenth(high - low)) }
}

/** The window an image opens with when its series gives none. */
export function openingWindow(image: ImageEntry, modality: string, ofSeries?: Window | null): Window {
  return (
    image.window ?? ofSeries ?? (modality === "CT" ? { center: 40, width: 400 } : { center: 128, width: 256 })
  )
}
