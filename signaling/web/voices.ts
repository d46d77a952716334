/**
 * The audible part of a meeting: one hidden element for each remote voice, kept equal to what is subscribed.
 * It goes by state, not by events: livekit-client 2 drops the room events of about 100 ms after a full reconnect
 * (they are buffered until a flush that has already been), and a voice attached by such an event would stay silent.
 */

import { ParticipantEvent, type RemoteAudioTrack, type RemoteParticipant } from "livekit-client"

type Voice = { readonly track: RemoteAudioTrack; readonly element: HTMLMediaElement }

export class Voices {
  readonly #voices = new Map<string, Voice>()
  readonly #watched = new WeakSet<RemoteParticipant>()

  /** `changed` is called when a participant's own subscriptions change. */
  constructor(readonly changed: () => void) {}

  get size(): number {
    return this.#voices.size
  }

  /** Attaches what is new, lets go of what is no longer there. */
  keep(people: Iterable<RemoteParticipant>): void {
    const tracks = new Map<string, RemoteAudioTrack>()
    for (const person of people) {
      this.#watch(person)
      for (const [sid, track] of subscribed(person)) tracks.set(sid, track)
    }
    for (const [sid, voice] of this.#voices) if (tracks.get(sid) !== voice.track) this.#drop(sid, voice)
    for (const [sid, track] of tracks) if (!this.#voices.has(sid)) this.#add(sid, track)
  }

  close(): void {
    for (const [sid, voice] of this.#voices) this.#drop(sid, voice)
  }

  #watch(person: RemoteParticipant): void {
    if (this.#watched.has(person)) return
    this.#watched.add(person)
    person.on(ParticipantEvent.TrackSubscribed, this.changed)
    person.on(ParticipantEvent.TrackUnsubscribed, this.changed)
  }

  #add(sid: string, track: RemoteAudioTrack): void {
    const element = track.attach()
    element.hidden = true
    document.body.append(element)
    this.#voices.set(sid, { track, element })
  }

  #drop(sid: string, { track, element }: Voice): void {
    track.detach(element)
    element.remove()
    this.#voices.delete(sid)
  }
}

function* subscribed(person: RemoteParticipant): Iterable<[string, RemoteAudioTrack]> {
  for (const publication of person.audioTrackPublications.values()) {
    const track = publication.audioTrack
    if (track) yield [publication.trackSid, track as RemoteAudioTrack]
  }
}
