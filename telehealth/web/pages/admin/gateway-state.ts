/** What a gateway's last words mean now: pure. */

import type { Gateway } from "@app/api/types"
import type { Tone } from "@app/design/state-badge"

export type GatewayState = "not_enrolled" | "code_old" | "never" | "well" | "silent" | "trouble"

export const TONES: { readonly [state in GatewayState]: Tone } = {
  not_enrolled: "active",
  code_old: "attention",
  never: "calm",
  well: "good",
  silent: "bad",
  trouble: "attention",
}

/** It gives a sign of life every 15 s; a few may be lost on a poor line. */
const SILENT_MS = 120_000

export function stateOf(gateway: Gateway, now: number): GatewayState {
  if (!gateway.enrolled_at)
    return gateway.code_until && Date.parse(gateway.code_until) > now ? "not_enrolled" : "code_old"
  if (!gateway.seen_at) return "never"
  if (now - Date.parse(gateway.seen_at) > SILENT_MS) return "silent"
  return gateway.trouble || gateway.refused_files > 0 ? "trouble" : "well"
}
