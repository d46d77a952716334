"""One receiver's copy of a track: offsets that keep its numbers continuous. No clock, no socket."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from signaling.congestion import Ladder
from signaling.layers import HIGHEST
from signaling.media_codecs import OPUS, RED, Codec
from signaling.rtp import Descriptor
from signaling.streams import InboundStream, InboundTrack, Stored
from signaling.twcc import SendLog

_RESENDS_AT_ONCE, _RESEND_SECONDS = 60, 0.1
_SEGMENTS = 32  # switches, pauses and padding remembered for resends


@dataclass(frozen=True)
class Delivery:
    """How a receiver agreed to get a track: `codecs` by the publisher's payload type."""

    ssrc: int
    codecs: Mapping[int, Codec] = field(default_factory=dict)
    rtx_ssrc: int = 0  # 0: resends go under the ssrc itself
    transport_id: int = 0  # id of the transport-wide number's header extension, 0 for none
    every_voice: bool = False
    is_screen: bool = False
    may_pause: bool = True  # else a picture gets its smallest layer at least

    @property
    def ssrcs(self) -> tuple[int, ...]:
        """All it is sent under."""
        return (self.ssrc, self.rtx_ssrc) if self.rtx_ssrc else (self.ssrc,)


class Segment:
    """A run of packets of `stream` that went out with the same offsets.

    It goes from `first` to `last`, or on and on while that is -1; both are the stream's numbers,
    counted on past 16 bits."""

    __slots__ = ("first", "last", "picture", "sequence", "stream", "timestamp", "tl0")

    def __init__(self, stream: InboundStream, first: int, out: "OutboundTrack") -> None:
        self.stream, self.first, self.last = stream, first, -1
        self.sequence, self.timestamp = out.sequence_offset, out.timestamp_offset
        self.picture, self.tl0 = out.picture_offset, out.tl0_offset

    def holds(self, sequence: int) -> bool:
        """Whether the stream's packet of this number belongs here."""
        last = self.last if self.last >= 0 else self.stream.extended
        behind = last - sequence & 0xFFFF
        return behind < 0x8000 and last - behind >= self.first


