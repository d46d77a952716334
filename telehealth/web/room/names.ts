/** Names of people in the room. */

import type { Presence } from "@signaling/live-wire"

export function nameIn(presence: readonly Presence[], identity: string): string {
  return presence.find(person => person.identity === identity)?.full_name ?? ""
}
