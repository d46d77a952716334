"""The state of what comes in and what goes out, a packet at a time. No clock, no socket.

InboundStream  one ssrc of a publisher: reception statistics, missing packets, a ring for resends
InboundTrack   one published track: its streams by layer and its receivers
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from signaling.rtcp import Reception
from signaling.rtp import NO_DESCRIPTOR, Descriptor, is_newer
from signaling.voices import Voice

if TYPE_CHECKING:
    from signaling.outbound import OutboundTrack

VIDEO_RING = 512  # packets, about 3 s of 1.5 Mbit/s
_MISSING_AT_MOST = 128
_NACK_TRIES = 6
CLOCK_RATES = {"audio": 48000, "video": 90000}
ALIVE_SECONDS = 1.5  # a simulcast layer silent for longer counts as stopped
_RATE_SECONDS = 1.0
_USUAL_BPS = (150_000.0, 500_000.0, 1_500_000.0)  # of the layers, until measured


class Stored(NamedTuple):
    """A packet kept for resends, without its header and padding."""

    sequence: int
    timestamp: int
    marker: int
    payload: bytes
    descriptor: Descriptor


class InboundStream:
    """One ssrc as received; times are seconds of the loop's clock."""

    __slots__ = (
        "_base",
        "_bytes_before",
        "_expected_before",
        "_last_transit",
        "_rated_at",
        "_received_before",
        "alive",
        "bytes",
        "clock_rate",
        "codec",
        "cycles",
        "descriptor",
        "fraction_lost",
        "highest",
        "jitter",
        "key_frame_asked",
        "last_seen",
        "last_sr",
        "last_sr_at",
        "layer",
        "missing",
        "outs",
        "passed",
        "passed_octets",
        "payload_type",
        "rate_bps",
        "received",
        "ring",
        "ssrc",
        "timestamp",
        "track",
        "train",
        "unwrapping",
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
        self.payload_type, self.codec = -1, ""  # of the latest packet
        self.timestamp, self.descriptor = 0, NO_DESCRIPTOR  # of the packet `highest`
        self.outs: list[OutboundTrack] = []  # receivers whose current stream it is
        self.unwrapping: list[OutboundTrack] = []  # as well, but they know no RED
        self.train: list[Stored] = []  # counted as handed on, but still waiting for the next
        self.passed = self.passed_octets = 0  # handed on to receivers
        self.rate_bps = 0.0 if track.kind == "audio" else _USUAL_BPS[layer if track.rids else 1]
        self._rated_at, self._bytes_before = float("-inf"), 0

    def has(self, sequence: int) -> bool:
        """Whether this packet came before, as far as the ring remembers."""
        stored = self.ring[sequence % VIDEO_RING]
        return stored is not None and stored.sequence == sequence

    def count(self, size: int) -> None:
        """A packet with a payload of `size` bytes was handed on."""
        self.passed += 1
        self.passed_octets += size

    def carries(self, payload_type: int) -> None:
        """The packets are of this payload type from now on: receivers start anew."""
        self.payload_type = payload_type
        self.codec = self.track.payload_types[payload_type]
        for out in (*self.outs, *self.unwrapping):
            out.leave()

    @property
    def extended(self) -> int:
        """The highest sequence number, counted on past 16 bits."""
        return self.cycles + self.highest

    def measure(self, now: float) -> None:
        """Called now and then: the bit rate of about the last second."""
        if now - self._rated_at >= _RATE_SECONDS:
            if self._rated_at > 0:
                self.rate_bps = 8 * (self.bytes - self._bytes_before) / (now - self._rated_at)
            self._rated_at, self._bytes_before = now, self.bytes

    def note(self, sequence: int, timestamp: int, size: int, now: float) -> int:
        """Counts a packet (RFC 3550 appendix A.1, A.8); how many before it are newly missing."""
        self.received += 1
        self.bytes += size
        self.last_seen = now
        transit = now * self.clock_rate - timestamp
        if self.highest < 0:
            self.highest = self._base = sequence
            self.timestamp, self._last_transit = timestamp, transit
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
        self.highest, self.timestamp = sequence, timestamp
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
    """A published track; `streams` by ssrc, `receivers` in the order they came.

    `payload_types` name the codec of each; `repairs` say which retransmission payload type stands
    for which. A microphone has a `voice`: while that is closed only `taps` receive it.
    """

    __slots__ = (
        "is_open",
        "is_unsettled",
        "kind",
        "level",
        "muted",
        "payload_types",
        "receivers",
        "repairs",
        "rids",
        "sid",
        "streams",
        "taps",
        "voice",
    )

    def __init__(
        self,
        sid: str,
        kind: str,
        payload_types: Mapping[int, str],
        rids: tuple[str, ...],
        *,
        repairs: Mapping[int, int] | None = None,
        voice: Voice | None = None,
    ) -> None:
        self.sid, self.kind, self.payload_types, self.rids = sid, kind, payload_types, rids
        self.repairs, self.voice = repairs or {}, voice
        self.streams: dict[int, InboundStream] = {}
        self.receivers: list[OutboundTrack] = []
        self.taps: list[OutboundTrack] = []  # those of the receivers who get every voice
        self.is_open = True  # receivers who are no taps get the voice
        self.is_unsettled = False  # a receiver waits for its target stream to start
        self.level = 127  # loudest since last read, in -dBov (RFC 6464)
        self.muted = False
