"""What clients send: offers and answers, tracks announced, muted, changed and gone."""

from datetime import datetime

from livekit.protocol import models, rtc

from signaling import effects as fx
from signaling import subscriptions
from signaling.limits import METADATA_BYTES, TRACKS_PER_PARTICIPANT
from signaling.negotiation import Bound
from signaling.participant import Participant, PublishedTrack, preferred_codecs, track_info
from signaling.room import Room, copy_of_track
from signaling.sdp import Description, Section, parse


def offer(
    room: Room, participant: Participant, message: rtc.SessionDescription, now: datetime
) -> None:
    """The client offers: sections are matched with tracks, and answered."""
    offer = parse(message.sdp)
    answering = participant.answering
    if answering.ufrag and offer.ufrag != answering.ufrag:
        answering.restart(room.fresh.credentials())
        room.do(fx.RestartIce(participant.sid, fx.PUBLISHER, answering.credentials))
    answering.take(offer)
    went_live = _match_sections(room, participant, offer)
    bound: list[Bound] = [] if participant.is_dual else answering.bind_waiting()
    text, carried = answering.answer()
    answer = rtc.SessionDescription(
        type="answer",
        sdp=text,
        id=message.id,
        mid_to_track_id={} if participant.is_dual else carried,
    )
    room.send(participant, rtc.SignalResponse(answer=answer))
    room.do(fx.Trust(participant.sid, fx.PUBLISHER, offer.fingerprints))
    subscriptions.start(room, participant, bound)
    if not participant.is_dual and any(answering.lacking()):
        room.ask_sections(participant)
    for track in went_live:
        subscriptions.offer_to_all(room, track)


def _match_sections(
    room: Room, participant: Participant, offer: Description
) -> list[PublishedTrack]:
    """Which tracks began and ended by this offer; announces the change."""
    publishing = participant.answering.publishing
    before = dict(publishing)
    went_live = []
    for section in offer.sections:
        carried = participant.tracks.get(publishing.get(section.mid, ""))
        if section.kind == "application":
            continue
        if not section.sends:
            if carried is not None:
                room.drop_track(participant, carried.sid)
            continue
        fresh = _announced(participant, offer, section, is_taken=carried is not None)
        if fresh is None:
            continue
        if carried is not None:
            room.drop_track(participant, carried.sid)
        del participant.pending[fresh.cid]
        _go_live(room, participant, fresh, section)
        went_live.append(fresh)
    if before != publishing:
        participant.changed()
        room.announce(participant)
        for track in went_live:
            subscriptions.track_published(room, participant, track)
    return went_live


def _announced(
    participant: Participant, offer: Description, section: Section, *, is_taken: bool
) -> PublishedTrack | None:
    """The announced track that a section sends: named by its msid, or, since Firefox writes other
    ids there than the page sees, the one that waits longest and that no section names."""
    named = participant.pending.get(section.track_id)
    if named is not None or is_taken:
        return named if named is not None and named.kind == section.kind else None
    names = {other.track_id for other in offer.sections}
    waiting = (t for t in participant.pending.values() if t.kind == section.kind)
    return next((track for track in waiting if track.cid not in names), None)


def _go_live(room: Room, participant: Participant, track: PublishedTrack, section: Section) -> None:
    track.is_live, track.info.mid = True, section.mid
    for codec in track.info.codecs:
        codec.mid = section.mid
    participant.tracks[track.sid] = track
    participant.answering.publishing[section.mid] = track.sid
    participant.answering.preferred[section.mid] = preferred_codecs(track.info)
    voices = [own.info for own in participant.tracks.values() if own.kind == "audio"]
    participant.answering.quiet = bool(voices) and not any(info.disable_dtx for info in voices)
    track.codecs = section.codecs
    room.do(
        fx.Receive(
            participant=participant.sid,
            track=track.sid,
            kind=track.kind,
            mid=section.mid,
            codecs=section.codecs,
            ssrcs=section.ssrcs,
            repair_ssrcs=tuple(section.repair_ssrcs.items()),
            rids=section.rids,
            extensions=tuple(section.extensions.items()),
            is_voice=track.is_voice,
        )
    )
    room.do(fx.Mute(track.sid, track.info.muted))


def answer(
    room: Room, participant: Participant, message: rtc.SessionDescription, now: datetime
) -> None:
    """A dual-connection client answered our offer."""
    if participant.offering is None:
        return
    answer = parse(message.sdp)
    bound = participant.offering.take_answer(message.id, answer)
    room.do(fx.Trust(participant.sid, fx.SUBSCRIBER, answer.fingerprints))
    subscriptions.start(room, participant, bound)
    room.send_offer(participant)


def add_track(
    room: Room, participant: Participant, message: rtc.AddTrackRequest, now: datetime
) -> None:
    """A track is announced, before its section comes."""
    refusal = _refusal(participant, message)
    if refusal is not None:
        response = rtc.RequestResponse(reason=refusal, add_track=message)
        room.send(participant, rtc.SignalResponse(request_response=response))
        return
    track = PublishedTrack(track_info(room.fresh.sid("TR"), message), message.cid, participant)
    participant.pending[message.cid] = track
    published = rtc.TrackPublishedResponse(cid=message.cid, track=copy_of_track(track.info))
    room.send(participant, rtc.SignalResponse(track_published=published))


def _refusal(
    participant: Participant, message: rtc.AddTrackRequest
) -> rtc.RequestResponse.Reason | None:
    if not participant.may_publish(message.source):
        return rtc.RequestResponse.NOT_ALLOWED
    if len(participant.tracks) + len(participant.pending) >= TRACKS_PER_PARTICIPANT:
        return rtc.RequestResponse.LIMIT_EXCEEDED
    is_media = message.type in (models.AUDIO, models.VIDEO) and message.cid
    too_long = len(message.cid) + len(message.name) > METADATA_BYTES or len(message.layers) > 8
    if message.sid or not is_media or too_long:  # a sid asks for a second codec of a track
        return rtc.RequestResponse.UNSUPPORTED_TYPE
    return None


def mute(
    room: Room, participant: Participant, message: rtc.MuteTrackRequest, now: datetime
) -> None:
    """The client muted or unmuted a track of its own."""
    set_muted(room, participant, message.sid, message.muted)


def set_muted(room: Room, participant: Participant, sid: str, muted: bool) -> None:
    """A track of the participant is muted or unmuted; everyone learns of it."""
    track = participant.find_track(sid)
    if track is None or track.info.muted == muted:
        return
    track.info.muted = muted
    room.do(fx.Mute(sid, muted))
    if track.is_live:
        participant.changed()
        room.announce(participant)


def update_audio(
    room: Room, participant: Participant, message: rtc.UpdateLocalAudioTrack, now: datetime
) -> None:
    """Features of an audio track changed."""
    track = participant.find_track(message.track_sid)
    if track is not None and len(message.features) <= 32:
        del track.info.audio_features[:]
        track.info.audio_features.extend(message.features)
        participant.changed()
        room.announce(participant)


def update_video(
    room: Room, participant: Participant, message: rtc.UpdateLocalVideoTrack, now: datetime
) -> None:
    """The size of a video track changed."""
    track = participant.find_track(message.track_sid)
    if track is not None:
        track.info.width, track.info.height = message.width, message.height
        participant.changed()
        room.announce(participant)
