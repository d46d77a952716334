"""What a Softcopy Presentation State draws and how it shows greys (PS3.3 A.33). Pure.

Read from its DICOM JSON. What we do not draw is counted, never guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from viewer.dicom_json import Json, first, items, numbers, word
from viewer.layers import (
    POINTS_MAX,
    SHAPES_MAX,
    TEXT_CHARACTERS_MAX,
    Layer,
    Place,
    Point,
    Shape,
    ShapeKind,
    ShownWindow,
    day_of,
    lab_color,
    places_of,
)

# Grayscale, colour, pseudo-colour and advanced blending are not told apart: graphics are the same.
PRESENTATION_STATES: Final = frozenset(
    f"1.2.840.10008.5.1.4.1.1.11.{number}" for number in (1, 2, 3, 4)
)
# Graphic Type (PS3.3 C.10.5.1.2) -> kind, fewest points.
_TYPES: Final[Mapping[str, tuple[ShapeKind, int]]] = {
    "POINT": ("point", 1),
    "POLYLINE": ("line", 2),
    "INTERPOLATED": ("curve", 2),
    "CIRCLE": ("circle", 2),
    "ELLIPSE": ("ellipse", 4),
}
_WIDEST: Final = 1e6


@dataclass(frozen=True, slots=True)
class _Area:
    """The displayed area of an image; DISPLAY units are fractions of it, unless it is `turned`."""

    left: float
    top: float
    right: float
    bottom: float
    turned: bool

    def point(self, x: float, y: float) -> Point:
        return (
            self.left + x * (self.right - self.left),
            self.top + y * (self.bottom - self.top),
        )


def presentation_of(said: Json) -> Layer:
    """The layer of one presentation state."""
    every = _referenced(said)
    colors = {
        word(each, "00700002"): lab_color(each, "00700401") for each in items(said, "00700060")
    }
    drawn: list[Shape] = []
    left_out = 0
    for annotation in items(said, "00700001"):
        color = colors.get(word(annotation, "00700002"), "")
        for place in _places(annotation, every):
            for shape in _shapes(annotation, place, _area(said, place), color):
                if shape is None or len(drawn) >= SHAPES_MAX:
                    left_out += 1
                else:
                    drawn.append(shape)
    return Layer(
        key=word(said, "00080018"),
        kind="presentation",
        title=word(said, "00700080"),
        description=word(said, "00700081"),
        at=day_of(said, "00700082", "00700083"),
        color=next(filter(None, colors.values()), ""),
        shapes=tuple(drawn),
        windows=tuple(_windows(said, every)),
        left_out=left_out,
    )


def images_of(layer: Layer, said: Json) -> frozenset[str]:
    """SOP Instance UIDs of the images it is about."""
    return frozenset(place.sop_uid for place in _referenced(said)) | {
        shape.place.sop_uid for shape in layer.shapes
    }


def _referenced(said: Json) -> list[Place]:
    return [
        place
        for series in items(said, "00081115")
        for each in items(series, "00081140")
        for place in places_of(each)
    ]


def _places(part: Json, every: list[Place]) -> list[Place]:
    """An annotation without images of its own is on all of them (PS3.3 C.10.5)."""
    named = [place for each in items(part, "00081140") for place in places_of(each)]
    return named or every


def _area(said: Json, place: Place) -> _Area | None:
    """None where the state does not say what part of the image is displayed."""
    turned = first(said, "00700042") not in (None, 0) or word(said, "00700041") == "Y"
    for selection in items(said, "0070005A"):
        names = {each.sop_uid for each in _places(selection, [place])}
        top_left, bottom_right = numbers(selection, "00700052"), numbers(selection, "00700053")
        if place.sop_uid in names and len(top_left) == len(bottom_right) == 2:
            # The displayed area counts pixels from 1\\1 (PS3.3 C.10.4).
            left, top, (right, bottom) = top_left[0] - 1, top_left[1] - 1, bottom_right
            return _Area(left, top, right, bottom, turned)
    return None


def _shapes(
    annotation: Json, place: Place, area: _Area | None, color: str
) -> Iterator[Shape | None]:
    for graphic in items(annotation, "00700009"):
        yield _graphic(graphic, place, area, color)
    for text in items(annotation, "00700008"):
        yield from _text(text, place, area, color)


def _graphic(graphic: Json, place: Place, area: _Area | None, color: str) -> Shape | None:
    kind, fewest = _TYPES.get(word(graphic, "00700023"), ("point", POINTS_MAX + 1))
    points = _points(numbers(graphic, "00700022"), word(graphic, "00700005"), area)
    if not fewest <= len(points) <= POINTS_MAX:
        return None
    filled = word(graphic, "00700024") == "Y"
    return Shape(place, kind, points, is_filled=filled, color=color)


def _text(text: Json, place: Place, area: _Area | None, color: str) -> Iterator[Shape | None]:
    words = word(text, "00700006").replace("\r\n", "\n").replace("\r", "\n")[:TEXT_CHARACTERS_MAX]
    corners = numbers(text, "00700010") + numbers(text, "00700011")
    box = _points(corners, word(text, "00700003"), area)
    anchor = _points(numbers(text, "00700014"), word(text, "00700004"), area)
    if not words or not (box or anchor):
        yield None
        return
    yield Shape(place, "text", box or anchor, text=words, color=color)
    if box and anchor and word(text, "00700015") == "Y":
        yield Shape(place, "line", (anchor[0], box[0]), color=color)


def _points(found: list[float], units: str, area: _Area | None) -> tuple[Point, ...]:
    """Empty where they are no points or stand on what we cannot place."""
    if len(found) % 2 or any(abs(value) > _WIDEST for value in found):
        return ()
    pairs = tuple(zip(found[::2], found[1::2], strict=True))
    if units == "PIXEL":
        return pairs
    if units == "DISPLAY" and area is not None and not area.turned:
        return tuple(area.point(*pair) for pair in pairs)
    return ()


def _windows(said: Json, every: list[Place]) -> Iterator[ShownWindow]:
    for shown in items(said, "00283110"):
        center, width = numbers(shown, "00281050"), numbers(shown, "00281051")
        if center and width and width[0] > 0:
            for place in _places(shown, every):
                yield ShownWindow(place, center[0], width[0])
