"""Transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01). No I/O.

ArrivalLog  what a publisher sent us, told back to it as feedback packets
SendLog     what we sent a receiver, against which its feedback is read
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_TICK = 0.00025  # of deltas, seconds
_REFERENCE = 0.064  # of reference times, seconds
_STATUSES_PER_PACKET = 400  # keeps a feedback packet below 1,100 bytes
_PENDING_AT_MOST = 2048  # arrivals between two feedbacks: more are not told
_DELTA_AT_MOST = 8.0  # seconds between two arrivals that one packet can tell
_STATUSES_READ_AT_MOST = 4096
_RUN_AT_MOST = 0x1FFF
LOG = 1024  # packets we wait to hear about, 2 s of 500 a second


class Feedback(NamedTuple):
    """Arrivals of `base`, `base + 1`, … by the receiver's clock (seconds), None for a lost one."""

    base: int
    arrivals: tuple[float | None, ...]


class Outcome(NamedTuple):
    """What became of one packet; the two clocks differ by a constant."""

    sent_at: float
    arrived_at: float | None
    size: int


class ArrivalLog:
    """Arrivals on one transport since the last feedback."""

    __slots__ = ("_count", "_last", "_next", "_pending")

    def __init__(self) -> None:
        self._pending: list[tuple[int, float]] = []
        self._last: int | None = None  # numbers are counted on past 16 bits
        self._next: int | None = None  # the first one not yet told of
        self._count = 0

    def note(self, sequence: int, now: float) -> None:
        """A packet with this transport-wide number came."""
        last = self._last if self._last is not None else sequence
        self._last = last + (sequence - last + 0x8000 & 0xFFFF) - 0x8000
        if len(self._pending) < _PENDING_AT_MOST:
            self._pending.append((self._last, now))

    def take(self, sender: int, media: int) -> list[bytes]:
        """Feedback packets about everything that came since the last call."""
        pending, self._pending = sorted(self._pending), []
        packets = []
        for base, arrivals in self._runs(pending):
            packets.append(write_feedback(sender, media, self._count, Feedback(base, arrivals)))
            self._count = self._count + 1 & 0xFF
        return packets

    def _runs(
        self, pending: list[tuple[int, float]]
    ) -> Iterator[tuple[int, tuple[float | None, ...]]]:
        """Stretches of consecutive numbers, each short enough for one packet."""
        base, arrivals = self._next, list[float | None]()
        before = 0.0
        for number, at in pending:
            base = number if base is None else base
            step = number - base - len(arrivals)
            if step < 0:
                continue  # told as lost already, or a duplicate
            far = bool(arrivals) and abs(at - before) > _DELTA_AT_MOST
            if far or len(arrivals) + step >= _STATUSES_PER_PACKET:
                if arrivals:
                    yield base & 0xFFFF, tuple(arrivals)
                base, arrivals, step = number, [], 0
            arrivals += [None] * step + [at]
            before = at
        if arrivals and base is not None:
            yield base & 0xFFFF, tuple(arrivals)
            self._next = base + len(arrivals)


def write_feedback(sender: int, media: int, count: int, feedback: Feedback) -> bytes:
    """One RTCP packet (type 205, format 15), padded to whole words."""
    known = [at for at in feedback.arrivals if at is not None]
    reference = int(known[0] / _REFERENCE) if known else 0
    statuses, deltas, before = [], [], round(reference * _REFERENCE / _TICK)
    for at in feedback.arrivals:
        if at is None:
            statuses.append(0)
            continue
        tick = int(at / _TICK)
        delta, before = tick - before, tick
        small = 0 <= delta <= 0xFF
        statuses.append(1 if small else 2)
        deltas.append(bytes([delta]) if small else struct.pack("!h", delta))
    body = struct.pack("!HH", feedback.base, len(statuses))
    body += (reference & 0xFFFFFF).to_bytes(3, "big") + bytes([count])
    body += b"".join(struct.pack("!H", chunk) for chunk in _chunks(statuses)) + b"".join(deltas)
    padding = -len(body) % 4
    if padding:
        body += bytes(padding - 1) + bytes([padding])
    first = 0x8F | (0x20 if padding else 0)
    return struct.pack("!BBHII", first, 205, 2 + len(body) // 4, sender, media) + body


def _chunks(statuses: Sequence[int]) -> Iterator[int]:
    """Run lengths where a run is long, else vectors of seven two-bit symbols."""
    at = 0
    while at < len(statuses):
        run = 1
        while at + run < len(statuses) and statuses[at + run] == statuses[at]:
            run += 1
        if run >= 7:
            yield statuses[at] << 13 | min(run, _RUN_AT_MOST)
            at += min(run, _RUN_AT_MOST)
            continue
        vector = 0xC000
        for place, status in enumerate(statuses[at : at + 7]):
            vector |= status << 12 - 2 * place
        yield vector
        at += 7


def read_feedback(packet: bytes) -> Feedback | None:
    """What an RTCP packet of type 205, format 15 says; None when it is cut short or too long."""
    if len(packet) < 20:
        return None
    base, count = struct.unpack_from("!HH", packet, 12)
    if not 0 < count <= _STATUSES_READ_AT_MOST:
        return None
    reference = int.from_bytes(packet[16:19], "big")
    statuses, at = list[int](), 20
    while len(statuses) < count:
        if at + 2 > len(packet):
            return None
        statuses += _symbols(packet[at] << 8 | packet[at + 1], count - len(statuses))
        at += 2
    return _timed(packet, at, base, reference, statuses[:count])


def _symbols(chunk: int, wanted: int) -> list[int]:
    if not chunk & 0x8000:
        return [chunk >> 13 & 3] * min(chunk & _RUN_AT_MOST, wanted)
    if chunk & 0x4000:
        return [chunk >> shift & 3 for shift in range(12, -1, -2)]
    return [chunk >> shift & 1 for shift in range(13, -1, -1)]


def _timed(
    packet: bytes, at: int, base: int, reference: int, statuses: Sequence[int]
) -> Feedback | None:
    now, arrivals = reference * _REFERENCE, list[float | None]()
    for status in statuses:
        if status == 0:
            arrivals.append(None)
            continue
        size = 1 if status == 1 else 2
        if status == 3 or at + size > len(packet):
            return None
        now += int.from_bytes(packet[at : at + size], "big", signed=size == 2) * _TICK
        arrivals.append(now)
        at += size
    return Feedback(base, tuple(arrivals))


class SendLog:
    """When and how large the last packets with transport-wide numbers were; `next` is free."""

    __slots__ = ("next", "sizes", "times")

    def __init__(self) -> None:
        self.next = 0
        self.times = [0.0] * LOG  # 0 once it is known what became of the packet
        self.sizes = [0] * LOG

    def note(self, size: int, now: float) -> int:
        """The number for a packet of `size` bytes that is sent now; the hot path does the same."""
        number, index = self.next, self.next & LOG - 1
        self.next = number + 1 & 0xFFFF
        self.times[index], self.sizes[index] = now, size
        return number

    def outcomes(self, feedback: Feedback) -> list[Outcome]:
        """What the receiver says of packets that we remember, each once."""
        found = []
        for distance, arrived_at in enumerate(feedback.arrivals):
            number = feedback.base + distance & 0xFFFF
            index = number & LOG - 1
            sent_at = self.times[index]
            if sent_at and 0 < (self.next - number & 0xFFFF) <= LOG:
                self.times[index] = 0.0
                found.append(Outcome(sent_at, arrived_at, self.sizes[index]))
        return found
