/** What came drawn over the series a viewport shows, and what of it this person hides. */

import { useState, useSyncExternalStore } from "react"
import type { ImageSource } from "./image-source"
import { hiddenAtFirst, type Layers, NO_LAYERS, type Over, overImage } from "./layers"
import type { Drawing } from "./pane"

export type UsedLayers = {
  readonly layers: Layers
  readonly hidden: ReadonlySet<string>
  readonly over: Over
  readonly toggle: (key: string) => void
}

const NOTHING: Over = { planes: [], shapes: [] }

/** Cuts in other planes have nothing drawn over them: what was drawn was drawn over the images as acquired. */
export function useLayers(source: ImageSource, drawn: Drawing | null): UsedLayers {
  const acquired = drawn?.manifest.plane === "acquired" ? drawn : null
  const layers = useSyncExternalStore(source.layers.listen, () =>
    acquired ? source.layers.of(acquired.manifest.seriesUid, acquired.manifest.generation) : NO_LAYERS,
  )
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set())
  const hidden = differing(hiddenAtFirst(layers), turned)
  const over = acquired ? overImage(layers, hidden, acquired.manifest, acquired.image) : NOTHING
  return { layers, hidden, over, toggle: key => setTurned(now => differing(now, new Set([key]))) }
}

function differing(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...[...a].filter(key => !b.has(key)), ...[...b].filter(key => !a.has(key))])
}
