"""One transport's media: whose each arriving packet is, and what the client's reports say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from signaling import rtcp
from signaling.layers import layer_of
from signaling.line import Line
from signaling.mux import Path
from signaling.outbound import OutboundTrack
from signaling.payloads import restore
from signaling.rtp import Header, find_two, read_extensions, read_header
from signaling.sdp import (
    LEVEL_EXTENSION,
    MID_EXTENSION,
    REPAIRED_RID_EXTENSION,
    RID_EXTENSION,
    TRANSPORT_EXTENSION,
)
from signaling.srtp import PacketBuffer
from signaling.streams import InboundStream, InboundTrack
from signaling.twcc import Feedback
from signaling.voices import UNKNOWN_LEVEL

if TYPE_CHECKING:
    from signaling.forwarder import Forwarder

_STREAMS_PER_TRANSPORT = 128


class Transport(Protocol):
    """The part of a connection that media needs."""

    path: Path | None
    tx: Any

    def send_rtcp(self, data: bytes) -> None:
        """Encrypts and sends RTCP."""

    def retire(self, ssrc: int) -> None:
        """Nothing is sent under this ssrc any more."""


@dataclass(frozen=True)
class Announced:
    """How a section names its packets: by ssrc, or by mid and rid extensions (ids by URI)."""

    mid: str
    ssrcs: tuple[int, ...] = ()
    extensions: Mapping[str, int] = field(default_factory=dict)
    repair_ssrcs: Mapping[int, int] = field(default_factory=dict)  # RTX ssrc -> what it repeats


class MediaPeer:
    """One transport's media: what the client sends on it and what it receives on it."""

    def __init__(self, transport: Transport, forwarder: "Forwarder") -> None:
        self.transport, self._forwarder = transport, forwarder
        self.line = Line()
        self.tracks: dict[str, InboundTrack] = {}  # by mid
        self._by_ssrc: dict[int, InboundStream] = {}
        self._repairs: dict[int, InboundStream] = {}  # by the ssrc of the retransmissions
        self._declared: dict[int, InboundTrack] = {}
        self._declared_repairs: dict[int, int] = {}
        self._extensions: dict[str, int] = {}
        self._level_id = self._transport_id = -1
        self.outbound: dict[int, OutboundTrack] = {}  # by our ssrc

    def publish(self, track: InboundTrack, announced: Announced) -> None:
        """From now on packets of this section belong to `track`."""
        self.tracks[announced.mid] = track
        self._extensions.update(announced.extensions)
        self._level_id = self._extensions.get(LEVEL_EXTENSION, -1)
        self._transport_id = self._extensions.get(TRANSPORT_EXTENSION, -1)
        self._declared_repairs.update(announced.repair_ssrcs)
        for ssrc in announced.ssrcs:
            self._declared[ssrc] = track

    def unpublish(self, track: InboundTrack) -> None:
        """Forgets a track and its streams."""
        self.tracks = {mid: other for mid, other in self.tracks.items() if other is not track}
        self._declared = {s: other for s, other in self._declared.items() if other is not track}
        self._by_ssrc = {s: x for s, x in self._by_ssrc.items() if x.track is not track}
        self._repairs = {s: x for s, x in self._repairs.items() if x.track is not track}
        self._declared_repairs = {
            s: repaired
            for s, repaired in self._declared_repairs.items()
            if repaired in self._declared
        }
        track.streams.clear()

    def close(self) -> None:
        """Lets go of every packet at once: the collector would not know how large they are."""
        for track in self.tracks.values():
            track.streams.clear()
        self.tracks, self._declared, self._by_ssrc, self._repairs = {}, {}, {}, {}
        self.outbound.clear()

    def streams(self) -> list[InboundStream]:
        """Everything the client sends here."""
        return list(self._by_ssrc.values())

    def on_rtp(self, packet: PacketBuffer, length: int) -> None:
        """A decrypted packet lies in `packet`."""
        data = packet.bytes
        header = read_header(data, length)
        if header is None:
            return
        now = self._forwarder.clock()
        level_at, transport_at = find_two(data, header, self._level_id, self._transport_id)
        if transport_at:
            self.line.arrivals.note(data[transport_at] << 8 | data[transport_at + 1], now)
        stream = self._by_ssrc.get(header.ssrc)
        if stream is None:
            if header.ssrc not in self._repairs:
                stream = self._learn(packet, header)
            if header.ssrc in self._repairs:
                self._on_repair(packet, header, length)
                return
        if stream is None or not self._understands(stream, header.payload_type):
            self._forwarder.counters.unknown += 1
            return
        if stream.track.kind == "video":
            self._forwarder.forward(stream, packet, header, length, now)
            return
        level = UNKNOWN_LEVEL
        if level_at:
            level = data[level_at] & 127
            if level < stream.track.level:
                stream.track.level = level
        self._forwarder.forward_voice(stream, packet, header, length, level, now)

    def _understands(self, stream: InboundStream, payload_type: int) -> bool:
        if payload_type == stream.payload_type:
            return True
        if payload_type not in stream.track.payload_types:
            return False
        self._forwarder.flush()
        stream.carries(payload_type)
        return True

    def _on_repair(self, packet: PacketBuffer, header: Header, length: int) -> None:
        """A retransmission: what it repeats goes on, unless it came after all."""
        stream = self._repairs[header.ssrc]
        repeats = stream.track.repairs.get(header.payload_type)
        if repeats is None or repeats != stream.payload_type:
            return
        length = restore(packet, header, length, stream.ssrc, repeats)
        original = read_header(packet.bytes, length)
        if original is not None:
            self._forwarder.forward_repaired(stream, packet, original, length)

    def _learn(self, packet: PacketBuffer, header: Header) -> InboundStream | None:
        """Finds the track of a new ssrc: declared in SDP, or named by mid and rid extensions."""
        if len(self._by_ssrc) + len(self._repairs) >= _STREAMS_PER_TRANSPORT:
            return None
        names = dict(read_extensions(packet.bytes, header))
        mid, rid, repaired = (
            names.get(self._extensions.get(uri, 0), b"").decode("ascii", "replace")
            for uri in (MID_EXTENSION, RID_EXTENSION, REPAIRED_RID_EXTENSION)
        )
        track = self.tracks.get(mid) or self._declared.get(header.ssrc)
        if repaired or header.ssrc in self._declared_repairs:
            self._learn_repair(header.ssrc, track, repaired)
            return None
        if track is None or header.payload_type not in track.payload_types:
            return None
        if track.rids and rid not in track.rids:
            return None
        stream = InboundStream(track, header.ssrc, layer_of(rid, track.rids))
        self._by_ssrc[header.ssrc] = track.streams[header.ssrc] = stream
        return stream

    def _learn_repair(self, ssrc: int, track: InboundTrack | None, rid: str) -> None:
        stream = self._by_ssrc.get(self._declared_repairs.get(ssrc, -1))
        if track is not None and rid in track.rids:
            layer = layer_of(rid, track.rids)
            stream = next((s for s in track.streams.values() if s.layer == layer), stream)
        if stream is not None:
            self._repairs[ssrc] = stream

    def on_rtcp(self, data: bytes) -> None:
        """A decrypted compound packet from the client."""
        for item in rtcp.read(data):
            if isinstance(item, rtcp.SenderReport):
                stream = self._by_ssrc.get(item.ssrc)
                if stream is not None:
                    self._forwarder.forward_report(stream, item)
            elif isinstance(item, Feedback):
                self.line.heard(item, self._forwarder.clock())
            elif isinstance(item, rtcp.Remb):
                self.line.remb_bps = item.bits_per_second
            else:
                self._on_report(item)

    def _on_report(self, item: rtcp.ReceptionReport | rtcp.Nack | rtcp.KeyFrameRequest) -> None:
        out = self.outbound.get(item.ssrc)
        if out is None:
            return
        if isinstance(item, rtcp.ReceptionReport):
            out.jitter = item.jitter
            self._time(out, item)
            self._forwarder.note_loss(out, item.fraction_lost, self.line.is_measured)
        elif isinstance(item, rtcp.Nack):
            self._forwarder.resend(out, item.sequences)
        elif out.current is not None:
            self._forwarder.ask_key_frame(out.current)

    def _time(self, out: OutboundTrack, report: rtcp.ReceptionReport) -> None:
        """The round trip since a sender report, passed on as it came (RFC 3550 6.4.1)."""
        stream = out.current
        if stream is not None and report.last_sr and report.last_sr == stream.last_sr:
            away = self._forwarder.clock() - stream.last_sr_at
            self.line.rtt = max(0.0, away - report.delay_since_sr / 65536)

    def tick(self, now: float) -> None:
        """Ten times a second: tells the client what arrived, and shares its line again."""
        media = next(iter(self._by_ssrc), 0)
        for packet in self.line.arrivals.take(rtcp.OUR_SSRC, media):
            self.transport.send_rtcp(packet)
        self.line.check(now)
        self._forwarder.divide(self)
