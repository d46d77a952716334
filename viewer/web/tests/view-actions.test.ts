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

test("VS13 a hand that turns the image stops what runs, any other lets it run on", () => {
  const running: ViewState = { ...view, viewports: view.viewports.map(v => v && { ...v, cine_fps: 10 }) }
  expect(scrolled(running, place, 1).viewports[0]?.cine_fps).toBeNull()
  expect(dragged(running, place, "window", [5, 0]).viewports[0]?.cine_fps).toBe(10)
  expect(zoomedBy(running, place, 2).viewports[0]?.cine_fps).toBe(10)
})

test("fit brings the picture back into its frame and leaves window and turn", () => {
  const moved = acted(zoomedBy(dragged(view, place, "window", [9, 9]), place, 3), 0, "rotate", {
    center: 1,
    width: 2,
  })
  const fitted = acted(moved, 0, "fit", { center: 1, width: 2 }).viewports[0]
  expect(fitted).toMatchObject({ zoom: 1, pan: [0, 0], rotation: 90, window: moved.viewports[0]?.window })
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
  expect(commandOf("3")).toEqual({ type: "preset", at: 2 })
  expect(commandOf("0")).toEqual({ type: "act", act: "reset" })
  expect(commandOf(" ")).toEqual({ type: "cine", change: "toggle" })
  expect(commandOf("g")).toEqual({ type: "tool", tool: "angle" })
  expect(commandOf("Tab")).toBeNull()
})

test("every site opens the same series: the first stack of which something can be shown", () => {
  const series = (uid: string, image_count: number, published_count = image_count) => ({
    series_uid: uid,
    number: 1,
    modality: "CT",
    description: "",
    body_part: "",
    frame_of_reference_uid: "",
    pictures: [],
    image_count,
    published_count,
    state: published_count < image_count ? ("receiving" as const) : ("ready" as const),
    default_window: null,
    thumbnail_url: null,
    withheld: false,
    burned_in: "clear" as const,
    name_said: null,
  })
  const studies: StudyInfo[] = [
    {
      study_uid: "1",
      description: "",
      study_date: null,
      series: [series("a", 1), series("b", 9, 0), series("1.9", 20)],
    },
  ]
  expect(firstSeries(studies)?.series_uid).toBe("1.9")
  expect(unseen(view, studies).map(s => s.series_uid)).toEqual(["a"])
  const coming: StudyInfo = {
    study_uid: "2",
    description: "",
    study_date: null,
    series: [series("c", 300, 8), series("d", 20)],
  }
  expect(firstSeries([coming])?.series_uid).toBe("c")
  expect(firstSeries([])).toBeNull()
})
