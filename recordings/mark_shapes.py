"""The lines a mark is drawn with, in pixel coordinates of its image; pure."""

from collections.abc import Sequence
from math import cos, hypot, pi, sin

from recordings.archive_snapshot import KeptMark

Point = tuple[float, float]

ARROW_HEAD_SHARE = 0.15
"""Length of an arrow's head as a share of the arrow."""
ELLIPSE_SIDES = 72


def outline(mark: KeptMark, size: tuple[float, float]) -> list[list[Point]]:
    """Polylines of (column, row), kept inside an image of (columns, rows); a text has none."""
    points = [_inside(point, size) for point in mark.points]
    match mark.kind:
        case "length" | "angle":
            return [points]
        case "arrow":  # one presses where one means, then draws the tail away from it
            return [points, _head(points[-1], points[0], size)]
        case "ellipse":
            return [_ellipse(points[0], points[1])]
        case "roi" if len(points) == 2:
            (left, top), (right, bottom) = points
            return [[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]]
        case "roi":
            return [[*points, points[0]]]
        case _:
            return []


def _ellipse(one: Point, other: Point) -> list[Point]:
    """A closed ring in the box of two corners; as lines, which every viewer draws alike."""
    center = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
    across, down = abs(other[0] - one[0]) / 2, abs(other[1] - one[1]) / 2
    turns = [2 * pi * step / ELLIPSE_SIDES for step in range(ELLIPSE_SIDES)]
    ring = [(center[0] + across * cos(turn), center[1] + down * sin(turn)) for turn in turns]
    return [*ring, ring[0]]


def _head(tail: Point, tip: Point, size: tuple[float, float]) -> list[Point]:
    along = (tail[0] - tip[0], tail[1] - tip[1])
    length = hypot(*along) * ARROW_HEAD_SHARE
    if length == 0:
        return [tip, tip]
    unit = (along[0] / hypot(*along), along[1] / hypot(*along))
    sides: Sequence[Point] = [
        (
            tip[0] + length * (unit[0] * cos(angle) - unit[1] * sin(angle)),
            tip[1] + length * (unit[0] * sin(angle) + unit[1] * cos(angle)),
        )
        for angle in (pi / 7, -pi / 7)
    ]
    return [_inside(sides[0], size), tip, _inside(sides[1], size)]


def _inside(point: Point, size: tuple[float, float]) -> Point:
    return min(max(point[0], 0.0), size[0]), min(max(point[1], 0.0), size[1])
