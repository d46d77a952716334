from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.pack import (
    ByteRange,
    RangeUnsatisfiable,
    centre_out,
    in_viewing_order,
    parse_range,
    stage_slices,
    with_offsets,
)


def an_image(number: int, z: float | None = None, **more: Any) -> dict[str, Any]:
    return {
        "sop_uid": f"1.2.{number}",
        "frame": 1,
        "instance_number": number,
        "position": None if z is None else [0.0, 0.0, z],
        "orientation": None if z is None else [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        "ends": [2, 5, 9, 20],
        "length": 20,
    } | more


ENDS = st.lists(st.integers(1, 1000), min_size=4, max_size=4).map(
    lambda steps: [sum(steps[: n + 1]) for n in range(4)]
)
SERIES = st.lists(ENDS, min_size=1, max_size=12).map(
    lambda many: with_offsets(
        [an_image(n, None, ends=ends, length=ends[-1]) for n, ends in enumerate(many)]
    )
)


@given(SERIES, st.integers(-3, 20))
def test_three_stages_together_are_every_byte_once(images: list[Any], around: int) -> None:
    covered: list[int] = []
    for stage in range(3):
        slices = stage_slices(images, stage, around)
        assert sorted(piece.index for piece in slices) == list(range(len(images)))
        for piece in slices:
            covered.extend(range(piece.offset, piece.offset + piece.length))
    assert sorted(covered) == list(range(sum(image["length"] for image in images)))


@given(st.integers(0, 50), st.integers(-5, 60))
def test_centre_out_gives_each_index_once_nearest_first(count: int, around: int) -> None:
    order = list(centre_out(count, around))
    assert sorted(order) == list(range(count))
    centre = min(max(around, 0), max(count - 1, 0))
    distances = [abs(index - centre) for index in order]
    assert distances == sorted(distances)


def test_parallel_slices_are_ordered_along_the_normal() -> None:
    images = [an_image(1, 10.0), an_image(2, -5.0), an_image(3, 0.0)]
    assert [i["instance_number"] for i in in_viewing_order(images)] == [2, 3, 1]


def test_slices_of_one_place_keep_the_order_of_their_numbers() -> None:
    cine = [an_image(3, 1.0), an_image(1, 1.0), an_image(2, 2.0)]
    assert [i["instance_number"] for i in in_viewing_order(cine)] == [1, 2, 3]
    plain = [an_image(3), an_image(1), an_image(2, instance_number=None)]
    assert [i["instance_number"] for i in in_viewing_order(plain)] == [1, 3, None]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-9", ByteRange(0, 9)),
        ("bytes=90-", ByteRange(90, 99)),
        ("bytes=-10", ByteRange(90, 99)),
        ("bytes=-1000", ByteRange(0, 99)),
        ("bytes=50-1000", ByteRange(50, 99)),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=9-5", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("bytes=²-5", None),
    ],
)
def test_range_header_is_read_as_the_rfc_says(
    header: str | None, expected: ByteRange | None
) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_range_beyond_the_end_is_unsatisfiable(header: str) -> None:
    with pytest.raises(RangeUnsatisfiable):
        parse_range(header, 100)


@given(st.text(max_size=40))
def test_any_range_header_is_ignored_or_inside(header: str) -> None:
    try:
        part = parse_range(f"bytes={header}", 100)
    except RangeUnsatisfiable:
        return
    assert part is None or 0 <= part.first <= part.last < 100
