import { expect, test } from "vitest"
import { begun, CINE_RATES, faster, openingRate, playedAt, slower, toggled } from "../cine"
import { CinePlayer } from "../cine-player"
import { opened } from "../series-list"
import type { ViewState } from "../view-state"
import { aManifest, anImage } from "./a-series"

const manifest = aManifest(10)
const still: ViewState = { layout: 1, active: 0, viewports: [opened(manifest, null)], linked: false }
const running = toggled(still, 0, manifest, 8)
const manifestAt = () => manifest
const sop = (view: ViewState | null) => view?.viewports[0]?.sop_uid

test("VS11 images run from the one named, round and round", () => {
  const runs = begun([], running, 100, manifestAt)
  expect(sop(playedAt(running, runs, 100, manifestAt))).toBe("1.2.5")
  expect(sop(playedAt(running, runs, 100.5, manifestAt))).toBe("1.2.9")
  expect(sop(playedAt(running, runs, 100.63, manifestAt))).toBe("1.2.0")
})

test("what stands still is the same view", () => {
  expect(playedAt(still, begun([], still, 0, manifestAt), 9, manifestAt)).toBe(still)
})

test("VS12 who is in step is not jerked, who is not jumps to what was said", () => {
  const runs = begun([], running, 0, manifestAt)
  const said = (at: number): ViewState => ({
    ...running,
    viewports: running.viewports.map(v => v && { ...v, sop_uid: `1.2.${at}` }),
  })
  expect(begun(runs, said(6), 0.15, manifestAt)).toEqual(runs)
  expect(begun(runs, said(0), 0, manifestAt)[0]).toMatchObject({ from: 0, since: 0 })
})

test("VS11 stopping lands on the image the view names", () => {
  const runs = begun([], running, 0, manifestAt)
  const stopped = toggled(playedAt(running, runs, 0.3, manifestAt), 0, manifest, null)
  expect(stopped.viewports[0]).toMatchObject({ sop_uid: "1.2.7", cine_fps: null })
})

test("one image has nowhere to run", () => {
  const one = aManifest(1)
  const view: ViewState = { ...still, viewports: [opened(one, null)] }
  expect(toggled(view, 0, one, null)).toBe(view)
})

test("a series begins at the device's rate, a clip faster than a stack", () => {
  const images = [anImage({ frame: 1 }), anImage({ frame: 2 })]
  expect(openingRate(manifest)).toBe(10)
  expect(openingRate({ ...manifest, images })).toBe(15)
  expect(openingRate({ ...manifest, images: [anImage({ frameRate: 33.3 }), ...images] })).toBe(33.3)
})

test("rates go up and down in steps and stop at both ends", () => {
  expect([faster(10), slower(10), faster(33.3), slower(33.3)]).toEqual([12, 8, 45, 30])
  expect([faster(60), slower(1)]).toEqual([60, 1])
  expect([...CINE_RATES].sort((a, b) => a - b)).toEqual(CINE_RATES)
})

test("VS13 the player keeps its step while the hand changes the window", () => {
  let now = 10
  const player = new CinePlayer(() => now, manifestAt)
  player.show(running)
  for (let i = 0; i < 30; i++) {
    now += 0.02
    const at = player.now() as ViewState
    player.show({ ...at, viewports: at.viewports.map(v => v && { ...v, window: { center: i, width: 80 } }) })
  }
  expect(sop(player.now())).toBe("1.2.9") // 0.6 s at 8 a second from image 5
})

test("the same image is the same view, so that nothing is painted twice", () => {
  let now = 0
  const player = new CinePlayer(() => now, manifestAt)
  player.show(running)
  const first = player.now()
  now += 0.01
  expect(player.now()).toBe(first)
})

test("SV9 a replay runs from the second the view was said, wherever one jumps to", () => {
  let now = 20.5
  const player = new CinePlayer(() => now, manifestAt)
  player.show(running, 20)
  expect(sop(player.now(20))).toBe("1.2.9")
  now = 20.25
  expect(sop(player.now(20))).toBe("1.2.7")
})

test("another clock begins at the image named, whatever it shows", () => {
  const player = new CinePlayer(() => 1000, manifestAt)
  player.show(running)
  player.setClock(() => 7)
  player.show(running)
  expect(sop(player.now())).toBe("1.2.5")
})

test("a series whose manifest comes late begins when it is there", () => {
  let known = false
  const player = new CinePlayer(
    () => 5,
    () => (known ? manifest : null),
  )
  player.show(running)
  expect(sop(player.now())).toBe("1.2.5")
  known = true
  expect(sop(player.now())).toBe("1.2.5")
})
