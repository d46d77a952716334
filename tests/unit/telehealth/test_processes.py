from hypothesis import given
from hypothesis import strategies as st

from telehealth.processes import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    STEADY_SECONDS,
    pause_after,
)


def test_a_child_that_ran_steadily_is_started_again_at_once() -> None:
    assert pause_after(STEADY_SECONDS, LONGEST_PAUSE_SECONDS) == FIRST_PAUSE_SECONDS


@given(st.lists(st.floats(0, STEADY_SECONDS - 0.1), min_size=1, max_size=30))
def test_a_child_that_dies_at_once_is_started_more_and_more_slowly(lives: list[float]) -> None:
    pause, pauses = 0.0, []
    for lived in lives:
        pause = pause_after(lived, pause)
        pauses.append(pause)
    assert pauses == sorted(pauses)
    assert FIRST_PAUSE_SECONDS <= pauses[0] <= pauses[-1] <= LONGEST_PAUSE_SECONDS
