"""The ladder of video layers under loss."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.congestion import Ladder, step


def _run(ladder: Ladder, losses: list[float], start: float = 0.0) -> Ladder:
    for second, loss in enumerate(losses):
        ladder = step(ladder, loss, start + second)
    return ladder


def test_g1_one_bad_report_is_borne_two_are_not() -> None:
    assert _run(Ladder(), [0.2]).ceiling == 2
    assert _run(Ladder(), [0.2, 0.0, 0.2]).ceiling == 2
    assert _run(Ladder(), [0.2, 0.2]).ceiling == 1


def test_g2_on_a_line_that_stays_bad_the_lowest_is_reached_within_ten_seconds() -> None:
    assert _run(Ladder(), [0.3] * 10).ceiling == 0


def test_g3_a_clean_line_climbs_back_and_a_failed_try_waits_longer() -> None:
    low = _run(Ladder(), [0.3, 0.3])
    assert _run(low, [0.0] * 8, 2).ceiling == 1
    high = _run(low, [0.0] * 10, 2)
    assert high.ceiling == 2
    fallen = _run(high, [0.3] * 4, 12)
    assert fallen.ceiling == 1
    assert _run(fallen, [0.0] * 14, 16).ceiling == 1
    assert _run(fallen, [0.0] * 20, 16).ceiling == 2


@given(st.lists(st.floats(0, 1), max_size=60))
def test_g4_whatever_is_reported_the_ceiling_is_a_layer(losses: list[float]) -> None:
    ladder = Ladder()
    for second, loss in enumerate(losses):
        before, ladder = ladder, step(ladder, loss, second)
        assert 0 <= ladder.ceiling <= 2
        assert abs(ladder.ceiling - before.ceiling) <= 1
