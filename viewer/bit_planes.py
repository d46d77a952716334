"""Which images have overlay planes (PS3.3 C.9.2) and segments (PS3.3 C.8.20) over them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from viewer.dicom_json import Json, first, is_number, item, items, meaning, numbers, word
from viewer.layers import PLACES_MAX, Layer, Place, day_of, lab_color, places_of

SEGMENTATION: Final = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP: Final = "1.2.840.10008.5.1.4.1.1.66.7"
_GROUPS: Final = range(0x6000, 0x6020, 2)
_SAME_PLACE_MM: Final = 0.01
_SAME_WAY: Final = 1e-4


@dataclass(frozen=True, slots=True)
class OverlayPlane:
    """An overlay of one image; `group` is 6000, 6002 ... in hexadecimal."""

    group: str
    title: str
    places: tuple[Place, ...]
    first_frame: int  # of the image, that its first frame is over


def overlay_planes(said: Json) -> list[OverlayPlane]:
    """The overlays of an image, from its DICOM JSON."""
    found = (_plane(said, f"{group:04X}") for group in _GROUPS)
    return [plane for plane in found if plane is not None]


def _plane(said: Json, group: str) -> OverlayPlane | None:
    inside = first(said, f"{group}0102")
    stored = f"{group}3000" in said or (is_number(inside) and inside > 0)
    if not stored or not numbers(said, f"{group}0010") or not numbers(said, f"{group}0011"):
        return None
    sop_uid = word(said, "00080018")
    count = _whole(word(said, f"{group}0015")) or 0
    start = _whole(word(said, f"{group}0051")) or 1
    title = word(said, f"{group}1500") or word(said, f"{group}0022")
    frames = range(start, start + min(count, PLACES_MAX)) if count else range(1)
    return OverlayPlane(group, title, tuple(Place(sop_uid, each) for each in frames), start)


def overlay_layers(planes: Iterable[OverlayPlane]) -> list[Layer]:
    """One layer for each group and title: the planes of a stack are shown or hidden together."""
    found: dict[str, list[OverlayPlane]] = {}
    for plane in planes:
        found.setdefault(plane.group, []).append(plane)
    return [
        Layer(
            key=f"overlay-{group}",
            kind="overlay",
            title=next((plane.title for plane in same if plane.title), ""),
            places=tuple(place for plane in same for place in plane.places)[:PLACES_MAX],
        )
        for group, same in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of one object over the images of a series: place -> frame of the object.

    Where `label` is not 0 the frame is a map, and the segment where that value stands.
    """

    layer: Layer
    frames: Mapping[Place, int]
    label: int


def segments_of(said: Json, images: Sequence[Mapping[str, Any]]) -> list[Segment]:
    """The segments that lie on these images, which are entries of a manifest."""
    fits = {(image["rows"], image["columns"]) for image in images}
    size = (first(said, "00280010"), first(said, "00280011"))
    if size not in fits:
        return []
    is_map = word(said, "00620001") == "LABELMAP" or word(said, "00080016") == LABEL_MAP
    over = _frames_over(said, _Images(images, size))
    found = (_segment(said, each, over, is_map) for each in items(said, "00620002"))
    return [segment for segment in found if segment is not None and segment.frames]


def _segment(
    said: Json, described: Json, over: Mapping[int, tuple[int, Place]], is_map: bool
) -> Segment | None:
    number = first(described, "00620004")
    if not is_number(number) or not 0 < number <= 65_535:
        return None
    mine = {place: frame for frame, (of, place) in over.items() if is_map or of == int(number)}
    layer = Layer(
        key=f"segment-{word(said, '00080018')}-{int(number)}",
        kind="segment",
        title=word(described, "00620005") or meaning(described, "0062000F"),
        description=meaning(described, "0062000F"),
        at=day_of(said, "00080023", "00080033"),
        color=lab_color(described, "0062000D"),
        places=tuple(mine)[:PLACES_MAX],
    )
    return Segment(layer, mine, int(number) if is_map else 0)


class _Images:
    """Finds the image a frame lies on: by name, else by its place in the patient."""

    def __init__(self, images: Sequence[Mapping[str, Any]], size: tuple[Any, Any]) -> None:
        same = [image for image in images if (image["rows"], image["columns"]) == size]
        self._named = {Place(image["sop_uid"], image.get("frame") or 1) for image in same}
        self._placed = [
            (image["position"], image["orientation"], image)
            for image in same
            if image.get("position") and image.get("orientation")
        ]

    def named(self, place: Place) -> Place | None:
        exact = Place(place.sop_uid, place.frame or 1)
        return exact if exact in self._named else None

    def at(self, position: Sequence[float], orientation: Sequence[float]) -> Place | None:
        for there, way, image in self._placed:
            if _near(there, position, _SAME_PLACE_MM) and _near(way, orientation, _SAME_WAY):
                return Place(image["sop_uid"], image.get("frame") or 1)
        return None


def _frames_over(said: Json, images: _Images) -> dict[int, tuple[int, Place]]:
    """Frame of the segmentation -> its segment and the image it lies on."""
    shared = item(said, "52009229")
    found = {}
    for number, group in enumerate(items(said, "52009230")[:PLACES_MAX], 1):
        place = _source(group, shared, images) or _same_place(group, shared, images)
        of = first(_macro(group, shared, "0062000A"), "0062000B")
        if place is not None:
            found[number] = (int(of) if is_number(of) else 0, place)
    return found


def _macro(group: Json, shared: Json, tag: str) -> Json:
    return item(group, tag) or item(shared, tag)


def _source(group: Json, shared: Json, images: _Images) -> Place | None:
    derived = _macro(group, shared, "00089124")
    sources = [place for each in items(derived, "00082112") for place in places_of(each)]
    # A frame from several images lies on none of them.
    return images.named(sources[0]) if len(sources) == 1 else None


def _same_place(group: Json, shared: Json, images: _Images) -> Place | None:
    position = numbers(_macro(group, shared, "00209113"), "00200032")
    orientation = numbers(_macro(group, shared, "00209116"), "00200037")
    if len(position) != 3 or len(orientation) != 6:
        return None
    return images.at(position, orientation)


def _near(a: Sequence[float], b: Sequence[float], within: float) -> bool:
    return len(a) == len(b) and all(abs(x - y) <= within for x, y in zip(a, b, strict=True))


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None
