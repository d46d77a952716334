import { expect, test } from "vitest"
import { loudness, readChoice, troubleOf } from "../devices"
import { factsOf, inOrder, type MeetingPerson, qualityOf, speakerOf } from "../meeting-people"

const person = (identity: string, change: Partial<MeetingPerson> = {}): MeetingPerson => ({
  identity,
  name: identity,
  facility: "",
  seat: "member",
  isMe: false,
  speaking: false,
  micOn: true,
  camera: null,
  quality: "good",
  ...change,
})

test("the large picture stays with who speaks, moves when they fall silent, and stays with the last one then", () => {
  expect(speakerOf([person("a", { speaking: true }), person("b", { speaking: true })], "b")).toBe("b")
  expect(speakerOf([person("a", { speaking: true }), person("b")], "b")).toBe("a")
  expect(speakerOf([person("a"), person("b")], "b")).toBe("b")
  expect(speakerOf([person("a")], "gone")).toBe("a")
  expect(speakerOf([person("me", { isMe: true, speaking: true })], null)).toBeNull()
})

test("people are ordered by the last word of the name, as Vietnamese address each other", () => {
  const people = [
    person("1", { name: "Trần Thị Bình" }),
    person("2", { name: "Lê An" }),
    person("3", { name: "Vũ Zung", camera: { attach: () => undefined, detach: () => undefined } }),
  ]
  expect(inOrder(people).map(p => p.identity)).toEqual(["3", "2", "1"])
})

test("foreign or broken metadata is no fact", () => {
  expect(factsOf("not json")).toEqual({})
  expect(factsOf(undefined)).toEqual({})
  expect(factsOf("null")).toEqual({})
  expect(factsOf('{"full_name":"A"}')).toEqual({ full_name: "A" })
})

test.each([
  ["excellent", "good"],
  ["good", "good"],
  ["poor", "weak"],
  ["lost", "lost"],
  ["?", "unknown"],
])("line %s is %s", (livekit, ours) => expect(qualityOf(livekit)).toBe(ours))

test.each([
  ["NotAllowedError", "denied"],
  ["NotFoundError", "none"],
  ["NotReadableError", "busy"],
  ["TypeError", "failed"],
])("%s means %s", (name, trouble) => expect(troubleOf(Object.assign(new Error("x"), { name }))).toBe(trouble))

test("a remembered choice survives rubbish", () => {
  expect(readChoice(null)).toEqual({ mic: true, cam: true, ids: {} })
  expect(readChoice({ mic: false, ids: 7 })).toEqual({ mic: false, cam: true, ids: {} })
})

test("silence is 0, a full swing is 1", () => {
  expect(loudness(new Uint8Array(64).fill(128))).toBe(0)
  expect(loudness(Uint8Array.from({ length: 64 }, (_, i) => (i % 2 ? 255 : 0)))).toBe(1)
})
