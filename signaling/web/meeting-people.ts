/** Who is in the meeting and how it looks from here: values only. */

/** In words by i18n: `signaling:line.<quality>`. */
export type LineQuality = "good" | "weak" | "lost" | "unknown"

/** A picture to show: another object after each full reconnect, even of the same camera. */
export type Camera = {
  attach(element: HTMLMediaElement): unknown
  detach(element: HTMLMediaElement): unknown
}

export type MeetingPerson = {
  readonly identity: string
  readonly name: string
  readonly facility: string
  readonly seat: string
  readonly isMe: boolean
  readonly speaking: boolean
  readonly micOn: boolean
  readonly camera: Camera | null
  readonly quality: LineQuality
}

export type PersonFacts = { readonly full_name?: string; readonly facility?: string; readonly seat?: string }

/** What our token says about a participant; a stranger's client may send anything. */
export function factsOf(metadata: string | undefined): PersonFacts {
  try {
    const facts: unknown = JSON.parse(metadata ?? "")
    return typeof facts === "object" && facts !== null ? (facts as PersonFacts) : {}
  } catch {
    return {}
  }
}

/** LiveKit's four words as ours. */
export function qualityOf(quality: string): LineQuality {
  if (quality === "excellent" || quality === "good") return "good"
  if (quality === "poor") return "weak"
  return quality === "lost" ? "lost" : "unknown"
}

/**
 * Whom the large picture shows: who speaks now, else who spoke last and is still here, else the first other person.
 * A short word of somebody else does not move the picture away from a speaker who still speaks.
 */
export function speakerOf(people: readonly MeetingPerson[], before: string | null): string | null {
  const others = people.filter(person => !person.isMe)
  const still = others.find(person => person.identity === before)
  if (still?.speaking) return still.identity
  return (others.find(person => person.speaking) ?? still ?? others[0])?.identity ?? null
}

/** Speakers and open cameras first, then by the given name, the last word in Vietnamese. */
export function inOrder(people: readonly MeetingPerson[]): readonly MeetingPerson[] {
  const given = (person: MeetingPerson) => person.name.trim().split(/\s+/).at(-1) ?? ""
  return [...people].sort(
    (a, b) =>
      Number(b.camera !== null) - Number(a.camera !== null) ||
      given(a).localeCompare(given(b), "vi") ||
      a.identity.localeCompare(b.identity),
  )
}
