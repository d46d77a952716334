"""What is on the shared screen: viewports, marks and key images; pure rules, no clock, no I/O.

`apply` folds the events of one case in the server's order; every site that folds the same events
holds the same `CaseView`. Numbered rules: docs/view-sync.md, VS.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from viewer.errors import MarkInvalid, MarkUnknown, TooManyMarks, ViewInvalid
from viewer.json_fields import Fields

MARKS_PER_CASE_MAX: Final = 500
KEY_IMAGES_PER_CASE_MAX: Final = 200
LAYOUTS: Final = (1, 2, 4)
MARK_TEXT_MAX_CHARACTERS: Final = 500
IMAGE_FRAME_MAX: Final = 65_535
# Pixel coordinates reach a little outside the image while a mark is dragged over its border.
COORDINATE_LIMIT: Final = 131_072.0
PLANES: Final = ("acquired", "axial", "coronal", "sagittal")
PLACE_LIMIT_MM: Final = 100_000.0
CINE_IMAGES_PER_SECOND_MAX: Final = 60
MARK_VALUE_MAX_CHARACTERS: Final = 160
# An ellipse and a rectangle ("roi" of two points) are named by two opposite corners.
_POINTS_OF_KIND: Final = {
    "length": (2, 2),
    "angle": (3, 3),
    "ellipse": (2, 2),
    "roi": (2, 64),
    "arrow": (2, 2),
    "text": (1, 1),
}
MARK_KINDS: Final = tuple(_POINTS_OF_KIND)
MEASURES: Final = (
    "length_mm",
    "length_px",
    "angle_deg",
    "area_mm2",
    "area_px2",
    "mean",
    "sd",
    "min",
    "max",
)
"""What a mark may have measured; grey values are in the units of the modality."""


@dataclass(frozen=True, slots=True)
class Window:
    """VOI window in modality units (PS3.3 C.11.2.1.2)."""

    center: float
    width: float


@dataclass(frozen=True, slots=True)
class Viewport:
    """One image as drawn; `image_frame` counts from 1; pan is a fraction of the image's size.

    `cine_fps` says that the images run from this one on, so many a second; None stands still.
    In another plane than the acquired one it is the cut at `cut_mm` along the plane's normal, in
    patient coordinates; the image is then where going back to the acquired ones leads.
    """

    study_uid: str
    series_uid: str
    sop_uid: str
    image_frame: int
    window: Window | None
    zoom: float
    pan: tuple[float, float]
    rotation_degrees: int
    flip_h: bool
    flip_v: bool
    invert: bool
    cine_fps: float | None = None
    plane: str = "acquired"
    cut_mm: float = 0.0

    def body(self) -> dict[str, object]:
        """The JSON form; the acquired plane goes without saying, as in logs before planes."""
        window = self.window and {"center": self.window.center, "width": self.window.width}
        cut = {} if self.plane == "acquired" else {"plane": self.plane, "cut_mm": self.cut_mm}
        return {
            "study_uid": self.study_uid,
            "series_uid": self.series_uid,
            "sop_uid": self.sop_uid,
            "frame": self.image_frame,
            "window": window,
            "zoom": self.zoom,
            "pan": list(self.pan),
            "rotation": self.rotation_degrees,
            "flip_h": self.flip_h,
            "flip_v": self.flip_v,
            "invert": self.invert,
            "cine_fps": self.cine_fps,
            **cut,
        }


@dataclass(frozen=True, slots=True)
class ViewState:
    """The whole shared screen: as many viewports as the layout has places, empty ones None.

    `linked`: the viewports scroll together by the patient's position.
    """

    layout: int
    active: int
    viewports: tuple[Viewport | None, ...]
    linked: bool = False

    def body(self) -> dict[str, object]:
        """The JSON form."""
        return {
            "layout": self.layout,
            "active": self.active,
            "viewports": [port and port.body() for port in self.viewports],
            "linked": self.linked,
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn on one image, in its pixel coordinates: the first pixel's centre is 0.5, 0.5.

    `value` is what was measured in the words of the record, `measures` the bare numbers with the
    `unit` of grey values, so that every screen says them in its own language.
    `by` and `at` are None as a client sends it; the server signs it with `signed`.
    """

    id: uuid.UUID
    kind: str
    study_uid: str
    series_uid: str
    sop_uid: str
    image_frame: int
    points: tuple[tuple[float, float], ...]
    text: str | None
    value: str | None
    measures: tuple[tuple[str, float], ...] = ()
    unit: str | None = None
    by: str | None = None
    at: datetime | None = None

    def signed(self, by: str, at: datetime) -> "Mark":
        """The same mark with its author and time, both said by the server only."""
        return replace(self, by=by, at=at)

    def body(self) -> dict[str, object]:
        """The JSON form."""
        body: dict[str, object] = {
            "id": str(self.id),
            "kind": self.kind,
            "study_uid": self.study_uid,
            "series_uid": self.series_uid,
            "sop_uid": self.sop_uid,
            "frame": self.image_frame,
            "points": [list(point) for point in self.points],
        }
        measures = dict(self.measures) or None
        extras = {"text": self.text, "value": self.value, "measures": measures}
        extras |= {"unit": self.unit, "by": self.by}
        body.update({name: value for name, value in extras.items() if value is not None})
        if self.at is not None:
            body["at"] = self.at.isoformat().replace("+00:00", "Z")
        return body


