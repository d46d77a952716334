/** What a command makes of the view: pure. */

import { rated, toggled } from "./cine"
import type { Pixels } from "./decode"
import type { Manifest, Window } from "./manifest"
import { type Preset, windowOf } from "./presets"
import type { Command } from "./tools"
import { acted, type Place, scrolled, turnedTo, zoomedBy } from "./view-actions"
import { type ViewState, withViewport } from "./view-state"

/** What the active viewport shows, as far as commands need it. */
export type Standing = {
  readonly manifest: Manifest
  readonly pixels: Pixels
  readonly presets: readonly Preset[]
  readonly openingWindow: Window
  /** The rate images last ran at, to go on with. */
  readonly lastRate: number | null
}

/** Keys have no place on the canvas: zooming by them holds the middle. */
const ANYWHERE = { width: 1000, height: 1000 }

export function commanded(view: ViewState, command: Command, standing: Standing): ViewState {
  const { manifest } = standing
  const { active } = view
  const place: Place = { index: active, manifest, canvas: ANYWHERE }
  switch (command.type) {
    case "act":
      return acted(view, active, command.act, standing.openingWindow)
    case "scroll":
      return scrolled(view, place, command.images)
    case "to":
      return turnedTo(view, place, command.end === "first" ? 0 : manifest.images.length - 1)
    case "zoom":
      return zoomedBy(view, place, command.factor)
    case "preset": {
      const preset = standing.presets[command.at]
      return preset && standing.pixels.components === 1
        ? withViewport(view, active, { window: windowOf(preset, standing.pixels) })
        : view
    }
    case "link":
      return view.layout > 1 ? { ...view, linked: !view.linked } : view
    case "cine":
      return command.change === "toggle"
        ? toggled(view, active, manifest, standing.lastRate)
        : rated(view, active, command.change)
    default:
      return view
  }
}
