"""The shell around rooms: performs their effects on sockets and transports, and keeps the time."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from aiortc import RTCCertificate

from signaling import conversation, data_delivery, measurements, speakers, subscriptions
from signaling import effects as fx
from signaling.admission import Admission
from signaling.data_packets import LOSSY, RELIABLE
from signaling.errors import MalformedMessage
from signaling.forwarder import Forwarder
from signaling.grant import Grant
from signaling.layers import wanted_layer
from signaling.line import TICK_SECONDS
from signaling.line_report import ParticipantLine, read_lines, states_of
from signaling.media_peer import Announced, MediaPeer
from signaling.mux import Mux
from signaling.outbound import OutboundTrack
from signaling.participant import Participant
from signaling.random_names import RandomNames
from signaling.revocations import Revocations
from signaling.room import Room, RoomSettings
from signaling.streams import InboundTrack
from signaling.transport import LOSSY as LOSSY_LABEL
from signaling.transport import RELIABLE as RELIABLE_LABEL
from signaling.transport import Events, PeerTransport
from signaling.voices import DEFAULT_VOICES, Voice, Voices

_log = logging.getLogger(__name__)
_VIDEO_BITS_PER_SECOND = 3_000_000  # what one publisher may send; loss lowers it in the client
_KINDS = {RELIABLE_LABEL: RELIABLE, LOSSY_LABEL: LOSSY}
_LABELS: dict[int, str] = {int(kind): label for label, kind in _KINDS.items()}


class SignalLink(Protocol):
    """The way to a participant's client."""

    def send(self, data: bytes) -> None:
        """Queues one message."""

    def close(self) -> None:
        """Closes after what was queued."""


