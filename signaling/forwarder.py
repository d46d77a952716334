"""The hot path: one decrypted packet in, one rewritten and encrypted copy out per receiver.

Nothing is decoded. Per packet in: read fixed offsets, find the stream, count. Per copy out: 12
header bytes packed into a reused buffer, payload copied, encrypted in place, sent.
"""

from collections.abc import Callable
from typing import Any, Protocol

from signaling import rtcp
from signaling.congestion import step
from signaling.layers import best_layer, layer_of
from signaling.mux import Path
from signaling.rtp import HEADER, Header, Vp8, read_extensions, read_header, read_vp8, shift_vp8
from signaling.sdp import LEVEL_EXTENSION, MID_EXTENSION, REPAIRED_RID_EXTENSION, RID_EXTENSION
from signaling.srtp import PacketBuffer
from signaling.streams import ALIVE_SECONDS, InboundStream, InboundTrack, OutboundTrack, Stored

_KEY_FRAME_SECONDS = 0.5  # requests for one stream are not sent closer together
_NACK_AGAIN_SECONDS = 0.1
_REPORT_SECONDS = 0.7  # reports that come closer together count once
_STREAMS_PER_TRANSPORT = 128


class Transport(Protocol):
    """The part of a connection that media needs."""

    path: Path | None
    tx: Any

    def send_rtcp(self, data: bytes) -> None:
        """Encrypts and sends RTCP."""


class Counters:
    """What passed, for metrics."""

    __slots__ = ("dropped", "packets_in", "packets_out", "resent", "unknown")

    def __init__(self) -> None:
        self.packets_in = self.packets_out = self.resent = self.dropped = self.unknown = 0


class MediaPeer:
    """One transport's media: what the client sends on it and what it receives on it."""

    def __init__(self, transport: Transport, forwarder: "Forwarder") -> None:
        self.transport, self._forwarder = transport, forwarder
        self.tracks: dict[str, InboundTrack] = {}  # by mid
        self._by_ssrc: dict[int, InboundStream] = {}
        self._declared: dict[int, InboundTrack] = {}
        self._extensions: dict[str, int] = {}
        self._level_id = -1
        self.outbound: dict[int, OutboundTrack] = {}  # by our ssrc

    def publish(
        self,
        track: InboundTrack,
        mid: str,
        ssrcs: tuple[int, ...],
        extensions: dict[str, int],
    ) -> None:
        """From now on packets of this section belong to `track`."""
        self.tracks[mid] = track
        self._extensions.update(extensions)
        self._level_id = self._extensions.get(LEVEL_EXTENSION, -1)
        for ssrc in ssrcs:
            self._declared[ssrc] = track

    def unpublish(self, track: InboundTrack) -> None:
        """Forgets a track and its streams."""
        self.tracks = {mid: other for mid, other in self.tracks.items() if other is not track}
        self._declared = {s: other for s, other in self._declared.items() if other is not track}
        self._by_ssrc = {s: x for s, x in self._by_ssrc.items() if x.track is not track}
        track.streams.clear()

    def streams(self) -> list[InboundStream]:
        """Everything the client sends here."""
        return list(self._by_ssrc.values())

    def on_rtp(self, packet: PacketBuffer, length: int) -> None:
        """A decrypted packet lies in `packet`."""
        header = read_header(packet.bytes, length)
        if header is None:
            return
        stream = self._by_ssrc.get(header.ssrc) or self._learn(packet, header)
        if stream is None or header.payload_type not in stream.track.payload_types:
            self._forwarder.counters.unknown += 1
            return
        track = stream.track
        if track.kind == "audio" and self._level_id >= 0:
            for name, value in read_extensions(packet.bytes, header):
                if name == self._level_id:
                    track.level = min(track.level, value[0] & 127)
        self._forwarder.forward(self, stream, packet, header, length)

    def _learn(self, packet: PacketBuffer, header: Header) -> InboundStream | None:
        """Finds the track of a new ssrc: declared in SDP, or named by mid and rid extensions."""
        if len(self._by_ssrc) >= _STREAMS_PER_TRANSPORT:
            return None
        names = dict(read_extensions(packet.bytes, header))
        wanted = self._extensions
        if wanted.get(REPAIRED_RID_EXTENSION, 0) in names:
            return None
        mid = names.get(wanted.get(MID_EXTENSION, 0), b"").decode("ascii", "replace")
        rid = names.get(wanted.get(RID_EXTENSION, 0), b"").decode("ascii", "replace")
        track = self.tracks.get(mid) or self._declared.get(header.ssrc)
        if track is None or header.payload_type not in track.payload_types:
            return None
        if track.rids and rid not in track.rids:
            return None
        stream = InboundStream(track, header.ssrc, layer_of(rid, track.rids))
        self._by_ssrc[header.ssrc] = track.streams[header.ssrc] = stream
        return stream

    def on_rtcp(self, data: bytes) -> None:
        """A decrypted compound packet from the client."""
        for item in rtcp.read(data):
            if isinstance(item, rtcp.SenderReport):
                stream = self._by_ssrc.get(item.ssrc)
                if stream is not None:
                    self._forwarder.forward_report(stream, item)
                continue
            out = self.outbound.get(item.ssrc)
            if out is None:
                continue
            if isinstance(item, rtcp.ReceptionReport):
                self._forwarder.note_loss(out, item.fraction_lost)
            elif isinstance(item, rtcp.Nack):
                self._forwarder.resend(out, item.sequences)
            elif out.current is not None:
                self._forwarder.ask_key_frame(out.current)


