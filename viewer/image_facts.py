"""What a viewer must know of each image frame, from plain and from enhanced headers."""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

from pydicom.dataset import Dataset

from viewer.display_facts import display_body
from viewer.pixels import photometric_of

Vector = tuple[float, ...]
_WIDEST: Final = 1e9


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Geometry and grey scale of one image frame; millimetres, patient coordinates (PS3.3 C.7.6.2).

    `position` is the centre of the first pixel, `orientation` the row and column cosines,
    `spacing` (row, column) as in (0028,0030).
    """

    image_frame: int
    position: Vector | None
    orientation: Vector | None
    spacing: Vector | None
    slice_location: float | None
    slope: float
    intercept: float
    window: tuple[float, float] | None

    def stepped(self, step: int, low: int) -> "ImageFacts":
        """The facts of pixels that hold the `stored` of `stored * step + low`."""
        intercept = self.intercept + self.slope * low
        return replace(self, slope=self.slope * step, intercept=intercept)

    def body(self) -> dict[str, Any]:
        """The JSON form, as in the manifest."""
        window = self.window and {"center": self.window[0], "width": self.window[1]}
        return {
            "frame": self.image_frame,
            "position": self.position,
            "orientation": self.orientation,
            "spacing": self.spacing,
            "slice_location": self.slice_location,
            "slope": self.slope,
            "intercept": self.intercept,
            "window": window,
        }


def image_facts(dataset: Dataset, image_frame: int) -> ImageFacts:
    """The facts of one frame, counted from 1; frame macros win over shared ones and the top."""
    groups = _groups(dataset, image_frame)
    return ImageFacts(
        image_frame=image_frame,
        position=_find(groups, "PlanePositionSequence", "ImagePositionPatient", 3),
        orientation=_find(groups, "PlaneOrientationSequence", "ImageOrientationPatient", 6),
        spacing=_spacing(dataset, groups),
        slice_location=_first(dataset.get("SliceLocation")),
        slope=_scalar(groups, "PixelValueTransformationSequence", "RescaleSlope") or 1.0,
        intercept=_scalar(groups, "PixelValueTransformationSequence", "RescaleIntercept") or 0.0,
        window=_window(groups),
    )


def instance_body(dataset: Dataset) -> dict[str, Any]:
    """What all frames of an instance share, as in the manifest."""
    colour = photometric_of(dataset) == "RGB"
    wide = int(dataset.BitsAllocated) > 16  # steps from the least value are never negative
    return {
        "sop_uid": str(dataset.SOPInstanceUID),
        "rows": int(dataset.Rows),
        "columns": int(dataset.Columns),
        "instance_number": _whole(dataset.get("InstanceNumber")),
        "bits_stored": _bits_delivered(dataset),
        "signed": bool(dataset.get("PixelRepresentation")) and not colour and not wide,
        "photometric": photometric_of(dataset),
        "number_of_frames": max(_whole(dataset.get("NumberOfFrames")) or 1, 1),
        "codec": "rgb-htj2k" if colour else "htj2k",
        "frame_rate": _frame_rate(dataset),
        **display_body(dataset),
    }


def _frame_rate(dataset: Dataset) -> float | None:
    """Frames a second as the device wants them shown (PS3.3 C.7.6.5), at most 60."""
    wanted = _first(dataset.get("RecommendedDisplayFrameRate")) or _first(dataset.get("CineRate"))
    apart_ms = _first(dataset.get("FrameTime"))
    rate = wanted or (1000 / apart_ms if apart_ms else None)
    return min(rate, 60.0) if rate and rate >= 0.1 else None


def _bits_delivered(dataset: Dataset) -> int:
    """Of palettes and single bits 8, of anything wide 16, else as stored."""
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        return 8
    stored = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    return 8 if stored == 1 else min(stored, 16)


def _groups(dataset: Dataset, image_frame: int) -> list[Dataset]:
    found = []
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if len(per_frame) >= image_frame:
        found.append(per_frame[image_frame - 1])
    found.extend(list(dataset.get("SharedFunctionalGroupsSequence") or [])[:1])
    return [*found, dataset]


def _values(groups: list[Dataset], macro: str, keyword: str) -> list[Any]:
    for group in groups:
        inner = group.get(macro)
        for place in (*(inner or [])[:1], group):
            value = place.get(keyword)
            if value is not None and value != "":
                return list(value) if hasattr(value, "__iter__") else [value]
    return []


def _find(groups: list[Dataset], macro: str, keyword: str, count: int) -> Vector | None:
    numbers = [_finite(value) for value in _values(groups, macro, keyword)]
    known = [number for number in numbers if number is not None]
    return tuple(known) if len(known) == len(numbers) == count else None


def _scalar(groups: list[Dataset], macro: str, keyword: str) -> float | None:
    return _first(_values(groups, macro, keyword))


def _spacing(dataset: Dataset, groups: list[Dataset]) -> Vector | None:
    spacing = _find(groups, "PixelMeasuresSequence", "PixelSpacing", 2)
    # Projection radiography: at the detector, so lengths are of the shadow (PS3.3 10.7.1.3).
    spacing = spacing or _find([dataset], "", "ImagerPixelSpacing", 2)
    return spacing if spacing and min(spacing) > 0 else None


def _window(groups: list[Dataset]) -> tuple[float, float] | None:
    center = _scalar(groups, "FrameVOILUTSequence", "WindowCenter")
    width = _scalar(groups, "FrameVOILUTSequence", "WindowWidth")
    return (center, width) if center is not None and width is not None and width > 0 else None


def _first(value: Any) -> float | None:
    if value is None:
        return None
    values = list(value) if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
    return _finite(values[0]) if values else None


def _finite(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and abs(number) <= _WIDEST else None


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
