import { beforeEach, describe, expect, test, vi } from "vitest"
import { SharedView } from "../shared-view"
import { EMPTY_VIEW, parseView, type ViewState, withLayout, withViewport } from "../view-state"

const viewport = {
  study_uid: "1",
  series_uid: "2",
  sop_uid: "3.1",
  frame: 1,
  window: { center: 40, width: 80 },
  zoom: 1,
  pan: [0, 0] as const,
  rotation: 0 as const,
  flip_h: false,
  flip_v: false,
  invert: false,
  cine_fps: null,
  plane: "acquired" as const,
  cut_mm: 0,
}
const view = (sop: string): ViewState => ({
  layout: 1,
  active: 0,
  viewports: [{ ...viewport, sop_uid: sop }],
  linked: false,
})

describe("SharedView", () => {
  const onPresent = vi.fn()
  const onShow = vi.fn()
  let shared: SharedView

  beforeEach(() => {
    onPresent.mockReset()
    onShow.mockReset()
    shared = new SharedView("me", { onPresent, onShow })
    shared.restore(view("3.1"), null)
  })

  test("SV1 what arrives is shown and never sent again", () => {
    shared.arrived(view("3.2"), "presenter")
    expect(shared.shown).toEqual(view("3.2"))
    expect(onPresent).not.toHaveBeenCalled()
  })

  test("SV1 the holder's move is sent once, the same view not again", () => {
    shared.setHolder("me")
    onPresent.mockReset()
    shared.change(view("3.3"))
    shared.change(view("3.3"))
    expect(onPresent.mock.calls).toEqual([[view("3.3")]])
  })

  test("SV2 the holder's own older views coming back do not pull the picture back", () => {
    shared.setHolder("me")
    shared.change(view("3.3"))
    shared.change(view("3.4"))
    shared.arrived(view("3.3"), "me")
    expect(shared.shown).toEqual(view("3.4"))
  })

  test("SV3 a follower's hand moves nothing", () => {
    shared.change(view("3.9"))
    expect(shared.shown).toEqual(view("3.1"))
  })

  test("SV4 looking by oneself stays put while the presenter moves, and follow catches up", () => {
    shared.setHolder("presenter")
    shared.look()
    shared.change(view("3.7"))
    shared.arrived(view("3.2"), "presenter")
    expect(shared.mode).toBe("looking")
    expect(shared.shown).toEqual(view("3.7"))
    shared.follow()
    expect(shared.shown).toEqual(view("3.2"))
    expect(onPresent).not.toHaveBeenCalled()
  })

  test("SV5 who gets control presents what was on screen", () => {
    shared.look()
    shared.change(view("3.7"))
    shared.setHolder("me")
    expect(onPresent.mock.calls).toEqual([[view("3.7")]])
    expect(shared.mode).toBe("holding")
  })

  test("SV5 who loses control follows from the last presented view", () => {
    shared.setHolder("me")
    shared.change(view("3.5"))
    shared.setHolder("other")
    expect(shared.mode).toBe("following")
    expect(shared.shown).toEqual(view("3.5"))
  })

  test("SV6 a snapshot is shown whoever made it and sends nothing", () => {
    shared.look()
    shared.restore(view("3.8"), "me")
    expect(shared.shown).toEqual(view("3.8"))
    expect(shared.mode).toBe("holding")
    expect(onPresent).not.toHaveBeenCalled()
  })
})

describe("SharedView after a lost line", () => {
  test("SV7 the holder goes on from the screen, a follower catches up, a looker stays", () => {
    const shared = new SharedView("me", { onPresent: () => {}, onShow: () => {} })
    shared.restore(view("3.1"), "me")
    shared.change(view("3.5"))
    shared.resume(view("3.1"), "me")
    expect(shared.shown).toEqual(view("3.5"))
    shared.resume(view("3.6"), "other")
    expect(shared.mode).toBe("following")
    expect(shared.shown).toEqual(view("3.6"))
    shared.look()
    shared.resume(view("3.8"), "other")
    expect(shared.shown).toEqual(view("3.6"))
  })
})

describe("view state", () => {
  test("an unchanged viewport gives the same object back", () => {
    const before = view("3.1")
    expect(withViewport(before, 0, { zoom: 1, pan: [0, 0] })).toBe(before)
    expect(withViewport(before, 0, { zoom: 2 })).not.toBe(before)
  })

  test("a layout keeps the active viewport on screen", () => {
    const four = { ...withLayout(view("3.1"), 4), active: 3 }
    const filled = { ...four, viewports: [null, null, null, { ...viewport, sop_uid: "3.4" }] }
    expect(withLayout(filled, 1)).toEqual({ ...view("3.4") })
    expect(withLayout(EMPTY_VIEW, 2).viewports).toEqual([null, null])
  })

  test("parseView bounds what the wire brings and refuses what is no view", () => {
    expect(parseView({ layout: 3, active: 0, viewports: [] })).toBeNull()
    expect(parseView("view")).toBeNull()
    const wild = {
      layout: 2,
      active: 7,
      viewports: [{ ...viewport, zoom: 1e9, pan: ["x", 99], rotation: 45 }],
    }
    const parsed = parseView(wild)
    expect(parsed?.active).toBe(1)
    expect(parsed?.viewports[0]).toMatchObject({ zoom: 40, pan: [0, 2], rotation: 0 })
    expect(parsed?.viewports[1]).toBeNull()
  })

  test("parse of a view is the view", () => {
    expect(parseView(JSON.parse(JSON.stringify(view("3.1"))))).toEqual(view("3.1"))
  })
})
