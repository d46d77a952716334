/** What the image area keeps between paints. */

import { useEffect, useMemo, useRef, useState } from "react"
import { CinePlayer, type Clock, wallClock } from "./cine-player"
import { type Hanging, hang, hangingKey, hung } from "./hanging"
import type { ViewController } from "./image-pane"
import type { ImageSource } from "./image-source"
import { linkedTo, type ManifestAt, sameSeries } from "./linked"
import { sameImage } from "./places"
import { allSeries, type StudyInfo } from "./series-list"
import type { ViewState } from "./view-state"

/** The view before anybody has shown anything: the case hangs by what it is, the same way everywhere. */
export function useOpening(
  studies: readonly StudyInfo[],
  source: ImageSource,
  wanted: boolean,
): ViewState | null {
  const [opening, setOpening] = useState<ViewState | null>(null)
  const hanging = useMemo(() => hang(studies), [studies])
  const latest = useRef(hanging)
  latest.current = hanging
  const key = hangingKey(hanging)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another hanging is hung again
  useEffect(() => {
    if (!latest.current || !wanted) return
    let gone = false
    openingOf(latest.current, source).then(
      view => {
        if (!gone) setOpening(view)
      },
      () => undefined, // the source tells of trouble itself
    )
    return () => {
      gone = true
    }
  }, [key, source, wanted])
  return wanted ? opening : null
}

/** Waits for the manifests of all its series, so that no viewport stays empty in what is then presented. */
export async function openingOf(hanging: Hanging, source: ImageSource): Promise<ViewState> {
  const uids = new Set(hanging.slots.flatMap(slot => slot?.series.series_uid ?? []))
  const manifests = await Promise.all([...uids].map(uid => source.manifest(uid)))
  return hung(hanging, uid => manifests.find(manifest => manifest.seriesUid === uid) ?? null)
}

/** What of the open series has been published since they were opened joins them; what was withheld since goes. */
export function useGrowing(studies: readonly StudyInfo[], source: ImageSource): void {
  useEffect(() => {
    for (const { series_uid, published_count, withheld } of allSeries(studies))
      if (withheld) source.forget(series_uid)
      else void source.grow(series_uid, published_count)
  }, [studies, source])
}

/** How often the holder says again where running images are, in ms. */
const SAID_AGAIN_MS = 5_000

export type CineTime = {
  readonly clock: Clock
  /** When the view was said, on that clock; null: when it came. */
  readonly since: number | null
}
export const LIVE_TIME: CineTime = { clock: wallClock, since: null }

type Guard = {
  readonly controller: ViewController
  readonly mayMove: boolean
  readonly onBlocked?: () => void
  readonly time?: CineTime
}

export type GuardedView = { readonly controller: ViewController; readonly shown: ViewState | null }

/**
 * The view at this moment and the one way to change it: running images run, linked viewports go along, and nothing
 * gets through while somebody else leads, which is said.
 */
export function useGuarded(guard: Guard, opening: ViewState | null, manifestAt: ManifestAt): GuardedView {
  const latest = useRef({ guard, opening })
  latest.current = { guard, opening }
  const made = useMemo(() => guardedView(() => latest.current, manifestAt), [manifestAt])
  const said = guard.controller.current() ?? opening
  const shown = useRunning(made.player, said, guard.time ?? LIVE_TIME)
  const { mayMove } = guard
  const running = made.player.running
  useEffect(() => {
    if (!mayMove) made.forgetAnchor()
    if (!mayMove || !running) return
    made.sayAgain() // who takes over goes on from here, not from the last word of the other
    const again = setInterval(made.sayAgain, SAID_AGAIN_MS)
    return () => clearInterval(again)
  }, [made, mayMove, running])
  return { controller: made.controller, shown }
}

type Latest = { readonly guard: Guard; readonly opening: ViewState | null }

function guardedView(latest: () => Latest, manifestAt: ManifestAt) {
  const player = new CinePlayer(wallClock, manifestAt)
  let anchor: ViewState | null = null
  const controller: ViewController = {
    current: () => {
      const { guard, opening } = latest()
      player.show(guard.controller.current() ?? opening, guard.time?.since)
      return player.now(guard.time?.since)
    },
    change: view => {
      const { guard } = latest()
      if (guard.mayMove) guard.controller.change(together(view))
      else guard.onBlocked?.()
    },
  }
  return {
    player,
    controller,
    forgetAnchor: () => {
      anchor = null
    },
    sayAgain: () => {
      const view = controller.current()
      if (view) controller.change(view)
    },
  }

  function together(view: ViewState): ViewState {
    if (!view.linked) return view
    const before = controller.current()
    if (!anchor || !sameSeries(anchor, view)) anchor = before && sameSeries(before, view) ? before : view
    return before?.linked && leaderRests(before, view) ? view : linkedTo(anchor, view, manifestAt)
  }
}

/** Whether the view differs in something other than which image its active viewport shows. */
function leaderRests(before: ViewState, view: ViewState): boolean {
  return sameImage(before.viewports[view.active], view.viewports[view.active])
}

/** Paints anew whenever a running image turns. */
function useRunning(
  player: CinePlayer,
  said: ViewState | null,
  { clock, since }: CineTime,
): ViewState | null {
  const [, turn] = useState<ViewState | null>(null)
  player.setClock(clock)
  player.show(said, since)
  const { running } = player
  useEffect(() => {
    if (!running) return
    let next = requestAnimationFrame(function run() {
      turn(player.now(since))
      next = requestAnimationFrame(run)
    })
    return () => cancelAnimationFrame(next)
  }, [player, running, since])
  return player.now(since)
}
