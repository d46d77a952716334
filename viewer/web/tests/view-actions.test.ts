import { expect, test } from "vitest"
import { firstSeries, opened, type StudyInfo, unseen } from "../series-list"
import { commandOf } from "../tools"
import { acted, dragged, scrolled, turnedTo, zoomedBy } from "../view-actions"
import type { ViewState } from "../view-state"
import { aManifest } from "./a-series"

const manifest = aManifest(9)
const view: ViewState = { layout: 1, active: 0, viewports: [opened(manifest, null)], linked: false }
const place = { index: 0, manifest, canvas: { width: 400, height: 300 } }
const sop = (of: ViewState) => of.viewports[0]?.sop_uid

test("a series opens at its middle image with the file's window", () => {
  expect(view.viewports[0]).toMatchObject({ sop_uid: "1.2.4", window: { center: 40, width: 80 }, zoom: 1 })
})

test("scrolling stops at both ends and an end that is reached changes nothing", () => {
  expect(sop(scrolled(view, place, 2))).toBe("1.2.6")
  const last = scrolled(view, place, 100)
  expect(sop(last)).toBe("1.2.8")
  expect(scrolled(last, place, 1)).toBe(last)
  expect(sop(turnedTo(view, place, 0))).toBe("1.2.0")
})

test("window, zoom and place stay while scrolling", () => {
  const moved = dragged(dragged(view, place, "window", [10, 4]), place, "pan", [30, 0])
  const after = scrolled(zoomedBy(moved, place, 2), place, 1).viewports[0]
  expect(after).toMatchObject({ zoom: 2, window: moved.viewports[0]?.window })
})

test("reset gives back the opening window and place", () => {
  const changed = acted(
    acted(dragged(view, place, "zoom", [0, -50]), 0, "rotate", { center: 1, width: 2 }),
    0,
    "invert",
    { center: 1, width: 2 },
  )
  expect(changed.viewports[0]).toMatchObject({ rotation: 90, invert: true })
  expect(acted(changed, 0, "reset", { center: 40, width: 80 })).toEqual(view)
})

test("keys", () => {
  expect(commandOf("ArrowDown")).toEqual({ type: "scroll", images: 1 })
  expect(commandOf("w")).toEqual({ type: "tool", tool: "window" })
  expect(commandOf("h")).toEqual({ type: "act", act: "flip_h" })
  expect(commandOf("Tab")).toBeNull()
})

test("every site opens the same series: the first stack that is ready", () => {
  const series = (uid: string, image_count: number, state: "ready" | "receiving" = "ready") => ({
    series_uid: uid,
    number: 1,
    modality: "CT",
    description: "",
    image_count,
    state,
    default_window: null,
    thumbnail_url: null,
  })
  const studies: StudyInfo[] = [
    {
      study_uid: "1",
      description: "",
      series: [series("a", 1), series("b", 9, "receiving"), series("1.9", 20)],
    },
  ]
  expect(firstSeries(studies)?.series_uid).toBe("1.9")
  expect(unseen(view, studies).map(s => s.series_uid)).toEqual(["a"])
  expect(firstSeries([])).toBeNull()
})
