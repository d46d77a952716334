/** Microphones and cameras: what there is, what was chosen, why one cannot be had. */

export type DeviceKind = "audioinput" | "videoinput" | "audiooutput"
export type Device = { readonly id: string; readonly kind: DeviceKind; readonly label: string }

/** What a person takes into the room; remembered on this machine. */
export type Choice = {
  readonly mic: boolean
  readonly cam: boolean
  readonly ids: { readonly [kind in DeviceKind]?: string }
}

export const FIRST_CHOICE: Choice = { mic: true, cam: true, ids: {} }

/** i18n: `signaling:device.<trouble>`. */
export type DeviceTrouble = "denied" | "none" | "busy" | "failed"

/** Names of getUserMedia's errors (W3C Media Capture 10.3.5 and older browsers). */
const TROUBLES: { readonly [name: string]: DeviceTrouble } = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  DevicesNotFoundError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
  TrackStartError: "busy",
}

export function troubleOf(error: unknown): DeviceTrouble {
  const name = error instanceof Error ? error.name : ""
  return TROUBLES[name] ?? "failed"
}

/** A page without HTTPS gets no devices at all. */
export function canCapture(): boolean {
  return Boolean(navigator.mediaDevices?.getUserMedia)
}

export async function listDevices(): Promise<readonly Device[]> {
  if (!navigator.mediaDevices?.enumerateDevices) return []
  const found = await navigator.mediaDevices.enumerateDevices().catch(() => [])
  return found
    .filter(device => device.deviceId !== "")
    .map(({ deviceId, kind, label }) => ({ id: deviceId, kind: kind as DeviceKind, label }))
}

const REMEMBERED = "meeting-choice"

export function rememberedChoice(): Choice {
  try {
    return readChoice(JSON.parse(localStorage.getItem(REMEMBERED) ?? "null"))
  } catch {
    return FIRST_CHOICE
  }
}

export function readChoice(value: unknown): Choice {
  if (typeof value !== "object" || value === null) return FIRST_CHOICE
  const { mic, cam, ids } = value as Partial<Choice>
  return { mic: mic !== false, cam: cam !== false, ids: typeof ids === "object" && ids !== null ? ids : {} }
}

export function rememberChoice(choice: Choice): void {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(choice))
  } catch {
    // storage switched off: the choice lasts for this visit
  }
}

const opening = new Set<Promise<MediaStreamTrack>>()

/** One preview track; the caller stops it. */
export function openPreview(kind: "mic" | "cam", id: string | undefined): Promise<MediaStreamTrack> {
  const track = capture(kind, id)
  opening.add(track)
  const ended = () => void opening.delete(track)
  track.then(ended, ended)
  return track
}

/**
 * Waits for previews that are still being opened, and so for callers that stop a late one. A camera that is opened
 * twice at once is refused on Windows and gives no frames elsewhere.
 */
export async function previewsSettled(): Promise<void> {
  await Promise.allSettled(opening)
}

async function capture(kind: "mic" | "cam", id: string | undefined): Promise<MediaStreamTrack> {
  if (!canCapture()) throw Object.assign(new Error("no capture"), { name: "SecurityError" })
  const wanted = id ? { deviceId: { ideal: id } } : true
  const stream = await navigator.mediaDevices.getUserMedia(
    kind === "mic"
      ? { audio: wanted }
      : { video: id ? { deviceId: { ideal: id }, width: 640 } : { width: 640 } },
  )
  const [track] = stream.getTracks()
  if (!track) throw Object.assign(new Error("no track"), { name: "NotFoundError" })
  return track
}

/** Loudness of samples in 0..1, on a scale on which a speaking voice fills about half. */
export function loudness(samples: Uint8Array): number {
  let sum = 0
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2
  const rms = Math.sqrt(sum / Math.max(1, samples.length))
  return Math.min(1, rms * 4)
}

/** Calls `onLevel` about 15 times a second until the returned function is called. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  const samples = new Uint8Array(analyser.fftSize)
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples)
    onLevel(loudness(samples))
  }, 66)
  return () => {
    clearInterval(timer)
    void context.close()
  }
}
