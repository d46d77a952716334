import { ParticipantEvent, type RemoteParticipant } from "livekit-client"
import { expect, test } from "vitest"
import { Voices } from "../voices"

class FakeTrack {
  elements: HTMLAudioElement[] = []
  attach() {
    const element = document.createElement("audio")
    this.elements.push(element)
    return element
  }
  detach(element: HTMLAudioElement) {
    this.elements = this.elements.filter(other => other !== element)
    return element
  }
}

class FakePerson {
  audioTrackPublications = new Map<string, { trackSid: string; audioTrack: FakeTrack | undefined }>()
  handlers: [string, () => void][] = []
  on(event: string, handler: () => void) {
    this.handlers.push([event, handler])
  }
  says(sid: string, audioTrack: FakeTrack | undefined) {
    this.audioTrackPublications.set(sid, { trackSid: sid, audioTrack })
    for (const [event, handler] of this.handlers) if (event === ParticipantEvent.TrackSubscribed) handler()
  }
}

const people = (...fakes: FakePerson[]) => fakes as unknown as RemoteParticipant[]

test("a voice is heard once it is subscribed, and only once", () => {
  const voices: Voices = new Voices(() => voices.keep(people(carol)))
  const [carol, track] = [new FakePerson(), new FakeTrack()]
  voices.keep(people(carol))
  expect(voices.size).toBe(0)
  carol.says("TR_1", track) // no event of the room is needed
  voices.keep(people(carol))
  expect(track.elements).toHaveLength(1)
  expect(document.querySelectorAll("audio")).toHaveLength(1)
  voices.close()
})

test("the same sid with another track after a reconnect is heard anew", () => {
  const voices = new Voices(() => undefined)
  const [carol, before, after] = [new FakePerson(), new FakeTrack(), new FakeTrack()]
  carol.says("TR_1", before)
  voices.keep(people(carol))
  carol.says("TR_1", after)
  voices.keep(people(carol))
  expect([before.elements.length, after.elements.length]).toEqual([0, 1])
  voices.close()
})

test("who left or muted for good is let go of", () => {
  const voices = new Voices(() => undefined)
  const [carol, track] = [new FakePerson(), new FakeTrack()]
  carol.says("TR_1", track)
  voices.keep(people(carol))
  voices.keep([])
  expect(track.elements).toHaveLength(0)
  expect(document.querySelectorAll("audio")).toHaveLength(0)
  expect(voices.size).toBe(0)
})
