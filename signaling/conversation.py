"""What a client's signal messages do: (room, participant, message, now) -> effects of the room."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc

from signaling import effects as fx
from signaling import subscriptions
from signaling.data_packets import RELIABLE, route
from signaling.errors import MalformedMessage
from signaling.layers import Wish
from signaling.limits import (
    METADATA_BYTES,
    NAMES_PER_MESSAGE,
    SIGNAL_MESSAGE_BYTES,
    TRACKS_PER_PARTICIPANT,
)
from signaling.negotiation import Bound
from signaling.participant import Participant, PublishedTrack, SubscriptionRules, track_info
from signaling.room import Room, copy_of_track
from signaling.sdp import Description, Section, parse

Handler = Callable[[Room, Participant, Any, datetime], None]


def hear(room: Room, participant: Participant, raw: bytes, now: datetime) -> None:
    """One signal message; MalformedMessage when it must cost the client its connection."""
    if len(raw) > SIGNAL_MESSAGE_BYTES:
        raise MalformedMessage("signal message size")
    try:
        request = rtc.SignalRequest.FromString(raw)
    except DecodeError as error:
        raise MalformedMessage("signal message") from error
    participant.heard_at = now
    handle(room, participant, request, now)


def handle(room: Room, participant: Participant, request: rtc.SignalRequest, now: datetime) -> None:
    """As `hear`, for a message already read; unknown kinds are ignored."""
    kind = request.WhichOneof("message")
    handler = _HANDLERS.get(kind or "")
    if handler is not None and kind is not None:
        handler(room, participant, getattr(request, kind), now)


def transport_up(room: Room, sid: str, target: str) -> None:
    """A media connection stands; the primary one makes the participant active."""
    participant = room.by_sid(sid)
    if participant is None:
        return
    participant.connected.add(target)
    participant.media_lost_at = None
    primary = fx.SUBSCRIBER if participant.is_dual else fx.PUBLISHER
    if target == primary and not participant.is_active:
        participant.info.state = models.ParticipantInfo.ACTIVE
        participant.changed()
        room.announce(participant)
        subscriptions.claim_all(room, participant)


def channel_open(room: Room, sid: str) -> None:
    """The reliable data channel opened: what waited for it goes out."""
    participant = room.by_sid(sid)
    if participant is None:
        return
    participant.reliable_open = True
    while participant.backlog:
        room.do(fx.Deliver(sid, RELIABLE, participant.backlog.popleft()))


def data_received(room: Room, sid: str, kind: int, raw: bytes) -> None:
    """A data packet from a client's channel."""
    sender = room.by_sid(sid)
    if sender is None or not sender.info.permission.can_publish_data:
        return
    routed = route(raw, kind, sid, sender.identity, sender.grant.agent)
    if routed is None:
        return
    if kind == RELIABLE and routed.sequence:
        if routed.sequence <= sender.last_sequence:
            return  # the client repeats after a resume what we already passed on
        sender.last_sequence = routed.sequence
        room.history.keep(sid, routed)
    for other in room.others(sender):
        if routed.is_for(other.identity):
            deliver(room, other, kind, routed.packet)


def deliver(room: Room, participant: Participant, kind: int, packet: bytes) -> None:
    """A data packet to one participant; a joining one gets the reliable ones when ready."""
    if kind != RELIABLE or participant.reliable_open:
        room.do(fx.Deliver(participant.sid, kind, packet))
    else:
        participant.backlog.append(packet)


# -- negotiation


def _offer(
    room: Room, participant: Participant, message: rtc.SessionDescription, now: datetime
) -> None:
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
        fresh = participant.pending.get(section.track_id)
        if fresh is None or fresh.kind != section.kind or not section.codecs:
            continue
        if carried is not None:
            room.drop_track(participant, carried.sid)
        del participant.pending[section.track_id]
        _go_live(room, participant, fresh, section)
        went_live.append(fresh)
    if before != publishing:
        participant.changed()
        room.announce(participant)
        for track in went_live:
            subscriptions.track_published(room, participant, track)
    return went_live


