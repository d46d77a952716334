import { expect, test } from "vitest"
import { Playback, type Voice } from "../playback"

class FakeVoice {
  currentTime = 0
  playbackRate = 1
  paused = true
  readyState = 4
  duration = 10
  ended = false
  preload = ""
  src = ""
  seeks = 0
  play = async () => {
    this.paused = false
  }
  pause = () => {
    this.paused = true
  }
}

function deck(
  tracks = [
    { url: "/1", offset_s: 0 },
    { url: "/2", offset_s: 3 },
  ],
) {
  let now = 0
  let tick: () => void = () => {}
  const voices: FakeVoice[] = []
  const playback = new Playback({
    durationSeconds: 12,
    tracks,
    now: () => now,
    every: (_ms, run) => {
      tick = run
      return () => {}
    },
    newVoice: () => {
      const voice = new FakeVoice()
      voices.push(voice)
      return voice as unknown as Voice
    },
  })
  const pass = (seconds: number) => {
    for (let i = 0; i < Math.round(seconds * 10); i++) {
      now += 0.1
      for (const voice of voices)
        if (!voice.paused && voice.readyState >= 3) voice.currentTime += 0.1 * voice.playbackRate
      tick()
    }
  }
  return { playback, voices, pass }
}

test("the clock can be read between two ticks, and stands while it is paused", () => {
  let now = 0
  const playback = new Playback({ durationSeconds: 5, tracks: [], now: () => now, every: () => () => {} })
  playback.setRate(2)
  playback.play()
  now = 1.2
  expect(playback.seconds).toBeCloseTo(2.4)
  playback.pause()
  now = 9
  expect(playback.seconds).toBeCloseTo(2.4)
  playback.play()
  now = 19
  expect(playback.seconds).toBe(5)
  playback.close()
})

test("a voice starts at its offset and the clock runs through", () => {
  const { playback, voices, pass } = deck()
  playback.play()
  pass(2)
  expect(voices.map(v => v.paused)).toEqual([false, true])
  pass(2)
  expect(voices[1]?.paused).toBe(false)
  expect(voices[1]?.currentTime).toBeCloseTo(1, 0)
  expect(playback.state.seconds).toBeCloseTo(4, 1)
})

test("seeking sets every voice right", () => {
  const { playback, voices } = deck()
  playback.play()
  playback.seek(8)
  expect(voices.map(v => v.currentTime)).toEqual([8, 5])
  playback.seek(1)
  expect(voices[1]?.paused).toBe(true)
})

test("seeking while paused moves picture and voices and plays nothing", () => {
  const { playback, voices } = deck()
  playback.seek(5)
  expect(playback.state).toMatchObject({ seconds: 5, playing: false })
  expect(voices.map(v => [v.currentTime, v.paused])).toEqual([
    [5, true],
    [2, true],
  ])
})

test("the clock waits for a voice that has not arrived", () => {
  const { playback, voices, pass } = deck()
  playback.play()
  pass(1)
  if (voices[0]) voices[0].readyState = 2
  pass(3)
  expect(playback.state.waiting).toBe(true)
  expect(playback.state.seconds).toBeLessThan(1.3)
  if (voices[0]) voices[0].readyState = 4
  pass(1)
  expect(playback.state.waiting).toBe(false)
  expect(playback.state.seconds).toBeGreaterThan(1.7)
})

test("double speed doubles clock and voices", () => {
  const { playback, voices, pass } = deck()
  playback.setRate(2)
  playback.play()
  pass(2)
  expect(playback.state.seconds).toBeCloseTo(4, 1)
  expect(voices[0]?.playbackRate).toBe(2)
})

test("the end stops, and playing again begins anew", () => {
  const { playback, pass } = deck()
  playback.seek(11.5)
  playback.play()
  pass(2)
  expect(playback.state).toMatchObject({ playing: false, seconds: 12 })
  playback.play()
  expect(playback.state).toMatchObject({ playing: true, seconds: 0 })
})

test("a browser that wants a press first leaves it paused instead of lying", async () => {
  const { playback, voices } = deck()
  if (voices[0]) voices[0].play = () => Promise.reject(new Error("NotAllowedError"))
  playback.play()
  await Promise.resolve()
  await Promise.resolve()
  expect(playback.state.playing).toBe(false)
})
