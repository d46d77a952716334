/** What the image area keeps between paints. */

import { useEffect, useMemo, useRef, useState } from "react"
import type { ViewController } from "./image-pane"
import type { ImageSource } from "./image-source"
import { firstSeries, openedView, type StudyInfo } from "./series-list"
import type { ViewState } from "./view-state"

/** The view before anybody has shown anything: the first series, opened the same way everywhere. */
export function useOpening(
  studies: readonly StudyInfo[],
  source: ImageSource,
  wanted: boolean,
): ViewState | null {
  const [opening, setOpening] = useState<ViewState | null>(null)
  const first = firstSeries(studies)
  const uid = first?.series_uid
  const window = useRef(first?.default_window ?? null)
  window.current = first?.default_window ?? null
  useEffect(() => {
    if (!uid || !wanted) return
    let gone = false
    source.manifest(uid).then(
      manifest => {
        if (!gone) setOpening(openedView(manifest, window.current))
      },
      () => undefined, // the source tells of trouble itself
    )
    return () => {
      gone = true
    }
  }, [uid, source, wanted])
  return wanted ? opening : null
}

type Guard = {
  readonly controller: ViewController
  readonly mayMove: boolean
  readonly onBlocked?: () => void
}

/** Lets nothing through while somebody else leads, and says so. */
export function useGuarded(guard: Guard, opening: ViewState | null): ViewController {
  const latest = useRef({ guard, opening })
  latest.current = { guard, opening }
  return useMemo(
    () => ({
      current: () => latest.current.guard.controller.current() ?? latest.current.opening,
      change: view => {
        const { controller, mayMove, onBlocked } = latest.current.guard
        if (mayMove) controller.change(view)
        else onBlocked?.()
      },
    }),
    [],
  )
}