def _go_live(room: Room, participant: Participant, track: PublishedTrack, section: Section) -> None:
    track.is_live, track.mid = True, section.mid
    track.info.mid = section.mid
    for codec in track.info.codecs:
        codec.mid = section.mid
    participant.tracks[track.sid] = track
    participant.answering.publishing[section.mid] = track.sid
    room.do(
        fx.Receive(
            participant=participant.sid,
            track=track.sid,
            kind=track.kind,
            mid=section.mid,
            payload_types=frozenset(codec.payload_type for codec in section.codecs),
            ssrcs=section.ssrcs,
            rids=section.rids,
            extensions=tuple(section.extensions.items()),
        )
    )
    room.do(fx.Mute(track.sid, track.info.muted))


def _answer(
    room: Room, participant: Participant, message: rtc.SessionDescription, now: datetime
) -> None:
    if participant.offering is None:
        return
    answer = parse(message.sdp)
    bound = participant.offering.take_answer(message.id)
    room.do(fx.Trust(participant.sid, fx.SUBSCRIBER, answer.fingerprints))
    subscriptions.start(room, participant, bound)
    room.send_offer(participant)


# -- publishing


def _add_track(
    room: Room, participant: Participant, message: rtc.AddTrackRequest, now: datetime
) -> None:
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


def _mute(
    room: Room, participant: Participant, message: rtc.MuteTrackRequest, now: datetime
) -> None:
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


def _update_audio(
    room: Room, participant: Participant, message: rtc.UpdateLocalAudioTrack, now: datetime
) -> None:
    track = participant.find_track(message.track_sid)
    if track is not None and len(message.features) <= 32:
        del track.info.audio_features[:]
        track.info.audio_features.extend(message.features)
        participant.changed()
        room.announce(participant)


def _update_video(
    room: Room, participant: Participant, message: rtc.UpdateLocalVideoTrack, now: datetime
) -> None:
    track = participant.find_track(message.track_sid)
    if track is not None:
        track.info.width, track.info.height = message.width, message.height
        participant.changed()
        room.announce(participant)


# -- receiving


def _subscription(
    room: Room, participant: Participant, message: rtc.UpdateSubscription, now: datetime
) -> None:
    names = list(message.track_sids)
    for group in message.participant_tracks:
        names += group.track_sids
    if len(names) > NAMES_PER_MESSAGE:
        raise MalformedMessage("subscription size")
    set_subscribed(room, participant, names, message.subscribe)


def set_subscribed(
    room: Room, participant: Participant, track_sids: list[str], subscribe: bool
) -> None:
    """Takes or leaves tracks on behalf of a participant."""
    live = {sid: track for other in room.others(participant) for sid, track in other.tracks.items()}
    for sid in track_sids:
        track = live.get(sid)
        if not subscribe:
            if track is not None:
                participant.refused.add(sid)
            room.unclaim(participant, sid)
        elif track is None or not subscriptions.may_receive(participant, track):
            error = rtc.SubscriptionResponse(track_sid=sid, err=models.SE_TRACK_NOTFOUND)
            room.send(participant, rtc.SignalResponse(subscription_response=error))
        else:
            participant.refused.discard(sid)
            subscriptions.claim(room, participant, track)


def _track_setting(
    room: Room, participant: Participant, message: rtc.UpdateTrackSettings, now: datetime
) -> None:
    if len(message.track_sids) > NAMES_PER_MESSAGE:
        raise MalformedMessage("track setting size")
    wish = Wish(message.disabled, int(message.quality), message.width, message.height)
    live = {sid for other in room.others(participant) for sid in other.tracks}
    for sid in live.intersection(message.track_sids):
        subscriptions.steer(room, participant, sid, wish)


def _subscription_permission(
    room: Room, participant: Participant, message: rtc.SubscriptionPermission, now: datetime
) -> None:
    if len(message.track_permissions) > NAMES_PER_MESSAGE:
        raise MalformedMessage("permission size")
    participant.rules = SubscriptionRules(
        message.all_participants,
        {
            (rule.participant_identity or rule.participant_sid): (
                None if rule.all_tracks else frozenset(rule.track_sids)
            )
            for rule in message.track_permissions
        },
    )
    subscriptions.apply_rules(room, participant)


# -- the participant's own record


def _update_metadata(
    room: Room, participant: Participant, message: rtc.UpdateParticipantMetadata, now: datetime
) -> None:
    reason = rtc.RequestResponse.OK
    if not participant.info.permission.can_update_metadata:
        reason = rtc.RequestResponse.NOT_ALLOWED
    elif not set_record(
        room, participant, message.name, message.metadata, dict(message.attributes)
    ):
        reason = rtc.RequestResponse.LIMIT_EXCEEDED
    response = rtc.RequestResponse(request_id=message.request_id, reason=reason)
    room.send(participant, rtc.SignalResponse(request_response=response))


