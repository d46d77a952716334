/** One case's place and time on the agenda. */
export type Slot = { case_id: string; planned_minutes: number }

export const MIN_MINUTES = 1
export const MAX_MINUTES = 240

export const totalMinutes = (agenda: Slot[]): number =>
  agenda.reduce((sum, slot) => sum + slot.planned_minutes, 0)

/** The agenda with one case put at another place (0 = first); places outside are the nearest inside. */
export function move<T extends { case_id: string }>(agenda: T[], caseId: string, place: number): T[] {
  const moved = agenda.find(slot => slot.case_id === caseId)
  if (!moved) return agenda
  const rest = agenda.filter(slot => slot !== moved)
  const at = Math.max(0, Math.min(place, rest.length))
  return [...rest.slice(0, at), moved, ...rest.slice(at)]
}

export function plan(agenda: Slot[], caseId: string, minutes: number): Slot[] {
  const whole = Math.round(Math.max(MIN_MINUTES, Math.min(minutes, MAX_MINUTES)))
  return agenda.map(slot => (slot.case_id === caseId ? { ...slot, planned_minutes: whole } : slot))
}

/** Minutes after the session's start at which each case begins. */
export function offsets(agenda: Slot[]): number[] {
  return agenda.map((_, place) => totalMinutes(agenda.slice(0, place)))
}
