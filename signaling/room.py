"""A room: who is in it, what they publish, who is told what. No I/O, no clock.

Methods append effects; the shell takes and performs them in order.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from livekit.protocol import models, rtc

from signaling import effects as fx
from signaling.data_packets import ReliableHistory
from signaling.errors import ParticipantMissing
from signaling.grant import Grant
from signaling.limits import PING_SECONDS, SILENCE_SECONDS
from signaling.negotiation import Answering, Offering
from signaling.participant import Participant, permission_of
from signaling.patience import overdue
from signaling.sdp import Credentials, Endpoint

SERVER_VERSION = "1.9.0"  # the LiveKit server whose behaviour clients may expect of us
PROTOCOL = 16
MEDIA_PROTOCOL = "media_protocol"  # attribute of a token: udp or tcp
_MIME_TYPES = ("audio/opus", "audio/red", "video/VP8", "video/H264")
_SILENT_SIGNAL = timedelta(seconds=30)  # clients ping every second
_TOKEN_EVERY = timedelta(minutes=5)


class Fresh(Protocol):
    """Where new names and secrets come from."""

    def sid(self, prefix: str) -> str:
        """A new sid such as PA_x1y2."""

    def ssrc(self) -> int:
        """A new ssrc."""

    def credentials(self) -> Credentials:
        """New ICE credentials."""


@dataclass(frozen=True)
class RoomSettings:
    """What every room of a worker shares; `refresh` signs a new token for a grant and key."""

    endpoint: Endpoint
    relays: Callable[[str, datetime], tuple[rtc.ICEServer, ...]]  # for an identity, from now on
    refresh: Callable[[Grant, str, datetime], str]


@dataclass(frozen=True)
class JoinOptions:
    """What a client says of itself when joining."""

    is_dual: bool
    auto_subscribe: bool
    client: models.ClientInfo
    metadata: str
    attributes: dict[str, str]
    may_pause: bool = True


def server_info() -> models.ServerInfo:
    """How we introduce ourselves; SDKs parse the version and refuse junk."""
    return models.ServerInfo(
        edition=models.ServerInfo.Standard,
        version=SERVER_VERSION,
        protocol=PROTOCOL,
        node_id="telehealth",
    )


class Room:
    """State of one room."""

    def __init__(self, name: str, settings: RoomSettings, fresh: Fresh, now: datetime) -> None:
        self.settings, self.fresh = settings, fresh
        self.record = models.Room(
            sid=fresh.sid("RM"),
            name=name,
            empty_timeout=300,
            departure_timeout=20,
            creation_time=int(now.timestamp()),
            creation_time_ms=int(now.timestamp() * 1000),
            enabled_codecs=[models.Codec(mime=mime) for mime in _MIME_TYPES],
        )
        self.participants: dict[str, Participant] = {}  # by identity
        self.history = ReliableHistory()
        self.empty_since = now
        self.was_used = False
        self._effects: list[fx.Effect] = []

    # -- effects

    def take_effects(self) -> list[fx.Effect]:
        """What is to be done since the last call."""
        effects, self._effects = self._effects, []
        return effects

    def do(self, effect: fx.Effect) -> None:
        """Asks the shell for an effect."""
        self._effects.append(effect)

    def send(self, participant: Participant, response: rtc.SignalResponse) -> None:
        """A signal message, unless nobody is at the other end."""
        if participant.signal_lost_at is None:
            self.do(fx.Send(participant.sid, response))

    # -- looking up

    def by_sid(self, sid: str) -> Participant | None:
        """The participant with this sid, if still here."""
        return next((p for p in self.participants.values() if p.sid == sid), None)

    def by_identity(self, identity: str) -> Participant:
        """The participant of this identity; ParticipantMissing otherwise."""
        found = self.participants.get(identity)
        if found is None:
            raise ParticipantMissing(identity)
        return found

    def others(self, participant: Participant) -> list[Participant]:
        """Everyone else."""
        return [p for p in self.participants.values() if p is not participant]

    def public_record(self) -> models.Room:
        """The room's record with its counts."""
        seen = [p for p in self.participants.values() if not p.is_hidden]
        self.record.num_participants = len(seen)
        self.record.num_publishers = sum(1 for p in seen if p.info.is_publisher)
        self.record.active_recording = any(
            p.info.permission.recorder for p in self.participants.values()
        )
        copy = models.Room()
        copy.CopyFrom(self.record)
        return copy

    # -- coming

    def admit(self, grant: Grant, key: str, options: JoinOptions, now: datetime) -> Participant:
        """A new participant; an older one of the same identity is sent away."""
        old = self.participants.get(grant.identity)
        if old is not None:
            self.remove(old, models.DUPLICATE_IDENTITY, now)
        participant = self._new_participant(grant, key, options, now)
        if not self.was_used:
            self.was_used = True
            self.do(fx.Notify("room_started"))
        others = [copy_of(p.info) for p in self.participants.values() if not p.is_hidden]
        self.participants[participant.identity] = participant
        role = "client"
        credentials = participant.answering.credentials
        self.do(fx.OpenTransport(participant.sid, fx.PUBLISHER, credentials, role))
        if participant.offering is not None:
            credentials = participant.offering.credentials
            self.do(fx.OpenTransport(participant.sid, fx.SUBSCRIBER, credentials, "server"))
        self.send(participant, rtc.SignalResponse(join=self._join_response(participant, others)))
        self.announce(participant, include_self=False)
        self.announce_room()
        self.do(fx.Notify("participant_joined", copy_of(participant.info)))
        return participant

    def _new_participant(
        self, grant: Grant, key: str, options: JoinOptions, now: datetime
    ) -> Participant:
        # A line test asks for one protocol, to learn whether it gets through.
        endpoint = self.settings.endpoint.only(grant.attributes.get(MEDIA_PROTOCOL, ""))
        fresh = self.fresh
        info = models.ParticipantInfo(
            sid=fresh.sid("PA"),
            identity=grant.identity,
            name=grant.name,
            state=models.ParticipantInfo.JOINED,
            metadata=options.metadata or grant.metadata,
            attributes={**grant.attributes, **options.attributes},
            joined_at=int(now.timestamp()),
            joined_at_ms=int(now.timestamp() * 1000),
            version=1,
            permission=permission_of(grant),
            kind=models.ParticipantInfo.AGENT if grant.agent else models.ParticipantInfo.STANDARD,
            client_protocol=options.client.client_protocol,
            capabilities=options.client.capabilities,
        )
        offering = Offering(endpoint, fresh.credentials()) if options.is_dual else None
        answering = Answering(endpoint, fresh.credentials())
        return Participant(
            info=info,
            grant=grant,
            key=key,
            answering=answering,
            offering=offering,
            auto_subscribe=options.auto_subscribe,
            may_pause=options.may_pause,
            joined_at=now,
            heard_at=now,
            token_sent_at=now,
        )

    def _join_response(
        self, participant: Participant, others: Iterable[models.ParticipantInfo]
    ) -> rtc.JoinResponse:
        permission = participant.info.permission
        return rtc.JoinResponse(
            room=self.public_record(),
            participant=copy_of(participant.info),
            other_participants=others,
            server_version=SERVER_VERSION,
            server_info=server_info(),
            ice_servers=self.settings.relays(participant.identity, participant.joined_at),
            subscriber_primary=participant.has_primary_subscriber,
            fast_publish=permission.can_publish,
            ping_interval=PING_SECONDS,
            ping_timeout=SILENCE_SECONDS,
            enabled_publish_codecs=self.record.enabled_codecs,
        )

    def resume(self, identity: str, sid: str, now: datetime) -> Participant | None:
        """The participant whose signal connection came back, told all they missed; or None."""
        participant = self.participants.get(identity)
        if participant is None or participant.sid != sid:
            return None
        participant.signal_lost_at, participant.heard_at = None, now
        reconnect = rtc.ReconnectResponse(
            ice_servers=self.settings.relays(identity, now),
            server_info=server_info(),
            last_message_seq=participant.last_sequence,
        )
        participant.answering.asked = False
        self.send(participant, rtc.SignalResponse(reconnect=reconnect))
        known = [p for p in self.participants.values() if p is participant or not p.is_hidden]
        update = rtc.ParticipantUpdate(participants=[copy_of(p.info) for p in known])
        self.send(participant, rtc.SignalResponse(update=update))
        room_update = rtc.RoomUpdate(room=self.public_record())
        self.send(participant, rtc.SignalResponse(room_update=room_update))
        return participant

    # -- telling

    def announce(self, participant: Participant, include_self: bool = True) -> None:
        """Tells everyone (a hidden one: only themselves) the participant's present record."""
        update = rtc.ParticipantUpdate(participants=[copy_of(participant.info)])
        response = rtc.SignalResponse(update=update)
        for other in self.participants.values():
            if other is participant:
                if include_self:
                    self.send(other, response)
            elif not participant.is_hidden:
                self.send(other, response)

    def announce_room(self) -> None:
        """Tells everyone the room's record."""
        response = rtc.SignalResponse(room_update=rtc.RoomUpdate(room=self.public_record()))
        for participant in self.participants.values():
            self.send(participant, response)

    # -- going

    def remove(
        self, participant: Participant, reason: models.DisconnectReason, now: datetime
    ) -> None:
        """Sends a participant away for good; clients must not come back by themselves."""
        leave = rtc.LeaveRequest(
            can_reconnect=False,
            reason=reason,
            action=rtc.LeaveRequest.DISCONNECT,
        )
        self.send(participant, rtc.SignalResponse(leave=leave))
        self.forget(participant, reason, now)

    def forget(
        self, participant: Participant, reason: models.DisconnectReason, now: datetime
    ) -> None:
        """The participant is gone: frees all they held and tells the others."""
        if self.participants.get(participant.identity) is not participant:
            return
        for track in list(participant.tracks.values()):
            self.drop_track(participant, track.sid)
        self.do(fx.HangUp(participant.sid))
        self.do(fx.CloseTransports(participant.sid))
        del self.participants[participant.identity]
        participant.info.state = models.ParticipantInfo.DISCONNECTED
        participant.info.disconnect_reason = reason
        participant.changed()
        self.announce(participant, include_self=False)
        self.announce_room()
        self.do(fx.Notify("participant_left", copy_of(participant.info)))
        if not self.participants:
            self.empty_since = now

    def drop_track(self, owner: Participant, sid: str) -> None:
        """A track is no longer published: nobody receives it any more."""
        track = owner.tracks.pop(sid, None)
        if track is None:
            return
        track.is_live = False
        publishing = owner.answering.publishing
        for mid in [mid for mid, carried in publishing.items() if carried == sid]:
            del publishing[mid]
        for subscriber in self.others(owner):
            self.unclaim(subscriber, sid)
            subscriber.wishes.pop(sid, None)
            subscriber.refused.discard(sid)
            subscriber.asked.discard(sid)
        self.do(fx.StopReceiving(owner.sid, sid))
        self.do(fx.Notify("track_unpublished", copy_of(owner.info), copy_of_track(track.info)))

    def unclaim(self, subscriber: Participant, track_sid: str) -> None:
        """Ends one subscription and re-negotiates its section."""
        subscription = subscriber.subscriptions.pop(track_sid, None)
        if subscription is None:
            return
        self.do(fx.StopForwarding(subscriber.sid, track_sid))
        if subscriber.offering is not None:
            subscriber.offering.drop(track_sid)
            self.send_offer(subscriber)
        elif subscriber.answering.drop(track_sid):
            self.ask_sections(subscriber)

    def send_offer(self, participant: Participant) -> None:
        """To a dual-connection client: the next offer, if one is due."""
        made = participant.offering.offer() if participant.offering else None
        if made is None or participant.offering is None:
            return
        text, carried = made
        description = rtc.SessionDescription(
            type="offer", sdp=text, id=participant.offering.offer_id, mid_to_track_id=carried
        )
        self.send(participant, rtc.SignalResponse(offer=description))

    def ask_sections(self, participant: Participant) -> None:
        """Asks a single-connection client for another offer with enough sections."""
        answering = participant.answering
        if answering.asked or not answering.ufrag:
            return
        answering.asked = True
        audios, videos = answering.lacking()
        need = rtc.MediaSectionsRequirement(num_audios=audios, num_videos=videos)
        self.send(participant, rtc.SignalResponse(media_sections_requirement=need))

    # -- time

    def signal_lost(self, participant: Participant, now: datetime) -> None:
        """The signal connection broke: the participant stays while a resume may come."""
        participant.signal_lost_at = participant.signal_lost_at or now

    def transport_lost(self, sid: str, target: str, now: datetime) -> None:
        """A media connection broke or was closed by the client."""
        participant = self.by_sid(sid)
        if participant is not None:
            participant.connected.discard(target)
            participant.media_lost_at = now

    def tick(self, now: datetime) -> None:
        """About once a second: who waited too long goes; tokens are refreshed."""
        for participant in list(self.participants.values()):
            reason = overdue(participant, now)
            if reason is not None:
                self.remove(participant, reason, now)
                continue
            heard = participant.heard_at or now
            if participant.signal_lost_at is None and now - heard > _SILENT_SIGNAL:
                self.do(fx.HangUp(participant.sid))
                self.signal_lost(participant, now)
            if now - (participant.token_sent_at or now) >= _TOKEN_EVERY:
                self._refresh_token(participant, now)

    def _refresh_token(self, participant: Participant, now: datetime) -> None:
        participant.token_sent_at = now
        token = self.settings.refresh(participant.grant, participant.key, now)
        self.send(participant, rtc.SignalResponse(refresh_token=token))


def copy_of(info: models.ParticipantInfo) -> models.ParticipantInfo:
    """A record as it is now; the original goes on changing."""
    copy = models.ParticipantInfo()
    copy.CopyFrom(info)
    return copy


def copy_of_track(info: models.TrackInfo) -> models.TrackInfo:
    """As `copy_of`, for a track."""
    copy = models.TrackInfo()
    copy.CopyFrom(info)
    return copy
