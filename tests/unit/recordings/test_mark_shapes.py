from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.archive_snapshot import KeptMark
from recordings.mark_shapes import outline
from viewer.view_state import MARK_KINDS

SIZE = (64.0, 48.0)
coordinate = st.floats(-1e5, 1e5)
points = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=8)


def a_mark(kind: str, *at: tuple[float, float]) -> KeptMark:
    return KeptMark(UUID(int=1), kind, "1", "2", "3", 1, at)


@given(st.sampled_from(["length", "angle", "ellipse", "arrow", "roi", "text"]), points)
def test_every_line_lies_inside_the_image(kind: str, at: list[tuple[float, float]]) -> None:
    lines = outline(a_mark(kind, *(at if kind == "roi" else at[:2])), SIZE)
    assert all(
        0 <= column <= SIZE[0] and 0 <= row <= SIZE[1] for one in lines for column, row in one
    )
    assert all(len(one) >= 2 for one in lines)


@pytest.mark.parametrize("kind", MARK_KINDS)
def test_no_kind_of_mark_is_lost_on_filing(kind: str) -> None:
    corners = ((10.0, 10.0), (30.0, 20.0), (20.0, 30.0))
    drawn = outline(a_mark(kind, *(corners if kind == "angle" else corners[:2])), SIZE)
    assert bool(drawn) is (kind != "text")  # whose words are filed instead


def test_shapes() -> None:
    assert outline(a_mark("length", (1, 2), (3, 4)), SIZE) == [[(1, 2), (3, 4)]]
    assert outline(a_mark("text", (1, 2)), SIZE) == []
    [box] = outline(a_mark("roi", (1, 2), (3, 4)), SIZE)
    assert box == [(1, 2), (3, 2), (3, 4), (1, 4), (1, 2)]
    [ring] = outline(a_mark("roi", (1, 1), (5, 1), (5, 5)), SIZE)
    assert ring[0] == ring[-1]
    assert outline(a_mark("angle", (1, 2), (3, 4), (5, 2)), SIZE) == [[(1, 2), (3, 4), (5, 2)]]


def test_arrow_points_where_the_hand_was_pressed() -> None:
    shaft, head = outline(a_mark("arrow", (10, 10), (30, 10)), SIZE)
    assert (shaft[0], head[1]) == ((10, 10), (10, 10))
    assert all(column > 10 for column, _ in (head[0], head[2]))


def test_ellipse_fills_the_box_of_its_corners() -> None:
    [ring] = outline(a_mark("ellipse", (50, 5), (10, 25)), SIZE)
    assert ring[0] == ring[-1]
    columns, rows = zip(*ring, strict=True)
    assert (min(columns), max(columns)) == pytest.approx((10, 50))
    assert (min(rows), max(rows)) == pytest.approx((5, 25))
