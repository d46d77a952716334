"""Which voices go to whom. No network."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from signaling.outbound import Delivery
from signaling.voices import Voice, Voices
from tests.support.forwarding import CODECS, ForwardingBench


def test_f56_beside_three_who_speak_a_fourth_is_heard_by_the_recorder_only() -> None:
    room = Voices(3)
    for _ in range(3):
        Voice(room).hear(20, 100.0)
    bench = ForwardingBench("audio", voice=Voice(room))
    _, tap, _ = bench.joins(Delivery(56, CODECS["audio"], every_voice=True))
    for number in range(1, 6):
        bench.packet(number, number * 960, level=40)
    assert bench.receiver.packets() == []
    assert [h.sequence for h, _ in tap.packets()] == [1, 2, 3, 4, 5]
    bench.now += 3  # the others have fallen silent
    for number in range(6, 9):
        bench.packet(number, number * 960, level=40)
    assert [(h.sequence, h.timestamp) for h, _ in bench.receiver.packets()] == [
        (number, number * 960) for number in (6, 7, 8)
    ]
    assert [h.sequence for h, _ in tap.packets()] == [6, 7, 8]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=20))
def test_f57_a_voice_that_pauses_and_returns_has_continuous_numbers_and_true_time(
    runs: list[tuple[bool, int]],
) -> None:
    room = Voices(1)
    bench = ForwardingBench("audio", voice=Voice(room))
    rival = Voice(room)
    sequence, sent, due = 65530, [], []
    for is_heard, count in runs:
        bench.now += 10
        if not is_heard:
            rival.hear(0, bench.now)
        else:
            rival.leave()
        for _ in range(count):
            sequence += 1
            bench.packet(sequence, sequence * 960 & 0xFFFFFFFF, level=60)
            due += [sequence * 960 & 0xFFFFFFFF] if is_heard else []
        sent += bench.receiver.packets()
    numbers = [header.sequence for header, _ in sent]
    assert all(b == a + 1 & 0xFFFF for a, b in itertools.pairwise(numbers))
    assert [header.timestamp for header, _ in sent] == due


def test_f58_a_voice_that_is_not_heard_costs_no_copy_and_is_counted() -> None:
    room = Voices(1)
    Voice(room).hear(20, 100.0)
    bench = ForwardingBench("audio", voice=Voice(room))
    for number in range(10):
        bench.packet(number, level=90)
    assert (bench.forwarder.counters.unheard, bench.forwarder.counters.packets_out) == (10, 0)
    assert bench.track.streams[7].received == 10
    assert bench.track.level == 90  # speakers are told from all
