/** What a connection test found, in the server's words, and the arithmetic behind it. No browser objects that act. */

export type DeviceFinding = "ok" | "missing" | "refused"
export type WayFinding = "ok" | "failed" | "not_tried"
export type WayName = "udp" | "tcp" | "relay"

/** The body of POST /api/line-checks: rates in kbit/s, losses as shares, null when nothing flowed. */
export type LineReport = {
  readonly mic: DeviceFinding
  readonly speaker: DeviceFinding
  readonly camera: DeviceFinding
  readonly udp: WayFinding
  readonly tcp: WayFinding
  readonly relay: WayFinding
  readonly kbit_up: number | null
  readonly kbit_down: number | null
  readonly loss_up: number | null
  readonly loss_down: number | null
  readonly rtt_ms: number | null
  readonly browser: string
}

/** i18n: `signaling:line_check.advice.<advice>`. */
export type LineVerdict = { readonly verdict: "good" | "fair" | "bad"; readonly advice: string }

/** The answer of POST /api/line-checks/start; a null token: this way cannot be told apart or is not offered. */
export type LineStart = {
  readonly url: string
  readonly ice_servers: RTCIceServer[]
  readonly udp: string | null
  readonly tcp: string | null
  readonly relay: string | null
  readonly talk: string
  readonly listen: string
}

/** Counters of one direction at one moment; `at` in ms. */
export type Counters = {
  readonly at: number
  readonly bytes: number
  readonly packets: number
  readonly lost: number
}

/** The mean rate between two moments; null when nothing flowed. */
export function kbitBetween(first: Counters, last: Counters): number | null {
  const ms = last.at - first.at
  const bits = (last.bytes - first.bytes) * 8
  return ms > 0 && bits > 0 ? Math.round(bits / ms) : null
}

/** The share of packets lost between two moments, of those that should have come; null when none should. */
export function lossBetween(first: Counters, last: Counters): number | null {
  const lost = Math.max(0, last.lost - first.lost)
  const expected = Math.max(0, last.packets - first.packets) + lost
  return expected > 0 ? Math.round((lost / expected) * 10_000) / 10_000 : null
}

/** In this order: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari. */
const BROWSERS: readonly (readonly [name: string, mark: RegExp])[] = [
  ["Edge", /Edg\/(\d+)/],
  ["Opera", /OPR\/(\d+)/],
  ["Cốc Cốc", /coc_coc_browser\/(\d+)/],
  ["Firefox", /Firefox\/(\d+)/],
  ["Chrome", /(?:Headless)?Chrome\/(\d+)/],
  ["Safari", /Version\/(\d+).*Safari/],
]

/** "Chrome 140" out of what a browser says of itself; empty when it is none that we know. */
export function browserName(agent: string): string {
  for (const [name, mark] of BROWSERS) {
    const version = mark.exec(agent)?.[1]
    if (version) return `${name} ${version}`
  }
  return ""
}
