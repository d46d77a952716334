/**
 * One clock for picture and voices. The clock leads; each voice is a track with an offset that is started, stopped and
 * set right by it. While a voice that should sound has not arrived, the clock waits, so that nobody speaks over the
 * wrong image.
 */

export type VoiceTrack = { readonly url: string; readonly offset_s: number; readonly duration_s?: number }

/** What we need of an audio element. */
export type Voice = Pick<
  HTMLAudioElement,
  | "currentTime"
  | "playbackRate"
  | "paused"
  | "readyState"
  | "duration"
  | "ended"
  | "play"
  | "pause"
  | "preload"
  | "src"
>

export type PlaybackState = {
  readonly playing: boolean
  readonly seconds: number
  readonly rate: number
  /** The clock waits for a voice. */
  readonly waiting: boolean
}

export type PlaybackOptions = {
  readonly durationSeconds: number
  readonly tracks: readonly VoiceTrack[]
  readonly newVoice?: () => Voice
  readonly now?: () => number
  /** Calls `run` again and again; returns the way to stop it. */
  readonly every?: (ms: number, run: () => void) => () => void
}

export const RATES = [0.75, 1, 1.25, 1.5, 2] as const
const TICK_MS = 100
/** Farther apart than this and a voice is set right; less would click without being heard. */
const DRIFT_SECONDS = 0.25
/** readyState from which an element can go on playing (HTML 4.8.11.7). */
const HAVE_FUTURE_DATA = 3

const browserEvery = (ms: number, run: () => void) => {
  const timer = setInterval(run, ms)
  return () => clearInterval(timer)
}

export class Playback {
  readonly #voices: readonly { readonly track: VoiceTrack; readonly voice: Voice }[]
  readonly #listeners = new Set<() => void>()
  readonly #now: () => number
  readonly #stop: () => void
  #state: PlaybackState = { playing: false, seconds: 0, rate: 1, waiting: false }
  #heardAt = 0

  constructor(readonly options: PlaybackOptions) {
    this.#now = options.now ?? (() => performance.now() / 1000)
    const newVoice = options.newVoice ?? (() => new Audio())
    this.#voices = options.tracks.map(track => {
      const voice = newVoice()
      voice.preload = "auto"
      voice.src = track.url
      return { track, voice }
    })
    this.#stop = (options.every ?? browserEvery)(TICK_MS, () => this.#tick())
  }

  get state(): PlaybackState {
    return this.#state
  }

  /** Where the clock stands now, between two ticks too. */
  get seconds(): number {
    return this.#secondsAt(this.#now())
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  play(): void {
    const atEnd = this.#state.seconds >= this.options.durationSeconds
    this.#heardAt = this.#now()
    this.#set({ playing: true, seconds: atEnd ? 0 : this.#state.seconds })
    this.#align()
  }

  pause(): void {
    this.#advance()
    this.#set({ playing: false, waiting: false })
    this.#align()
  }

  seek(seconds: number): void {
    this.#heardAt = this.#now()
    this.#set({ seconds: Math.min(this.options.durationSeconds, Math.max(0, seconds)) })
    this.#align()
  }

  setRate(rate: number): void {
    this.#advance()
    this.#set({ rate })
    this.#align()
  }

  close(): void {
    this.#stop()
    this.#listeners.clear()
    for (const { voice } of this.#voices) {
      voice.pause()
      voice.src = ""
    }
  }

  #tick(): void {
    if (!this.#state.playing) return
    this.#advance()
    if (this.#state.seconds >= this.options.durationSeconds) this.#set({ playing: false, waiting: false })
    this.#align()
  }

  #advance(): void {
    const now = this.#now()
    const seconds = this.#secondsAt(now)
    this.#heardAt = now
    if (seconds > this.#state.seconds) this.#set({ seconds })
  }

  #secondsAt(now: number): number {
    const { playing, waiting, seconds, rate } = this.#state
    const passed = playing && !waiting ? (now - this.#heardAt) * rate : 0
    return Math.min(this.options.durationSeconds, seconds + passed)
  }

  #align(): void {
    let waiting = false
    for (const { track, voice } of this.#voices) waiting = this.#alignOne(track, voice) || waiting
    if (waiting !== this.#state.waiting) this.#set({ waiting })
  }

  /** True when this voice should sound and cannot yet. */
  #alignOne(track: VoiceTrack, voice: Voice): boolean {
    const local = this.#state.seconds - track.offset_s
    const length =
      track.duration_s ?? (Number.isFinite(voice.duration) ? voice.duration : Number.POSITIVE_INFINITY)
    if (local < 0 || local >= length || voice.ended || !this.#state.playing) {
      if (!voice.paused) voice.pause()
      if (local >= 0 && local < length && Math.abs(voice.currentTime - local) > DRIFT_SECONDS)
        voice.currentTime = local
      return false
    }
    if (voice.playbackRate !== this.#state.rate) voice.playbackRate = this.#state.rate
    if (Math.abs(voice.currentTime - local) > DRIFT_SECONDS) voice.currentTime = local
    if (voice.paused) voice.play().catch(() => this.#set({ playing: false })) // the browser wants a press first
    return voice.readyState < HAVE_FUTURE_DATA && local < length - DRIFT_SECONDS
  }

  #set(change: Partial<PlaybackState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}
