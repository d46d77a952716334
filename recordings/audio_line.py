"""Order one speaker's RTP packets and lay them on a gapless line of Opus (RFC 7845 4.1).

Packets pass unchanged. What was lost, or never sent while the speaker was silent (DTX) or muted,
becomes empty frames of the same duration: a second on the line is a second of the meeting.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from recordings.errors import MalformedOpus
from recordings.opus_packet import (
    SAMPLES_PER_SECOND,
    SHORTEST_FRAME_SAMPLES,
    bridge,
    packet_samples,
)

REORDER_WAIT_S = 0.120
"""How long a hole in the sequence numbers may fill before the packets behind it are laid down."""
REORDER_DEPTH = 64
STRAY_LIMIT_SAMPLES = SAMPLES_PER_SECOND // 2
"""The line may stray that far from arrival times (jitter, drift), but never further for long."""
STRAY_WINDOW_S = 0.5
"""Packets must be late for so long before the line believes that the sender's clock stood still;
after a stalled network a burst makes good sooner."""


@dataclass(frozen=True)
class VoicePacket:
    """One RTP packet of a speaker: header fields as on the wire, `payload` one Opus packet."""

    ssrc: int
    sequence: int
    timestamp: int
    arrived_s: float
    payload: bytes


class AudioLine:
    """One speaker's line, from the first packet on; no clock but the packets' arrival."""

    def __init__(self) -> None:
        """An empty line."""
        self._order = _Order()
        self._began_s: float | None = None
        self._samples = 0
        self._next_timestamp = 0
        self._ssrc: int | None = None
        self._toc = 0
        self._lag: tuple[float, int] | None = None

    def push(self, packet: VoicePacket) -> list[bytes]:
        """Take a packet in; return what the line grows by, which may be nothing yet."""
        self._order.put(packet)
        return self.settle(packet.arrived_s)

    def settle(self, now_s: float | None = None) -> list[bytes]:
        """What may be laid down at `now_s`; without it everything that waits."""
        grown: list[bytes] = []
        for packet in self._order.ready(now_s):
            grown += self._lay(packet)
        return grown

    def _lay(self, packet: VoicePacket) -> list[bytes]:
        try:
            samples = packet_samples(packet.payload)
        except MalformedOpus:
            return []  # leaves a hole, which the next packet bridges
        if self._began_s is None:
            self._began_s = packet.arrived_s
            hole = 0
        else:
            hole = self._hole_before(packet)
        filled = bridge(self._toc, hole)
        self._samples += hole + samples
        self._ssrc, self._toc = packet.ssrc, packet.payload[0]
        self._next_timestamp = (packet.timestamp + samples) & 0xFFFFFFFF
        return [*filled, packet.payload]

    def _hole_before(self, packet: VoicePacket) -> int:
        by_arrival = self._arrival_samples(packet) - self._samples
        step = _signed32(packet.timestamp - self._next_timestamp)
        restarted = packet.ssrc != self._ssrc or step < 0
        if restarted or step - by_arrival > STRAY_LIMIT_SAMPLES:
            self._lag = None  # the sender's clock began anew: only arrival tells the place
            return _whole_frames(max(0, by_arrival))
        return _whole_frames(step + self._stood_still(packet.arrived_s, by_arrival - step))

    def _stood_still(self, now_s: float, late: int) -> int:
        """Samples to make good because the sender's clock did not run while it sent nothing."""
        if late <= STRAY_LIMIT_SAMPLES:
            self._lag = None
            return 0
        since_s, least = self._lag or (now_s, late)
        self._lag = since_s, min(least, late)
        if now_s - since_s < STRAY_WINDOW_S:
            return 0
        self._lag = None
        return min(least, late)

    def _arrival_samples(self, packet: VoicePacket) -> int:
        assert self._began_s is not None
        return round((packet.arrived_s - self._began_s) * SAMPLES_PER_SECOND)


class _Order:
    """Packets in sequence; a hole is waited for a moment, a duplicate or late packet is dropped."""

    def __init__(self) -> None:
        self._ssrc: int | None = None
        self._next: int | None = None
        self._held: dict[int, VoicePacket] = {}
        self._left: list[VoicePacket] = []
        self._behind = 0

    def put(self, packet: VoicePacket) -> None:
        if packet.ssrc != self._ssrc or self._behind > REORDER_DEPTH:
            self._left += self._in_order()
            self._held.clear()
            self._ssrc, self._next = packet.ssrc, packet.sequence
        if (packet.sequence - (self._next or 0)) & 0xFFFF >= 0x8000:
            self._behind += 1  # many in a row are no stragglers: the sender counts anew
            return
        self._behind = 0
        self._held.setdefault(packet.sequence, packet)

    def ready(self, now_s: float | None) -> Iterator[VoicePacket]:
        yield from self._left
        self._left = []
        while self._held and self._next is not None:
            packet = self._held.pop(self._next, None) or self._skip_hole(now_s)
            if packet is None:
                return
            self._next = (packet.sequence + 1) & 0xFFFF
            yield packet

    def _skip_hole(self, now_s: float | None) -> VoicePacket | None:
        waited = (
            now_s is None or now_s - min(p.arrived_s for p in self._held.values()) >= REORDER_WAIT_S
        )
        if not waited and len(self._held) < REORDER_DEPTH:
            return None
        return self._held.pop(self._in_order()[0].sequence)

    def _in_order(self) -> list[VoicePacket]:
        start = self._next or 0
        return sorted(self._held.values(), key=lambda packet: (packet.sequence - start) & 0xFFFF)


def _signed32(value: int) -> int:
    return (value + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def _whole_frames(samples: int) -> int:
    return samples // SHORTEST_FRAME_SAMPLES * SHORTEST_FRAME_SAMPLES
