import type { AgendaItem } from "@app/api/types"
import { EMPTY_STATE } from "@signaling/live-state"
import { expect, test } from "vitest"
import { asideOf, clock, controlAct, lineState, nextStep, personColor, placeOf, recordAct } from "../acts"

const live = { ...EMPTY_STATE, session_state: "live" as const }
const open = { ...live, case_id: "b" }
const agenda = ["c", "a", "b"].map(
  (id, i) => ({ order: i === 1 ? 1 : i === 2 ? 2 : 3, planned_minutes: 15, case: { id } }) as AgendaItem,
)
const stand = (change: object) => ({
  me: "me",
  seat: "member",
  state: open,
  presenterOfCase: null,
  ...change,
})

test("control: release, take, request, withdraw or nothing", () => {
  expect(controlAct(stand({ state: live }))).toBe("none")
  expect(controlAct(stand({ seat: "observer" }))).toBe("none")
  expect(controlAct(stand({ state: { ...open, control: "me" } }))).toBe("release")
  expect(controlAct(stand({ seat: "chair", state: { ...open, control: "x" } }))).toBe("take")
  expect(controlAct(stand({ seat: "presenter", presenterOfCase: "me" }))).toBe("take")
  expect(
    controlAct(stand({ seat: "presenter", presenterOfCase: "me", state: { ...open, control: "x" } })),
  ).toBe("request")
  expect(controlAct(stand({ state: { ...open, control_requests: ["me"] } }))).toBe("withdraw")
})

test("the chair's next step walks the agenda in its order and then ends", () => {
  const none = new Set<string>()
  expect(nextStep(EMPTY_STATE, agenda, none)).toMatchObject({ type: "start", first: { case: { id: "a" } } })
  expect(nextStep(live, agenda, none)).toMatchObject({ type: "open", item: { case: { id: "a" } } })
  expect(nextStep(open, agenda, none)).toMatchObject({ type: "open", item: { case: { id: "c" } } })
  expect(nextStep({ ...live, case_id: "c" }, agenda, none)).toEqual({ type: "end" })
  expect(nextStep({ ...live, session_state: "ended" }, agenda, none)).toEqual({ type: "none" })
  expect(nextStep(live, agenda, new Set(["a", "b", "c"]))).toEqual({ type: "end" })
})

test("case n of N counts places", () => {
  expect(placeOf(agenda, "b")).toMatchObject({ order: 2, total: 3 })
  expect(placeOf(agenda, null)).toBeNull()
})

test("who may not see the open case is told whose it is and where their own part is", () => {
  const hospital = (order: number, facility: string, presenter: string) =>
    ({
      order,
      case: { id: `${order}`, facility: { id: facility }, presenter: { id: presenter } },
    }) as AgendaItem
  const mixed = [hospital(2, "B", "b"), hospital(1, "A", "a"), hospital(3, "C", "c"), hospital(4, "B", "b")]
  const told = (open: string | null, id: string, facilityId: string) =>
    asideOf(mixed, open, { id, facilityId })
  expect(told("2", "a", "A")).toEqual({ whose: "another", part: "over" })
  expect(told("2", "c", "C")).toEqual({ whose: "another", part: "later" })
  expect(told("3", "b", "B")).toEqual({ whose: "another", part: "later" })
  expect(told("2", "colleague", "B")).toEqual({ whose: "own_hospital", part: "none" })
  expect(told(null, "a", "A")).toEqual({ whose: "another", part: "none" })
})

test("recording needs the seat, an open case and the patient's consent", () => {
  expect(recordAct(open, "member", true)).toEqual({ act: "none", why: "seat" })
  expect(recordAct(live, "chair", true)).toEqual({ act: "none", why: "case" })
  expect(recordAct(open, "chair", false)).toEqual({ act: "none", why: "consent" })
  expect(recordAct(open, "secretary", true)).toEqual({ act: "start", why: null })
  expect(
    recordAct({ ...open, recording: { id: "r", case_id: "b", started_at: "" } }, "chair", false).act,
  ).toBe("stop")
})

test("clock", () => {
  expect([0, 460_000, 3_723_000, -5].map(clock)).toEqual(["00:00", "07:40", "1:02:03", "00:00"])
})

test("the line in one word", () => {
  expect(lineState("live", "connected", "good")).toBe("good")
  expect(lineState("live", "connected", "weak")).toBe("weak")
  expect(lineState("live", "away", "good")).toBe("voice_away")
  expect(lineState("waiting", "connected", "good")).toBe("log_away")
  expect(lineState("waiting", "reconnecting", "good")).toBe("both_away")
})

test("a person has one colour everywhere", () => {
  expect(personColor(["b", "a", "c"], "c")).toBe(personColor(["c", "b", "a"], "c"))
  const all = ["a", "b", "c", "d", "e", "f", "g", "h"]
  expect(new Set(all.map(one => personColor(all, one))).size).toBe(8)
})