def set_record(
    room: Room, participant: Participant, name: str, metadata: str, attributes: dict[str, str]
) -> bool:
    """Changes name and metadata (empty: kept), attributes (empty: deleted); False: too long."""
    info = participant.info
    merged = {**info.attributes, **attributes}
    kept = {key: value for key, value in merged.items() if value}
    texts = [name or info.name, metadata or info.metadata, *kept, *kept.values()]
    if sum(map(len, texts)) > METADATA_BYTES:
        return False
    info.name, info.metadata = texts[0], texts[1]
    info.attributes.clear()
    info.attributes.update(kept)
    participant.changed()
    room.announce(participant)
    return True


# -- the connection itself


def _ping(room: Room, participant: Participant, message: int, now: datetime) -> None:
    # Milliseconds: JavaScript cannot hold nanoseconds.
    room.send(participant, rtc.SignalResponse(pong=int(now.timestamp() * 1000)))


def _ping_req(room: Room, participant: Participant, message: rtc.Ping, now: datetime) -> None:
    pong = rtc.Pong(last_ping_timestamp=message.timestamp, timestamp=int(now.timestamp() * 1000))
    room.send(participant, rtc.SignalResponse(pong_resp=pong))


def _leave(room: Room, participant: Participant, message: rtc.LeaveRequest, now: datetime) -> None:
    room.forget(participant, models.CLIENT_INITIATED, now)


def _sync_state(
    room: Room, participant: Participant, message: rtc.SyncState, now: datetime
) -> None:
    claimed = {published.track.sid for published in message.publish_tracks}
    if not claimed <= set(participant.tracks) | {t.sid for t in participant.pending.values()}:
        leave_to_rejoin(room, participant, now)
        return
    for sid in message.track_sids_disabled[:NAMES_PER_MESSAGE]:
        wish = participant.wishes.get(sid, Wish())
        disabled = Wish(True, wish.quality, wish.width, wish.height)
        subscriptions.steer(room, participant, sid, disabled)
    names = [sid for group in message.subscription.participant_tracks for sid in group.track_sids]
    names = [*message.subscription.track_sids, *names][:NAMES_PER_MESSAGE]
    live = {sid for other in room.others(participant) for sid in other.tracks}
    set_subscribed(
        room, participant, [n for n in names if n in live], message.subscription.subscribe
    )
    subscriptions.claim_all(room, participant)
    seen = [(s.publisher_sid, s.last_seq) for s in message.datachannel_receive_states]
    for packet in room.history.missed(participant.identity, seen):
        deliver(room, participant, RELIABLE, packet)
    if participant.offering is not None:
        participant.offering.restart(room.fresh.credentials())
        credentials = participant.offering.credentials
        room.do(fx.RestartIce(participant.sid, fx.SUBSCRIBER, credentials))
        room.send_offer(participant)


def leave_to_rejoin(room: Room, participant: Participant, now: datetime) -> None:
    """Our state and the client's differ: it shall join anew."""
    room.send(participant, rejoin_response())
    room.forget(participant, models.STATE_MISMATCH, now)


def rejoin_response() -> rtc.SignalResponse:
    """Leave, and come back with a new session at once."""
    leave = rtc.LeaveRequest(
        can_reconnect=True, reason=models.STATE_MISMATCH, action=rtc.LeaveRequest.RECONNECT
    )
    return rtc.SignalResponse(leave=leave)


def _data_track(room: Room, participant: Participant, message: object, now: datetime) -> None:
    response = rtc.RequestResponse(reason=rtc.RequestResponse.NOT_ALLOWED)
    if isinstance(message, rtc.PublishDataTrackRequest):
        response.publish_data_track.CopyFrom(message)
    room.send(participant, rtc.SignalResponse(request_response=response))


_HANDLERS: dict[str, Handler] = {
    "offer": _offer,
    "answer": _answer,
    "add_track": _add_track,
    "mute": _mute,
    "update_audio_track": _update_audio,
    "update_video_track": _update_video,
    "subscription": _subscription,
    "track_setting": _track_setting,
    "subscription_permission": _subscription_permission,
    "update_metadata": _update_metadata,
    "ping": _ping,
    "ping_req": _ping_req,
    "leave": _leave,
    "sync_state": _sync_state,
    "publish_data_track_request": _data_track,
}