@dataclass(frozen=True, slots=True)
class KeyImage:
    """An image chosen to go into the minutes."""

    sop_uid: str
    image_frame: int

    def body(self) -> dict[str, object]:
        """The JSON form."""
        return {"sop_uid": self.sop_uid, "frame": self.image_frame}


@dataclass(frozen=True, slots=True)
class CaseView:
    """What one case shows; kept when another case is opened, restored when it is reopened."""

    view: ViewState | None = None
    marks: tuple[Mark, ...] = ()
    key_images: tuple[KeyImage, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewChanged:
    """The holder of control moved something."""

    view: ViewState


@dataclass(frozen=True, slots=True)
class MarkAdded:
    """A mark was drawn, or one of the same id drawn again."""

    mark: Mark


@dataclass(frozen=True, slots=True)
class MarkRemoved:
    """A mark was taken away."""

    mark_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class KeyImageToggled:
    """An image was chosen, or unchosen."""

    image: KeyImage


ViewEvent = ViewChanged | MarkAdded | MarkRemoved | KeyImageToggled


def apply(state: CaseView, event: ViewEvent) -> CaseView:
    """The state after one event.

    Raises MarkUnknown and TooManyMarks; the state is then unchanged.
    """
    match event:
        case ViewChanged(view):
            return replace(state, view=view)
        case MarkAdded(mark):
            return replace(state, marks=_with_mark(state.marks, mark))
        case MarkRemoved(mark_id):
            return replace(state, marks=_without_mark(state.marks, mark_id))
        case KeyImageToggled(image):
            return replace(state, key_images=_toggled(state.key_images, image))


def find_mark(state: CaseView, mark_id: uuid.UUID) -> Mark:
    """The mark of this id, so that the caller can ask who drew it. Raises MarkUnknown."""
    for mark in state.marks:
        if mark.id == mark_id:
            return mark
    raise MarkUnknown(str(mark_id))


def _with_mark(marks: tuple[Mark, ...], mark: Mark) -> tuple[Mark, ...]:
    others = tuple(other for other in marks if other.id != mark.id)
    if len(others) >= MARKS_PER_CASE_MAX:
        raise TooManyMarks(MARKS_PER_CASE_MAX)
    return (*others, mark)


def _without_mark(marks: tuple[Mark, ...], mark_id: uuid.UUID) -> tuple[Mark, ...]:
    rest = tuple(mark for mark in marks if mark.id != mark_id)
    if len(rest) == len(marks):
        raise MarkUnknown(str(mark_id))
    return rest


def _toggled(images: tuple[KeyImage, ...], image: KeyImage) -> tuple[KeyImage, ...]:
    if image in images:
        return tuple(other for other in images if other != image)
    if len(images) >= KEY_IMAGES_PER_CASE_MAX:
        raise TooManyMarks(KEY_IMAGES_PER_CASE_MAX)
    return (*images, image)


def parse_view(body: object) -> ViewState:
    """Read a ViewState from outside. Raises ViewInvalid naming the field."""
    fields = Fields.of(body, ViewInvalid)
    layout = fields.integer("layout", 1, max(LAYOUTS))
    if layout not in LAYOUTS:
        raise fields.refuse("layout", "not-allowed", "one of: 1, 2, 4")
    entries = fields.items("viewports", most=layout, least=layout)
    ports = tuple(
        None if entry is None else _viewport(Fields.of(entry, ViewInvalid, f"/viewports/{index}"))
        for index, entry in enumerate(entries)
    )
    active = fields.integer("active", 0, layout - 1)
    return ViewState(layout, active, ports, fields.flag("linked", default=False))


def _viewport(fields: Fields) -> Viewport:
    rotation = fields.integer("rotation", 0, 270, default=0)
    if rotation % 90:
        raise fields.refuse("rotation", "not-allowed", "one of: 0, 90, 180, 270")
    return Viewport(
        study_uid=fields.uid("study_uid"),
        series_uid=fields.uid("series_uid"),
        sop_uid=fields.uid("sop_uid"),
        image_frame=fields.integer("frame", 1, IMAGE_FRAME_MAX, default=1),
        window=_window(fields.inner("window")) if fields.has("window") else None,
        zoom=fields.number("zoom", 0.05, 64, default=1),
        pan=fields.pair("pan", -10, 10) if fields.has("pan") else (0.0, 0.0),
        rotation_degrees=rotation,
        flip_h=fields.flag("flip_h", default=False),
        flip_v=fields.flag("flip_v", default=False),
        invert=fields.flag("invert", default=False),
        cine_fps=_cine(fields) if fields.has("cine_fps") else None,
        plane=fields.one_of("plane", PLANES) if fields.has("plane") else "acquired",
        cut_mm=fields.number("cut_mm", -PLACE_LIMIT_MM, PLACE_LIMIT_MM, default=0),
    )


def _cine(fields: Fields) -> float:
    return fields.number("cine_fps", 0.1, CINE_IMAGES_PER_SECOND_MAX)


def _window(fields: Fields) -> Window:
    return Window(
        center=fields.number("center", -1e9, 1e9), width=fields.number("width", 1e-6, 1e9)
    )


def parse_mark(body: object) -> Mark:
    """Read a Mark from outside, without author and time. Raises MarkInvalid naming the field."""
    fields = Fields.of(body, MarkInvalid)
    kind = fields.one_of("kind", MARK_KINDS)
    least, most = _POINTS_OF_KIND[kind]
    entries = fields.items("points", most=most, least=least)
    places = Fields(
        {str(place): point for place, point in enumerate(entries)}, MarkInvalid, "/points"
    )
    text = fields.text("text", MARK_TEXT_MAX_CHARACTERS) if fields.has("text") else None
    if kind == "text" and not (text or "").strip():
        raise fields.refuse("text", "missing", "a text mark needs its text")
    return Mark(
        id=parse_mark_id(fields.values.get("id")),
        kind=kind,
        study_uid=fields.uid("study_uid"),
        series_uid=fields.uid("series_uid"),
        sop_uid=fields.uid("sop_uid"),
        image_frame=fields.integer("frame", 1, IMAGE_FRAME_MAX, default=1),
        points=tuple(
            places.pair(place, -COORDINATE_LIMIT, COORDINATE_LIMIT) for place in places.values
        ),
        text=text,
        value=fields.text("value", MARK_VALUE_MAX_CHARACTERS) if fields.has("value") else None,
        measures=_measures(fields.inner("measures")) if fields.has("measures") else (),
        unit=fields.text("unit", 16) if fields.has("unit") else None,
    )


def _measures(fields: Fields) -> tuple[tuple[str, float], ...]:
    for name in fields.values:
        if name not in MEASURES:
            raise fields.refuse("", "not-allowed", "one of: " + ", ".join(MEASURES))
    return tuple((name, fields.number(name, -1e12, 1e12)) for name in fields.values)


def parse_mark_id(value: object) -> uuid.UUID:
    """A mark's id, as carried by mark_added and mark_removed. Raises MarkInvalid."""
    try:
        return uuid.UUID(value) if isinstance(value, str) and len(value) == 36 else _no_id()
    except ValueError:
        return _no_id()


def _no_id() -> uuid.UUID:
    raise MarkInvalid("/id", "uuid-expected", "a UUID is expected")


def parse_key_image(body: object) -> KeyImage:
    """Read the body of key_image_toggled. Raises ViewInvalid."""
    fields = Fields.of(body, ViewInvalid)
    return KeyImage(
        sop_uid=fields.uid("sop_uid"),
        image_frame=fields.integer("frame", 1, IMAGE_FRAME_MAX, default=1),
    )


def view_event(kind: str, body: Mapping[str, object]) -> ViewEvent | None:
    """The view event that a live-log event carries, or None when its kind is not the viewer's."""
    match kind:
        case "view_changed":
            return ViewChanged(parse_view(body.get("view")))
        case "mark_added":
            return MarkAdded(parse_mark(body.get("mark")))
        case "mark_removed":
            return MarkRemoved(parse_mark_id(body.get("mark_id")))
        case "key_image_toggled":
            return KeyImageToggled(parse_key_image(body))
        case _:
            return None
