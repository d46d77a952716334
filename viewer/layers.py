"""What came drawn over images: overlay planes, presentation states, segments, key objects. Pure.

Points are (column, row) of the image, 0\\0 at the corner of its first pixel (PS3.3 C.10.5.1.2).
"""

from dataclasses import dataclass
from typing import Final, Literal

from viewer.dicom_json import Json, item, items, numbers, word

SHAPES_MAX: Final = 2_000  # of one layer
POINTS_MAX: Final = 5_000  # of one shape
TEXT_CHARACTERS_MAX: Final = 1_024
PLACES_MAX: Final = 20_000

Point = tuple[float, float]
Kind = Literal["overlay", "presentation", "segment"]
ShapeKind = Literal["point", "line", "curve", "circle", "ellipse", "text"]


@dataclass(frozen=True, slots=True)
class Place:
    """An image; `frame` 0 is every frame of the object."""

    sop_uid: str
    frame: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """One graphic or text on one image.

    A circle is its centre and a point on it, an ellipse the ends of its long and its short axis,
    a text stands from its first point on, within its second if it has one.
    """

    place: Place
    kind: ShapeKind
    points: tuple[Point, ...]
    text: str = ""
    is_filled: bool = False
    color: str = ""


@dataclass(frozen=True, slots=True)
class ShownWindow:
    """How grey values are to be shown on an image."""

    place: Place
    center: float
    width: float


@dataclass(frozen=True, slots=True)
class Layer:
    """What can be shown or hidden as one thing; `key` names it among those of its series.

    Planes of bits lie at `places`. `left_out` counts what we do not draw. `at` is ISO 8601.
    """

    key: str
    kind: Kind
    title: str
    description: str = ""
    at: str = ""
    color: str = ""
    places: tuple[Place, ...] = ()
    shapes: tuple[Shape, ...] = ()
    windows: tuple[ShownWindow, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class KeyImage:
    """An image that somebody at the hospital pointed out."""

    series_uid: str
    place: Place


@dataclass(frozen=True, slots=True)
class KeyObjects:
    """A Key Object Selection: why, in whose words, which images."""

    title: str
    description: str
    images: tuple[KeyImage, ...]


def places_of(referenced: Json) -> list[Place]:
    """The images that an item of a Referenced Image Sequence names (PS3.3 10.3)."""
    sop_uid = word(referenced, "00081155")
    frames = [int(each) for each in numbers(referenced, "00081160") if each >= 1]
    return [Place(sop_uid, frame) for frame in frames or [0]] if sop_uid else []


def day_of(body: Json, day_tag: str, time_tag: str) -> str:
    """A DA and a TM attribute as ISO 8601, as far as they are sound."""
    day, time = word(body, day_tag), word(body, time_tag)
    if not (len(day) == 8 and day.isdecimal()):
        return ""
    said = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    sound = len(time) >= 4 and time[:4].isdecimal()
    return f"{said}T{time[:2]}:{time[2:4]}" if sound else said


def lab_color(body: Json, tag: str) -> str:
    """A recommended display CIELab value (PS3.3 C.10.7.1.1) as #rrggbb; empty without one."""
    found = numbers(body, tag)
    if len(found) != 3 or not all(0 <= value <= 65_535 for value in found):
        return ""
    lightness = found[0] / 65_535 * 100
    a, b = ((value / 65_535 * 255) - 128 for value in found[1:])
    return "#" + "".join(f"{channel:02x}" for channel in _srgb(lightness, a, b))


def _srgb(lightness: float, a: float, b: float) -> list[int]:
    """CIELab under D50 to sRGB (CIE 15; Bradford-adapted matrix of the ICC)."""
    fy = (lightness + 16) / 116
    x, y, z = (
        white * _cube(part)
        for white, part in ((0.9642, fy + a / 500), (1.0, fy), (0.8249, fy - b / 200))
    )
    linear = (
        3.1339 * x - 1.6169 * y - 0.4906 * z,
        -0.9788 * x + 1.9161 * y + 0.0335 * z,
        0.0719 * x - 0.2290 * y + 1.4052 * z,
    )
    return [_gamma(min(1.0, max(0.0, channel))) for channel in linear]


def _cube(part: float) -> float:
    return part**3 if part > 6 / 29 else (part - 4 / 29) * 108 / 841


def _gamma(channel: float) -> int:
    shown = 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
    return round(shown * 255)


def key_objects(said: Json) -> KeyObjects:
    """A Key Object Selection in its DICOM JSON (PS3.3 A.35.4, PS3.16 TID 2010)."""
    content = items(said, "0040A730")
    texts = [word(each, "0040A160") for each in content if word(each, "0040A040") == "TEXT"]
    title = item(said, "0040A043")
    series = _series_of_evidence(said)
    places = [
        place
        for each in content
        if word(each, "0040A040") == "IMAGE"
        for place in places_of(item(each, "00081199"))
    ]
    images = [KeyImage(series.get(place.sop_uid, ""), place) for place in places[:PLACES_MAX]]
    return KeyObjects(word(title, "00080104"), "\n".join(filter(None, texts)), tuple(images))


def _series_of_evidence(said: Json) -> dict[str, str]:
    """SOP Instance UID -> Series Instance UID, from the evidence sequence (PS3.3 C.17.2.3)."""
    found: dict[str, str] = {}
    for study in items(said, "0040A375"):
        for series in items(study, "00081115"):
            uid = word(series, "0020000E")
            found |= {word(each, "00081155"): uid for each in items(series, "00081199")}
    return found