class Forwarder:
    """Sends every stream to its receivers; shared by all rooms of a worker."""

    def __init__(self, packet_out: PacketBuffer, clock: Callable[[], float]) -> None:
        self._out, self._clock = packet_out, clock
        self.counters = Counters()
        self._publishers: dict[str, MediaPeer] = {}  # by track sid

    def add(self, track: InboundTrack, peer: MediaPeer) -> None:
        """`peer` is asked for key frames and missing packets of `track`."""
        self._publishers[track.sid] = peer

    def remove(self, track: InboundTrack) -> None:
        """The opposite of `add`."""
        self._publishers.pop(track.sid, None)

    def forward(
        self,
        peer: MediaPeer,
        stream: InboundStream,
        packet: PacketBuffer,
        header: Header,
        length: int,
    ) -> None:
        """One packet to all receivers of its stream."""
        now, track, at = self._clock(), stream.track, header.payload_at
        self.counters.packets_in += 1
        gap = stream.note(header.sequence, header.timestamp, length, now)
        vp8 = None
        if track.kind == "video":
            vp8 = read_vp8(packet.bytes, at, length) if length > at else None
            self._keep(stream, packet, header, length, vp8)
            if gap:
                self._missed(peer, stream, gap, now)
        if not stream.alive:
            stream.alive = True
            self.retarget(track, now)
        starts = track.kind == "audio" or (vp8 is not None and vp8.starts_key_frame)
        payload = packet.view[at:length]
        for out in track.receivers:
            if out.current is not stream:
                if out.target is not stream or not starts:
                    continue
                out.switch(stream, header.sequence, header.timestamp, vp8, now)
            self._copy(out, header, payload, vp8, now)

    def _copy(
        self, out: OutboundTrack, header: Header, payload: memoryview, vp8: Vp8 | None, now: float
    ) -> None:
        sequence = header.sequence + out.sequence_offset & 0xFFFF
        timestamp = header.timestamp + out.timestamp_offset & 0xFFFFFFFF
        out.advance(sequence, timestamp, vp8, now)
        first, second = 0x80 | header.padding, header.marker | out.payload_type
        self._send(out, (first, second, sequence, timestamp, out.ssrc), payload)
        if vp8 is not None and (out.picture_offset or out.tl0_offset):
            shift_vp8(self._out.bytes, 12, vp8, out.picture_offset, out.tl0_offset)
        self._flush(out, 12 + len(payload))

    def _send(
        self,
        out: OutboundTrack,
        head: tuple[int, int, int, int, int],
        payload: memoryview | bytes,
    ) -> None:
        buffer = self._out.bytes
        HEADER.pack_into(buffer, 0, *head)
        buffer[12 : 12 + len(payload)] = payload

    def _flush(self, out: OutboundTrack, size: int) -> None:
        transport: Any = out.transport
        path, tx = transport.path, transport.tx
        if path is None or tx is None:
            return
        length = self._out.protect(tx, size)
        if length and path.send(self._out.view[:length]):
            out.packets += 1
            out.octets += size - 12
            self.counters.packets_out += 1
        else:
            self.counters.dropped += 1

    def _keep(
        self,
        stream: InboundStream,
        packet: PacketBuffer,
        header: Header,
        length: int,
        vp8: Vp8 | None,
    ) -> None:
        payload = bytes(packet.view[header.payload_at : length])
        stored = Stored(
            header.sequence, header.timestamp, header.marker, header.padding, payload, vp8
        )
        stream.ring[header.sequence % len(stream.ring)] = stored

    def _missed(self, peer: MediaPeer, stream: InboundStream, gap: int, now: float) -> None:
        if stream.miss(gap, now):
            self._nack(peer, stream, now)
        else:
            self.ask_key_frame(stream)

    def _nack(self, peer: MediaPeer, stream: InboundStream, now: float) -> None:
        due = stream.due_nacks(now, _NACK_AGAIN_SECONDS)
        if due:
            peer.transport.send_rtcp(rtcp.write_nack(stream.ssrc, due))

    def resend(self, out: OutboundTrack, sequences: tuple[int, ...]) -> None:
        """Answers a receiver's NACK from the publisher's ring."""
        for sequence in sequences:
            found = out.find(sequence)
            if found is None:
                continue
            stored, segment = found
            timestamp = stored.timestamp + segment.timestamp & 0xFFFFFFFF
            first, second = 0x80 | stored.padding, stored.marker | out.payload_type
            self._send(out, (first, second, sequence, timestamp, out.ssrc), stored.payload)
            if stored.vp8 is not None and (segment.picture or segment.tl0):
                shift_vp8(self._out.bytes, 12, stored.vp8, segment.picture, segment.tl0)
            self._flush(out, 12 + len(stored.payload))
            self.counters.resent += 1

    def forward_report(self, stream: InboundStream, report: rtcp.SenderReport) -> None:
        """Tells receivers the publisher's clock in their own numbers, for lip-sync."""
        stream.last_sr = report.ntp >> 16 & 0xFFFFFFFF
        stream.last_sr_at = self._clock()
        for out in stream.track.receivers:
            if out.current is stream:
                transport: Any = out.transport
                moved = report.rtp_timestamp + out.timestamp_offset
                transport.send_rtcp(
                    rtcp.write_sender_report(out.ssrc, report.ntp, moved, out.packets, out.octets)
                )

    def ask_key_frame(self, stream: InboundStream) -> None:
        """Asks the publisher, unless somebody just did."""
        now = self._clock()
        peer = self._publishers.get(stream.track.sid)
        if peer is not None and now - stream.key_frame_asked >= _KEY_FRAME_SECONDS:
            stream.key_frame_asked = now
            peer.transport.send_rtcp(rtcp.write_key_frame_request(stream.ssrc))

    def retarget(self, track: InboundTrack, now: float) -> None:
        """Chooses each receiver's stream again: wishes changed, or layers came or went."""
        flowing = {stream.layer: stream for stream in track.streams.values() if stream.alive}
        for out in track.receivers:
            if out.wanted is None:
                out.target = out.current = None
                continue
            wanted = min(out.wanted, out.ladder.ceiling)
            layer = best_layer(wanted, flowing) if track.rids else next(reversed(flowing), None)
            out.target = flowing.get(layer) if layer is not None else None
            if out.target is not None and out.target is not out.current and track.kind == "video":
                self.ask_key_frame(out.target)

    def note_loss(self, out: OutboundTrack, fraction: int) -> None:
        """A receiver reported its loss, in 1/256: its line may bear less, or more again."""
        now = self._clock()
        out.fraction_lost = fraction
        if out.kind == "video" and now - out.reported_at >= _REPORT_SECONDS:
            out.reported_at = now
            before, out.ladder = out.ladder, step(out.ladder, fraction / 256, now)
            if before.ceiling != out.ladder.ceiling:
                self.retarget(out.track, now)

    def tick(self, now: float) -> None:
        """Several times a second: repeats NACKs, notices stopped layers, repeats PLIs."""
        for peer in {id(peer): peer for peer in self._publishers.values()}.values():
            for stream in peer.streams():
                if stream.missing:
                    self._nack(peer, stream, now)
                if stream.alive and now - stream.last_seen > ALIVE_SECONDS:
                    stream.alive = False
                    self.retarget(stream.track, now)
        for sid in self._publishers:
            self._repeat_key_frames(sid)

    def _repeat_key_frames(self, sid: str) -> None:
        streams = {s for s in self._publishers[sid].streams() if s.track.sid == sid}
        for stream in streams:
            if stream.track.kind == "video" and any(
                out.target is stream and out.current is not stream for out in stream.track.receivers
            ):
                self.ask_key_frame(stream)

    def report(self, peer: MediaPeer, bits_per_second: int) -> None:
        """About once a second: reception reports and the video budget to one publisher."""
        streams = [stream for stream in peer.streams() if stream.alive]
        if not streams:
            return
        now = self._clock()
        peer.transport.send_rtcp(rtcp.write_receiver_report([s.report(now) for s in streams]))
        video = [stream.ssrc for stream in streams if stream.track.kind == "video"]
        if video:
            peer.transport.send_rtcp(rtcp.write_remb(video, bits_per_second))
