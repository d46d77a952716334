"""The state of what comes in and what goes out, a packet at a time. No clock, no socket.

InboundStream  one ssrc of a publisher: reception statistics, missing packets, a ring for resends
InboundTrack   one published track: its streams by layer and its receivers
OutboundTrack  one receiver's copy: offsets that keep numbers continuous across switches
"""

from collections import deque
from typing import NamedTuple

from signaling.congestion import Ladder
from signaling.rtcp import Reception
from signaling.rtp import Vp8, is_newer

VIDEO_RING = 512  # packets, about 3 s of 1.5 Mbit/s
_MISSING_AT_MOST = 128
_NACK_TRIES = 6
_SEGMENTS = 8  # switches remembered for resends
CLOCK_RATES = {"audio": 48000, "video": 90000}
ALIVE_SECONDS = 1.5  # a simulcast layer silent for longer counts as stopped


class Stored(NamedTuple):
    """A packet kept for resends, without its header."""

    sequence: int
    timestamp: int
    marker: int
    padding: int
    payload: bytes
    vp8: Vp8 | None


class InboundStream:
    """One ssrc as received; times are seconds of the loop's clock."""

    __slots__ = (
        "_base",
        "_expected_before",
        "_last_transit",
        "_received_before",
        "alive",
        "bytes",
        "clock_rate",
        "cycles",
        "fraction_lost",
        "highest",
        "jitter",
        "key_frame_asked",
        "last_seen",
        "last_sr",
        "last_sr_at",
        "layer",
        "missing",
        "received",
        "ring",
        "ssrc",
        "track",
    )

    def __init__(self, track: "InboundTrack", ssrc: int, layer: int) -> None:
        self.track, self.ssrc, self.layer = track, ssrc, layer
        self.clock_rate = CLOCK_RATES[track.kind]
        self.ring: list[Stored | None] = [None] * (VIDEO_RING if track.kind == "video" else 0)
        self.alive = False
        self.last_seen = self.jitter = self._last_transit = self.last_sr_at = 0.0
        self.received = self.bytes = self.cycles = self.last_sr = self.fraction_lost = 0
        self._expected_before = self._received_before = 0
        self.highest = self._base = -1
        self.missing: dict[int, tuple[int, float]] = {}  # sequence -> tries, next try at
        self.key_frame_asked = float("-inf")

    def note(self, sequence: int, timestamp: int, size: int, now: float) -> int:
        """Counts a packet (RFC 3550 appendix A.1, A.8); how many before it are newly missing."""
        self.received += 1
        self.bytes += size
        self.last_seen = now
        transit = now * self.clock_rate - timestamp
        if self.highest < 0:
            self.highest = self._base = sequence
            self._last_transit = transit
            return 0
        change = abs(transit - self._last_transit)
        self._last_transit = transit
        if change < self.clock_rate:  # else the 32-bit timestamp went round, or a long silence
            self.jitter += (change - self.jitter) / 16
        if not is_newer(sequence, self.highest):
            self.missing.pop(sequence, None)
            return 0
        gap = (sequence - self.highest & 0xFFFF) - 1
        if sequence < self.highest:
            self.cycles += 0x10000
        self.highest = sequence
        return gap

    def miss(self, gap: int, now: float) -> bool:
        """Notes the `gap` packets before the highest as missing; False when hopelessly many."""
        if gap + len(self.missing) > _MISSING_AT_MOST:
            self.missing.clear()
            return False
        for distance in range(gap, 0, -1):
            self.missing[self.highest - distance & 0xFFFF] = (0, now)
        return True

    def due_nacks(self, now: float, again_seconds: float) -> list[int]:
        """The sequence numbers to ask for now; each is asked for a few times, then given up."""
        due = [sequence for sequence, (_, at) in self.missing.items() if at <= now]
        for sequence in due:
            tries = self.missing[sequence][0] + 1
            if tries > _NACK_TRIES:
                del self.missing[sequence]
            else:
                self.missing[sequence] = (tries, now + again_seconds)
        return [sequence for sequence in due if sequence in self.missing]

    def report(self, now: float) -> Reception:
        """The report block for the time since the last one."""
        highest = self.cycles + max(self.highest, 0)
        expected = highest - max(self._base, 0) + 1
        lost_since = (expected - self._expected_before) - (self.received - self._received_before)
        expected_since = expected - self._expected_before
        self._expected_before, self._received_before = expected, self.received
        fraction = min(255, (lost_since << 8) // expected_since) if expected_since > 0 else 0
        self.fraction_lost = max(0, fraction)
        delay = int((now - self.last_sr_at) * 65536) if self.last_sr else 0
        lost = expected - self.received
        jitter = int(self.jitter)
        return Reception(self.ssrc, self.fraction_lost, lost, highest, jitter, self.last_sr, delay)


class InboundTrack:
    """A published track; `streams` by ssrc, `receivers` in the order they came."""

    __slots__ = ("kind", "level", "muted", "payload_types", "receivers", "rids", "sid", "streams")

    def __init__(
        self, sid: str, kind: str, payload_types: frozenset[int], rids: tuple[str, ...]
    ) -> None:
        self.sid, self.kind, self.payload_types, self.rids = sid, kind, payload_types, rids
        self.streams: dict[int, InboundStream] = {}
        self.receivers: list[OutboundTrack] = []
        self.level = 127  # loudest since last read, in -dBov (RFC 6464)
        self.muted = False


class _Segment(NamedTuple):
    """From `first` on (outgoing numbers), packets came from `stream` with these offsets."""

    first: int
    stream: InboundStream
    sequence: int
    timestamp: int
    picture: int
    tl0: int


class OutboundTrack:
    """One receiver's copy of a track; `target` is the stream it should get, `current` the one
    it gets now. A switch waits for a key frame of the target and keeps every number continuous."""

    __slots__ = (
        "_segments",
        "current",
        "fraction_lost",
        "kind",
        "ladder",
        "last_picture",
        "last_sent_at",
        "last_sequence",
        "last_timestamp",
        "last_tl0",
        "octets",
        "packets",
        "payload_type",
        "picture_offset",
        "reported_at",
        "sequence_offset",
        "ssrc",
        "started",
        "target",
        "timestamp_offset",
        "tl0_offset",
        "track",
        "transport",
        "wanted",
    )

    def __init__(
        self, track: InboundTrack, transport: object, ssrc: int, payload_type: int
    ) -> None:
        self.track, self.transport, self.kind = track, transport, track.kind
        self.ssrc, self.payload_type = ssrc, payload_type
        self.wanted: int | None = 2
        self.current: InboundStream | None = None
        self.target: InboundStream | None = None
        self.started = False
        self.sequence_offset = self.timestamp_offset = self.picture_offset = self.tl0_offset = 0
        self.last_sequence = self.last_timestamp = self.last_picture = self.last_tl0 = 0
        self.last_sent_at = 0.0
        self.packets = self.octets = self.fraction_lost = 0
        self.ladder, self.reported_at = Ladder(), float("-inf")
        self._segments: deque[_Segment] = deque(maxlen=_SEGMENTS)

    def switch(
        self, stream: InboundStream, sequence: int, timestamp: int, vp8: Vp8 | None, now: float
    ) -> None:
        """Continues from `stream`, whose packet at hand starts a frame that needs no other."""
        if self.started:
            self.sequence_offset = self.last_sequence + 1 - sequence & 0xFFFF
            elapsed = max(1, int((now - self.last_sent_at) * stream.clock_rate))
            self.timestamp_offset = self.last_timestamp + elapsed - timestamp & 0xFFFFFFFF
            if vp8 is not None:
                self.picture_offset = self.last_picture + 1 - vp8.picture_id
                self.tl0_offset = self.last_tl0 + 1 - vp8.tl0
        else:
            self.last_sequence = sequence - 1 & 0xFFFF
            self.last_timestamp, self.last_sent_at = timestamp, now
        self.started, self.current = True, stream
        first = sequence + self.sequence_offset & 0xFFFF
        self._segments.append(
            _Segment(
                first,
                stream,
                self.sequence_offset,
                self.timestamp_offset,
                self.picture_offset,
                self.tl0_offset,
            )
        )

    def advance(self, sequence: int, timestamp: int, vp8: Vp8 | None, now: float) -> None:
        """Remembers the newest outgoing numbers, from which the next switch continues."""
        if is_newer(sequence, self.last_sequence):
            self.last_sequence, self.last_timestamp, self.last_sent_at = sequence, timestamp, now
            if vp8 is not None:
                self.last_picture = vp8.picture_id + self.picture_offset
                self.last_tl0 = vp8.tl0 + self.tl0_offset

    def find(self, sequence: int) -> tuple[Stored, _Segment] | None:
        """The stored packet behind an outgoing number and the offsets it went out with."""
        for segment in reversed(self._segments):
            if sequence == segment.first or is_newer(sequence, segment.first):
                ring = segment.stream.ring
                original = sequence - segment.sequence & 0xFFFF
                stored = ring[original % len(ring)] if ring else None
                return (stored, segment) if stored and stored.sequence == original else None
        return None
