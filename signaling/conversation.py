"""What a client's signal messages do: (room, participant, message, now) -> effects of the room."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc

from signaling import effects as fx
from signaling import publishing, speakers, subscriptions
from signaling.data_delivery import deliver
from signaling.data_packets import RELIABLE
from signaling.errors import MalformedMessage
from signaling.layers import Wish
from signaling.limits import (
    METADATA_BYTES,
    NAMES_PER_MESSAGE,
    SIGNAL_MESSAGE_BYTES,
)
from signaling.participant import Participant, SubscriptionRules
from signaling.room import Room

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
    primary = fx.SUBSCRIBER if participant.has_primary_subscriber else fx.PUBLISHER
    if target == primary and not participant.is_active:
        participant.info.state = models.ParticipantInfo.ACTIVE
        participant.changed()
        room.announce(participant)
        subscriptions.claim_all(room, participant)
        speakers.tell_newcomer(room, participant)


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
            participant.asked.discard(sid)
            if track is not None:
                participant.refused.add(sid)
            room.unclaim(participant, sid)
        elif track is None or not subscriptions.may_receive(participant, track):
            error = rtc.SubscriptionResponse(track_sid=sid, err=models.SE_TRACK_NOTFOUND)
            room.send(participant, rtc.SignalResponse(subscription_response=error))
        else:
            participant.refused.discard(sid)
            participant.asked.add(sid)
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
    "offer": publishing.offer,
    "answer": publishing.answer,
    "add_track": publishing.add_track,
    "mute": publishing.mute,
    "update_audio_track": publishing.update_audio,
    "update_video_track": publishing.update_video,
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
