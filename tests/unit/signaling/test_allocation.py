"""Sharing a line: voices, then screens, then pictures."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.allocation import Wanted, share

_RATES = {0: 150_000.0, 1: 500_000.0, 2: 1_500_000.0}
_PICTURES = st.lists(
    st.builds(
        Wanted,
        key=st.integers(0, 1000),
        most=st.integers(0, 2),
        rates=st.dictionaries(st.integers(0, 2), st.floats(1_000, 3_000_000)),
        is_screen=st.booleans(),
        now=st.none() | st.integers(0, 2),
    ),
    max_size=8,
    unique_by=lambda wanted: wanted.key,
)


def test_g30_a_small_line_gives_all_a_small_picture_before_any_a_large_one() -> None:
    pictures = [Wanted(key, 2, _RATES, now=0) for key in range(3)]
    assert share(600_000, 100_000, pictures, True) == {0: 0, 1: 0, 2: 0}
    assert share(1_000_000, 100_000, pictures, True) == {0: 1, 1: 0, 2: 0}
    assert share(9_000_000, 100_000, pictures, True) == {0: 2, 1: 2, 2: 2}


def test_g31_voices_come_before_pictures_and_screens_before_faces() -> None:
    face, screen = Wanted(1, 2, _RATES), Wanted(2, 2, {0: 300_000.0}, is_screen=True)
    assert share(450_000, 110_000, [face, screen], True) == {2: 0, 1: None}
    assert share(450_000, 400_000, [face, screen], True) == {2: None, 1: None}
    assert share(450_000, 400_000, [face, screen], False) == {2: 0, 1: 0}


def test_g32_what_is_there_stays_where_a_newcomer_would_not_be_let_in() -> None:
    assert share(620_000, 100_000, [Wanted(1, 2, _RATES, now=0)], True) == {1: 0}
    assert share(620_000, 100_000, [Wanted(1, 2, _RATES, now=1)], True) == {1: 1}


def test_g33_a_picture_that_does_not_flow_yet_is_not_held_up() -> None:
    assert share(0, 0, [Wanted(1, 1, {})], True) == {1: 1}


@given(st.floats(0, 10_000_000), st.floats(0, 500_000), _PICTURES)
def test_g34_shares_never_exceed_the_line(
    budget: float, voices: float, pictures: list[Wanted]
) -> None:
    chosen = share(budget, voices, pictures, True)
    assert chosen.keys() == {wanted.key for wanted in pictures}
    spent = sum(
        wanted.rates.get(layer, 0.0)
        for wanted in pictures
        if (layer := chosen[wanted.key]) is not None
    )
    assert spent <= max(budget - voices, 0) + 1
    for wanted in pictures:
        layer, flowing = chosen[wanted.key], [x for x in wanted.rates if x <= wanted.most]
        assert layer is None or layer <= wanted.most or not flowing
