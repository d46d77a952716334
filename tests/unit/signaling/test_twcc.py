"""Transport-wide feedback: written, read, matched with what was sent."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from signaling import rtcp
from signaling.twcc import LOG, ArrivalLog, Feedback, SendLog, read_feedback, write_feedback

_ARRIVALS = st.lists(st.none() | st.floats(1000, 1005), min_size=1, max_size=390)


def _read(packet: bytes) -> Feedback:
    (item,) = rtcp.read(packet)
    assert isinstance(item, Feedback)
    return item


@given(st.integers(0, 0xFFFF), _ARRIVALS)
def test_g20_feedback_is_read_as_it_was_written(base: int, arrivals: list[float | None]) -> None:
    packet = write_feedback(1, 2, 3, Feedback(base, tuple(arrivals)))
    assert len(packet) % 4 == 0
    assert len(packet) < 1200
    read = _read(packet)
    assert read.base == base
    assert len(read.arrivals) == len(arrivals)
    for ours, theirs in zip(arrivals, read.arrivals, strict=True):
        assert (ours is None) == (theirs is None)
        assert ours is None or theirs is None or abs(ours - theirs) < 0.001


def test_g21_feedback_has_the_drafts_layout() -> None:
    # 5 and 6 came, 7 did not, 8 came 70 ms later: a two-byte delta.
    packet = write_feedback(1, 7, 9, Feedback(5, (0.064, 0.065, None, 0.135)))
    head = struct.pack("!BBHII", 0xAF, 205, 6, 1, 7)
    body = struct.pack("!HH", 5, 4) + b"\x00\x00\x01\x09"
    chunk = struct.pack("!H", 0b11_01_01_00_10_00_00_00)
    assert packet == head + body + chunk + bytes([0, 4]) + struct.pack("!h", 280) + b"\x00\x02"


@given(st.binary(max_size=80), st.integers(0, 0xFFFF))
def test_g22_any_bytes_are_read_or_refused(noise: bytes, count: int) -> None:
    read_feedback(noise)
    packet = struct.pack("!BBHIIHHI", 0x8F, 205, 0, 1, 2, 3, count, 4) + noise
    read_feedback(packet)
    padded = packet + bytes(-len(packet) % 4)
    whole = padded[:2] + struct.pack("!H", len(padded) // 4 - 1) + padded[4:]
    list(rtcp.read(whole))


@given(st.integers(0, 0xFFFF), st.lists(st.integers(0, 900), max_size=300), st.integers(0, 299))
def test_g23_a_publisher_is_told_of_every_packet_once(
    start: int, steps: list[int], cut: int
) -> None:
    log, now, number = ArrivalLog(), 5.0, start
    came, told = dict[int, float](), dict[int, float]()
    for index, step in enumerate(steps):
        number, now = number + 1 + step % 3, now + step / 10_000
        came[number & 0xFFFF] = now
        log.note(number & 0xFFFF, now)
        if index in (cut, len(steps) - 1):
            for packet in log.take(1, 2):
                read = _read(packet)
                for distance, at in enumerate(read.arrivals):
                    if at is not None:
                        assert read.base + distance & 0xFFFF not in told
                        told[read.base + distance & 0xFFFF] = at
    assert told.keys() == came.keys()
    assert all(abs(told[number] - at) < 0.001 for number, at in came.items())
    assert log.take(1, 2) == []


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 1e6)), max_size=100))
def test_g24_wild_numbers_of_a_client_cost_little(wild: list[tuple[int, float]]) -> None:
    log = ArrivalLog()
    for number, at in wild:
        log.note(number, at)
    packets = log.take(1, 2)
    assert len(packets) <= len(wild)
    assert all(len(packet) < 1200 for packet in packets)


def test_g25_outcomes_are_known_once_and_only_of_what_is_remembered() -> None:
    log = SendLog()
    log.next = 65534
    numbers = [log.note(100 + index, 1.0 + index) for index in range(4)]
    assert numbers == [65534, 65535, 0, 1]
    feedback = Feedback(65533, (9.0, 9.1, None, 9.3))
    told = [(o.sent_at, o.arrived_at, o.size) for o in log.outcomes(feedback)]
    assert told == [(1.0, 9.1, 100), (2.0, None, 101), (3.0, 9.3, 102)]
    assert log.outcomes(feedback) == []
    for _ in range(LOG):
        log.note(1, 5.0)
    assert log.outcomes(Feedback(1, (9.4,))) == []