class OutboundTrack:
    """`target` is the stream a receiver should get, `current` the one it gets every packet of.

    A switch waits for a key frame of the target. Nothing is remembered per packet: what was sent
    last is known from the stream itself until `leave`.
    """

    __slots__ = (
        "_last_sent_at",
        "_octets",
        "_packets",
        "_segments",
        "_source",
        "allowed",
        "current",
        "delivery",
        "fraction_lost",
        "is_thrifty",
        "jitter",
        "kind",
        "ladder",
        "last_picture",
        "last_sequence",
        "last_timestamp",
        "last_tl0",
        "log",
        "payload_type",
        "picture_offset",
        "reported_at",
        "resends",
        "resends_since",
        "rtx_payload_type",
        "rtx_sequence",
        "sequence_offset",
        "shifts",
        "ssrc",
        "target",
        "timestamp_offset",
        "tl0_offset",
        "track",
        "transport",
        "transport_id",
        "unwraps",
        "wanted",
    )

    def __init__(
        self, track: InboundTrack, transport: object, delivery: Delivery, log: SendLog
    ) -> None:
        self.track, self.transport, self.kind = track, transport, track.kind
        self.delivery, self.ssrc = delivery, delivery.ssrc
        self.transport_id = delivery.transport_id
        self.log = log
        self.payload_type, self.rtx_payload_type = -1, 0
        self.is_thrifty = False  # its line is too narrow for redundancy
        self.unwraps = False  # gets the newest block of each RED packet only
        self.wanted: int | None = HIGHEST  # by the receiver
        self.allowed: int | None = HIGHEST  # by its line
        self.current: InboundStream | None = None
        self.target: InboundStream | None = None
        self._source: InboundStream | None = None  # of the last segment
        self.sequence_offset = self.timestamp_offset = self.picture_offset = self.tl0_offset = 0
        self.shifts = False
        self.last_sequence = self.last_timestamp = self.last_picture = self.last_tl0 = 0
        self._last_sent_at = 0.0
        self._packets = self._octets = self.fraction_lost = self.rtx_sequence = 0
        self.jitter = 0  # as its receiver measures it, in units of the clock rate
        self.ladder, self.reported_at = Ladder(), float("-inf")
        self.resends, self.resends_since = 0, float("-inf")
        self._segments: deque[Segment] = deque(maxlen=_SEGMENTS)

    @property
    def is_paused(self) -> bool:
        """Whether it would get packets, did its line bear them."""
        return self.wanted is not None and self.allowed is None

    @property
    def packets(self) -> int:
        """Packets sent, for sender reports."""
        return self._packets + (self.current.passed if self.current else 0)

    @property
    def octets(self) -> int:
        """Payload bytes sent, for sender reports."""
        return self._octets + (self.current.passed_octets if self.current else 0)

    def takes(self, payload_type: int) -> bool:
        """Learns under which number this receiver gets packets of the publisher's payload type;
        False when it knows no such codec. RED comes unwrapped to those who know plain Opus only."""
        codecs = self.delivery.codecs
        codec = codecs.get(payload_type)
        is_red = self.track.payload_types.get(payload_type) == RED
        self.unwraps = is_red and (codec is None or self.is_thrifty)
        if self.unwraps:
            codec = next((known for known in codecs.values() if known.name == OPUS), None)
        self.payload_type = codec.payload_type if codec else -1
        self.rtx_payload_type = codec.rtx if codec else 0
        return codec is not None

    def save(self, is_thrifty: bool) -> None:
        """RED comes unwrapped from now on, or whole again."""
        if is_thrifty != self.is_thrifty:
            self.is_thrifty = is_thrifty
            self.leave()

    def switch(
        self,
        stream: InboundStream,
        sequence: int,
        timestamp: int,
        descriptor: Descriptor,
        now: float,
    ) -> bool:
        """Continues from `stream`, whose packet at hand starts a frame that needs no other."""
        self.leave()
        if not self.takes(stream.payload_type):
            return False
        if self._source is not None:
            self.sequence_offset = self.last_sequence + 1 - sequence & 0xFFFF
            self.picture_offset = self.last_picture + 1 - descriptor.picture_id
            self.tl0_offset = self.last_tl0 + 1 - descriptor.tl0
            self.shifts = descriptor.picture_id_at > 0 or descriptor.tl0_at > 0
            if self._source is not stream:  # the same one kept its own time meanwhile
                elapsed = max(1, int((now - self._last_sent_at) * stream.clock_rate))
                self.timestamp_offset = self.last_timestamp + elapsed - timestamp & 0xFFFFFFFF
        self.current = self._source = stream
        self._packets -= stream.passed
        self._octets -= stream.passed_octets
        first = stream.extended - (stream.highest - sequence & 0xFFFF)
        self._segments.append(Segment(stream, first, self))
        (stream.unwrapping if self.unwraps else stream.outs).append(self)
        return True

    def leave(self) -> None:
        """Gets no more of the current stream: remembers its last numbers, to continue from."""
        stream = self.current
        if stream is None:
            return
        self._packets += stream.passed
        self._octets += stream.passed_octets
        self._segments[-1].last = stream.extended
        self.last_sequence = stream.highest + self.sequence_offset & 0xFFFF
        self.last_timestamp = stream.timestamp + self.timestamp_offset & 0xFFFFFFFF
        self.last_picture = stream.descriptor.picture_id + self.picture_offset
        self.last_tl0 = stream.descriptor.tl0 + self.tl0_offset
        self._last_sent_at = stream.last_seen
        self.current = None
        (stream.unwrapping if self.unwraps else stream.outs).remove(self)
        self.track.is_unsettled = True

    def skip(self) -> None:
        """The stream's newest packet is not for receivers: closes the hole."""
        stream, segment = self.current, self._segments[-1]
        if stream is None:
            return
        self.sequence_offset = self.sequence_offset - 1 & 0xFFFF
        if segment.first == stream.extended:  # one padding packet after another
            self._segments.pop()
        else:
            segment.last = stream.extended - 1
        self._segments.append(Segment(stream, stream.extended + 1, self))

    def resend_room(self, now: float) -> int:
        """How many packets may be resent now: a receiver cannot make us flood its line."""
        if now - self.resends_since >= _RESEND_SECONDS:
            self.resends, self.resends_since = 0, now
        return max(0, _RESENDS_AT_ONCE - self.resends)

    def late(self, stream: InboundStream, sequence: int) -> Segment | None:
        """With which offsets an older packet of a stream goes out, None when it must not."""
        for segment in reversed(self._segments):
            if segment.stream is stream and segment.holds(sequence):
                return segment
        return None

    def find(self, sequence: int) -> tuple[Stored, Segment] | None:
        """The stored packet behind an outgoing number and the offsets it went out with."""
        for segment in reversed(self._segments):
            original = sequence - segment.sequence & 0xFFFF
            if segment.holds(original):
                ring = segment.stream.ring
                stored = ring[original % len(ring)] if ring else None
                return (stored, segment) if stored and stored.sequence == original else None
        return None