class Host:
    """All rooms of one worker."""

    def __init__(
        self,
        port: Mux,
        certificate: RTCCertificate,
        settings: RoomSettings,
        notify: Callable[[str, fx.Notify], None],
        voices: int = DEFAULT_VOICES,
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self.revocations = Revocations()
        self._port, self._certificate, self._settings = port, certificate, settings
        self._notify = notify
        self._names = RandomNames()
        self._links: dict[str, SignalLink] = {}
        self._transports: dict[tuple[str, str], PeerTransport] = {}
        self._media: dict[tuple[str, str], MediaPeer] = {}
        self._tracks: dict[str, InboundTrack] = {}
        self._out: dict[tuple[str, str], OutboundTrack] = {}
        self._places, self._voices = voices, dict[str, Voices]()  # by room name
        self._closing: set[asyncio.Task[None]] = set()
        self.forwarder = Forwarder(port.packet_out, asyncio.get_running_loop().time)
        port.begin_turn, port.end_turn = self.forwarder.hold, self.forwarder.release
        self._performers: dict[type[Any], Callable[[Room, Any], None]] = {
            fx.Send: self._send,
            fx.HangUp: self._hang_up,
            fx.OpenTransport: self._open_transport,
            fx.RestartIce: self._restart_ice,
            fx.Trust: self._trust,
            fx.CloseTransports: self._close_transports,
            fx.Receive: self._receive,
            fx.StopReceiving: self._stop_receiving,
            fx.Forward: self._forward,
            fx.StopForwarding: self._stop_forwarding,
            fx.Steer: self._steer,
            fx.Mute: self._mute,
            fx.Deliver: self._deliver,
            fx.Notify: lambda room, effect: self._notify(room.record.name, effect),
        }

    # -- what comes from outside

    def room(self, name: str) -> Room:
        """The room of this name, made if need be."""
        found = self.rooms.get(name)
        if found is None:
            found = self.rooms[name] = Room(name, self._settings, self._names, _now())
        return found

    def is_full(self, grant: Grant) -> bool:
        """Whether the room takes nobody more; someone who is in already may come again."""
        room = self.rooms.get(grant.room)
        most = room.record.max_participants if room else 0
        return bool(
            room
            and most
            and len(room.participants) >= most
            and grant.identity not in room.participants
        )

    def lines(self, room: Room) -> list[ParticipantLine]:
        """How each line of the room does now."""
        receiving = {p.sid: self._receiver(p.sid) for p in room.participants.values()}
        lines = {sid: peer.line for sid, peer in receiving.items() if peer is not None}
        return read_lines(room, self._tracks, self._out, lines, self.forwarder.clock())

    def stats(self) -> dict[str, float]:
        """Counts for metrics, and the state of all lines together."""
        counters = self.forwarder.counters
        people = sum(len(room.participants) for room in self.rooms.values())
        lines = [line for room in self.rooms.values() for line in self.lines(room)]
        return states_of(lines) | {
            "rooms": len(self.rooms),
            "participants": people,
            "packets_in": counters.packets_in,
            "packets_out": counters.packets_out,
            "packets_resent": counters.resent,
            "packets_dropped": counters.dropped,
            "packets_unheard": counters.unheard,
            "packets_unknown": counters.unknown,
            "datagrams_refused": self._port.refused,
        }

    def join(self, admission: Admission, link: SignalLink) -> tuple[Room, Participant] | None:
        """Lets a client in or back in; None when it was told to join anew."""
        now, room = _now(), self.room(admission.grant.room)
        if admission.is_resume:
            found = room.resume(admission.grant.identity, admission.resumes_sid, now)
            if found is None:
                link.send(conversation.rejoin_response().SerializeToString())
                return None
            participant = found
            old = self._links.pop(participant.sid, None)
            if old is not None:
                old.close()
        else:
            participant = room.admit(admission.grant, admission.key, admission.options, now)
        self._links[participant.sid] = link
        self.settle(room)
        for request in admission.first_requests:
            conversation.handle(room, participant, request, now)
        if participant.offering is not None and not admission.is_resume:
            room.send_offer(participant)
        self.settle(room)
        return room, participant

    def hear(self, room: Room, participant: Participant, link: SignalLink, data: bytes) -> None:
        """One signal message of a client; a malformed one ends its stay."""
        if self._links.get(participant.sid) is not link:
            return  # a newer connection took over
        try:
            conversation.hear(room, participant, data, _now())
        except MalformedMessage as error:
            _log.warning("%s sent a malformed %s", participant.sid, error.what)
            conversation.leave_to_rejoin(room, participant, _now())
        self.settle(room)

    def lost(self, room: Room, participant: Participant, link: SignalLink) -> None:
        """A client's signal connection ended."""
        if self._links.get(participant.sid) is link:
            del self._links[participant.sid]
            room.signal_lost(participant, _now())
            self.settle(room)

    def settle(self, room: Room) -> None:
        """Performs what the room asks for, until it asks for nothing more."""
        while effects := room.take_effects():
            for effect in effects:
                self._performers[type(effect)](room, effect)

    # -- effects

    def _send(self, room: Room, effect: fx.Send) -> None:
        link = self._links.get(effect.participant)
        if link is not None:
            link.send(effect.response.SerializeToString())

    def _hang_up(self, room: Room, effect: fx.HangUp) -> None:
        link = self._links.pop(effect.participant, None)
        if link is not None:
            link.close()

    def _open_transport(self, room: Room, effect: fx.OpenTransport) -> None:
        sid, target = effect.participant, effect.target
        media_of: list[MediaPeer] = []
        events = Events(
            connected=lambda: self._connected(room, sid, target),
            closed=lambda: self._transport_closed(room, sid, target),
            message=lambda label, data: self._data(room, sid, label, data),
            channel_open=lambda label: self._channel_open(room, sid, target, label),
            rtp=lambda packet, length: media_of[0].on_rtp(packet, length),
            rtcp=lambda data: media_of[0].on_rtcp(data),
        )
        transport = PeerTransport(
            self._port, self._certificate, effect.credentials, effect.role, events
        )
        media_of.append(MediaPeer(transport, self.forwarder))
        self._transports[sid, target], self._media[sid, target] = transport, media_of[0]

    def _restart_ice(self, room: Room, effect: fx.RestartIce) -> None:
        transport = self._transports.get((effect.participant, effect.target))
        if transport is not None:
            transport.use(effect.credentials)

    def _trust(self, room: Room, effect: fx.Trust) -> None:
        transport = self._transports.get((effect.participant, effect.target))
        if transport is not None:
            transport.trust(effect.fingerprints)

    def _close_transports(self, room: Room, effect: fx.CloseTransports) -> None:
        for target in (fx.PUBLISHER, fx.SUBSCRIBER):
            media = self._media.pop((effect.participant, target), None)
            if media is not None:
                media.close()
            transport = self._transports.pop((effect.participant, target), None)
            if transport is not None:
                task = asyncio.get_running_loop().create_task(transport.close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
        for key in [key for key in self._out if key[0] == effect.participant]:
            self._detach(key)

    def _receive(self, room: Room, effect: fx.Receive) -> None:
        peer = self._media[effect.participant, fx.PUBLISHER]
        track = InboundTrack(
            effect.track,
            effect.kind,
            {codec.payload_type: codec.name for codec in effect.codecs},
            effect.rids,
            repairs={codec.rtx: codec.payload_type for codec in effect.codecs if codec.rtx},
            voice=Voice(self._voices_of(room)) if effect.is_voice else None,
        )
        self._tracks[effect.track] = track
        announced = Announced(
            effect.mid, effect.ssrcs, dict(effect.extensions), dict(effect.repair_ssrcs)
        )
        peer.publish(track, announced)
        self.forwarder.add(track, peer)

    def _voices_of(self, room: Room) -> Voices:
        return self._voices.setdefault(room.record.name, Voices(self._places))

    def _stop_receiving(self, room: Room, effect: fx.StopReceiving) -> None:
        track = self._tracks.pop(effect.track, None)
        peer = self._media.get((effect.participant, fx.PUBLISHER))
        if track is not None:
            self.forwarder.remove(track)
            if peer is not None:
                peer.unpublish(track)

    def _forward(self, room: Room, effect: fx.Forward) -> None:
        peer, track = self._receiver(effect.participant), self._tracks[effect.track]
        if peer is None:
            return
        out = OutboundTrack(track, peer.transport, effect.delivery, peer.line.log)
        self._out[effect.participant, effect.track] = out
        self.forwarder.connect(peer, out)

    def _receiver(self, participant: str) -> MediaPeer | None:
        """The connection on which a participant receives."""
        media = self._media
        return media.get((participant, fx.SUBSCRIBER)) or media.get((participant, fx.PUBLISHER))

    def _stop_forwarding(self, room: Room, effect: fx.StopForwarding) -> None:
        self._detach((effect.participant, effect.track))

    def _detach(self, key: tuple[str, str]) -> None:
        out = self._out.pop(key, None)
        if out is not None:
            self.forwarder.disconnect(self._receiver(key[0]), out)

    def _steer(self, room: Room, effect: fx.Steer) -> None:
        out = self._out.get((effect.participant, effect.track))
        if out is not None:
            out.wanted = wanted_layer(effect.wish, effect.sizes)
            self.forwarder.retarget(out.track)

    def _mute(self, room: Room, effect: fx.Mute) -> None:
        track = self._tracks.get(effect.track)
        if track is not None:
            track.muted = effect.muted
            if effect.muted and track.voice is not None:
                track.voice.leave()

    def _deliver(self, room: Room, effect: fx.Deliver) -> None:
        for target in (fx.SUBSCRIBER, fx.PUBLISHER):
            transport = self._transports.get((effect.participant, target))
            if transport is not None:
                transport.send_data(_LABELS[effect.kind], effect.packet)
                return

    # -- what transports tell

    def _connected(self, room: Room, sid: str, target: str) -> None:
        conversation.transport_up(room, sid, target)
        self.settle(room)

    def _transport_closed(self, room: Room, sid: str, target: str) -> None:
        room.transport_lost(sid, target, _now())
        self.settle(room)

    def _data(self, room: Room, sid: str, label: str, data: bytes) -> None:
        try:
            data_delivery.data_received(room, sid, _KINDS[label], data)
        except MalformedMessage:
            _log.warning("%s sent a malformed data packet", sid)
        self.settle(room)

    def _channel_open(self, room: Room, sid: str, target: str, label: str) -> None:
        out = fx.SUBSCRIBER if (sid, fx.SUBSCRIBER) in self._transports else fx.PUBLISHER
        if target == out and label == RELIABLE_LABEL:
            data_delivery.channel_open(room, sid)
            self.settle(room)

    # -- time

    async def run(self) -> None:
        """Keeps the time until cancelled."""
        loop = asyncio.get_running_loop()
        beat = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            beat += 1
            self.forwarder.tick(loop.time())
            for peer in list(self._media.values()):
                peer.tick(loop.time())
            if beat % 4 == 0:
                self._speakers()
            if beat % 10 == 0:
                self._second(loop.time(), slow=beat % 50 == 0)

    def _speakers(self) -> None:
        for room in list(self.rooms.values()):
            speakers.note_levels(room, measurements.levels(room, self._tracks))
            subscriptions.tell_pauses(room, measurements.paused(self._out))
            self.settle(room)

    def _second(self, now: float, slow: bool) -> None:
        for peer in list(self._media.values()):
            self.forwarder.report(peer, _VIDEO_BITS_PER_SECOND)
        for (sid, target), transport in list(self._transports.items()):
            if transport.tx is not None:
                self._note_consent(sid, target, transport.has_consent(now))
        for name, room in list(self.rooms.items()):
            room.tick(_now())
            if slow:
                subscriptions.lower_qualities(room)
                speakers.note_losses(room, measurements.losses(room, self._tracks, self._out))
            self.settle(room)
            self._close_if_empty(name, room)

    def _note_consent(self, sid: str, target: str, alive: bool) -> None:
        for room in self.rooms.values():
            participant = room.by_sid(sid)
            if participant is None or (target in participant.connected) == alive:
                continue
            if alive:
                conversation.transport_up(room, sid, target)
            else:
                room.transport_lost(sid, target, _now())

    def _close_if_empty(self, name: str, room: Room) -> None:
        record = room.record
        patience = record.departure_timeout if room.was_used else record.empty_timeout
        if not room.participants and (_now() - room.empty_since).total_seconds() > patience:
            del self.rooms[name]
            self._voices.pop(name, None)
            if room.was_used:
                self._notify(name, fx.Notify("room_finished"))

    async def close(self) -> None:
        """Everyone is told to come back; all connections end."""
        for room in self.rooms.values():
            for participant in list(room.participants.values()):
                conversation.leave_to_rejoin(room, participant, _now())
            self.settle(room)
        await asyncio.gather(*self._closing, return_exceptions=True)


def _now() -> datetime:
    return datetime.now(UTC)
