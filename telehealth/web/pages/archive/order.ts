import type { Delivery, DeliveryState } from "@app/api/types"

const URGENCY: DeliveryState[] = ["needs_person", "sending", "sent", "planned", "verified"]

/** Deliveries of one case together; cases that need a person first, finished ones last. */
export function byCase(deliveries: readonly Delivery[]): Delivery[][] {
  const groups = new Map<string, Delivery[]>()
  for (const each of deliveries) groups.set(each.case_id, [...(groups.get(each.case_id) ?? []), each])
  const rank = (group: Delivery[]) => Math.min(...group.map(each => URGENCY.indexOf(each.state)))
  const latest = (group: Delivery[]) =>
    group
      .map(each => each.verified_at ?? each.sent_at ?? "")
      .sort()
      .at(-1) ?? ""
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || latest(b).localeCompare(latest(a)))
}
