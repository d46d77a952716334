from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recordings.levels import LevelLine, Voice, join_spans, linear_loudness, loudness, peaks, spans


def voice(levels: list[int], offset_s: float = 0.0) -> Voice:
    return Voice("p1", offset_s, bytes(levels))


def test_the_loudest_packet_of_a_tenth_counts() -> None:
    line = LevelLine()
    for at_s, level in [(0.00, 50), (0.02, 90), (0.08, 60), (0.31, 100)]:
        line.packet(at_s, level)
    assert list(line.take(0.5)) == [90, 0, 0, 100, 0]


def test_taken_bins_are_not_taken_again() -> None:
    line = LevelLine()
    line.packet(0.05, 80)
    assert list(line.take(0.25)) == [80, 0]
    line.packet(0.05, 127)  # too late for the disk: the present bin takes it
    assert list(line.take(0.39)) == [127]
    assert line.take(0.39) == b""


def test_a_server_level_holds_until_the_next() -> None:
    line = LevelLine()
    line.hold(0.2, 100)
    line.hold(0.5, 0)
    assert list(line.take(0.8)) == [0, 0, 100, 100, 100, 100, 0, 0]


def test_loudness_turns_rfc_6464_round() -> None:
    assert [loudness(value) for value in (0, 50, 127, 200)] == [127, 77, 0, 0]
    assert [linear_loudness(value) for value in (1.0, 0.1, 0.0, 1e-9)] == [127, 107, 0, 0]


def test_spans_bridge_a_breath_and_split_at_silence() -> None:
    quiet, loud = [40], [90]
    levels = loud * 5 + quiet * 8 + loud * 2 + quiet * 9 + loud
    found = [(round(start, 1), round(end, 1)) for start, end in spans(voice(levels, 10.0))]
    assert found == [(10.0, 11.5), (12.4, 12.5)]


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0.1, 5)).map(lambda s: (s[0], s[0] + s[1])),
        max_size=20,
    )
)
def test_joined_spans_cover_all_and_stand_apart(given_spans: list[tuple[float, float]]) -> None:
    joined = join_spans(given_spans)
    for start, end in given_spans:
        assert any(a <= start and end <= b for a, b in joined)
    assert all(after[0] - before[1] > 0.8 for before, after in pairwise(joined))


def test_peaks_show_the_loudest_voice_at_its_place() -> None:
    first, second = voice([127] * 10), voice([64] * 10, offset_s=0.5)
    assert peaks([first, second], 2.0, 4) == [1.0, 1.0, 0.504, 0.0]
    assert peaks([], 0.0, 3) == [0.0, 0.0, 0.0]
