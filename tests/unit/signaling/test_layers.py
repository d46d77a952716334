"""Which layer a receiver gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.layers import Wish, best_layer, layer_of, needed_layers, wanted_layer

SIZES = ((320, 180), (640, 360), (1280, 720))


@pytest.mark.parametrize(
    ("wish", "layer"),
    [
        (Wish(), 2),
        (Wish(quality=0), 0),
        (Wish(disabled=True), None),
        (Wish(quality=3), None),  # OFF
        (Wish(width=200, height=112), 0),
        (Wish(width=320, height=180), 0),
        (Wish(width=321, height=180), 1),
        (Wish(width=180, height=320), 0),  # a portrait tile
        (Wish(width=4000, height=2000), 2),
    ],
)
def test_l1_the_smallest_layer_that_fills_the_tile(wish: Wish, layer: int | None) -> None:
    assert wanted_layer(wish, SIZES) == layer


@given(st.integers(0, 2), st.frozensets(st.integers(0, 2)))
def test_l2_never_above_what_is_wanted_if_it_can_be_helped(
    wanted: int, flowing: frozenset[int]
) -> None:
    chosen = best_layer(wanted, flowing)
    assert (chosen is None) == (not flowing)
    if chosen is not None:
        assert chosen in flowing
        below = [layer for layer in flowing if layer <= wanted]
        assert chosen == (max(below) if below else min(flowing))


def test_l3_layers_nobody_wants_are_not_needed() -> None:
    assert needed_layers([None, 0, 1, 1]) == {0, 1}
    assert needed_layers([None]) == frozenset()


def test_l4_rids_name_layers_in_either_order() -> None:
    assert [layer_of(rid, ("f", "h", "q")) for rid in "qhf"] == [0, 1, 2]
    assert [layer_of(rid, ("lo", "hi")) for rid in ("lo", "hi")] == [0, 1]
    assert layer_of("", ()) == 0
