"""Softcopy presentation state of one image series (PS3.3 A.33): the marks that were drawn."""

import struct
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from pydicom import Dataset
from pydicom.multival import MultiValue

from recordings.archive_snapshot import ArchiveSnapshot, KeptMark
from recordings.archive_step import DeliveryKind
from recordings.dicom_writing import (
    MANUFACTURER,
    MODEL,
    SERIES_DESCRIPTION,
    VERSION,
    file_bytes,
    header_dataset,
    object_identity,
    person_name,
    quiet_about_names,
)
from recordings.mark_shapes import Point, outline

SERIES_NUMBER = 9002
LAYER = "HOICHAN"


def presentation_state(snapshot: ArchiveSnapshot, series_uid: str) -> bytes:
    """The Part-10 file with every mark of the series as graphic annotation.

    Coordinates need no change: PIXEL units begin at 0\\0 in the corner of the first pixel
    (PS3.3 C.10.5.1.2), so its centre is 0.5\\0.5 there too.
    """
    from highdicom.pr import GraphicLayer

    marks = sorted(
        (one for one in snapshot.marks if _belongs(one, snapshot, series_uid)), key=_image_of
    )
    images = {one.sop_uid: _shown_header(snapshot, one.sop_uid) for one in marks}
    layer = GraphicLayer(LAYER, order=1, description="Chú thích khi hội chẩn")
    identity = object_identity(snapshot, DeliveryKind.MARKS, series_uid)
    with quiet_about_names():
        state = _kind_for(images.values())(
            referenced_images=list(images.values()),
            series_instance_uid=identity.series_uid,
            series_number=SERIES_NUMBER,
            sop_instance_uid=identity.sop_uid,
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name=MODEL,
            software_versions=VERSION,
            device_serial_number="1",
            content_label=LAYER,
            content_description=SERIES_DESCRIPTION,
            graphic_layers=[layer],
            graphic_annotations=[
                _annotation(layer, images[sop_uid], image_frame, list(group))
                for (sop_uid, image_frame), group in groupby(marks, key=_image_of)
            ],
            institution_name=snapshot.form.hospital.facility_name,
            content_creator_name=person_name(snapshot.form.chair.full_name),
        )
    state.SeriesDescription = SERIES_DESCRIPTION
    _copy_body_side(next(iter(images.values())), state)
    return file_bytes(state, identity.made_at)


def _shown_header(snapshot: ArchiveSnapshot, sop_uid: str) -> Dataset:
    """The image's header; a window of no width, as some scanners write, is no window at all.

    PS3.3 C.11.2.1.2: Window Width is 1 or more.
    """
    header = header_dataset(snapshot.images[sop_uid])
    widths = header.get("WindowWidth")
    given = widths if isinstance(widths, MultiValue) else [widths]
    if any(width is None or float(width) < 1 for width in given):
        for keyword in ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation"):
            if keyword in header:
                delattr(header, keyword)
    return header


def _kind_for(images: Iterable[Dataset]) -> Any:
    """Colour images (ultrasound, endoscopy) need the colour kind (PS3.3 A.33.2)."""
    from highdicom.pr import ColorSoftcopyPresentationState, GrayscaleSoftcopyPresentationState

    if all(int(image.SamplesPerPixel) == 1 for image in images):
        return GrayscaleSoftcopyPresentationState
    return partial(ColorSoftcopyPresentationState, icc_profile=_srgb_profile())


def _srgb_profile() -> bytes:
    """What colour images without a profile are taken for; its date is ours, so bytes repeat."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    date = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    # ICC.1 7.2: class "scnr", as PS3.3 C.11.15.1.1 wants of an input colour space.
    return profile[:12] + b"scnr" + profile[16:24] + date + profile[36:]


def _belongs(mark: KeptMark, snapshot: ArchiveSnapshot, series_uid: str) -> bool:
    return mark.series_uid == series_uid and mark.sop_uid in snapshot.images


def _image_of(mark: KeptMark) -> tuple[str, int]:
    return mark.sop_uid, mark.image_frame


def _annotation(layer: Any, image: Dataset, image_frame: int, marks: Sequence[KeptMark]) -> Any:
    from highdicom.pr import GraphicAnnotation

    frames = int(image.get("NumberOfFrames", 1) or 1)
    size = (float(image.Columns), float(image.Rows))
    texts = [_text(mark, size) for mark in marks if mark.text or mark.value]
    return GraphicAnnotation(
        referenced_images=[image],
        graphic_layer=layer,
        referenced_frame_number=image_frame if frames > 1 else None,
        graphic_objects=[_line(line) for mark in marks for line in outline(mark, size)] or None,
        text_objects=texts or None,
    )


def _line(points: Sequence[Point]) -> Any:
    import numpy as np
    from highdicom.pr import AnnotationUnitsValues, GraphicObject, GraphicTypeValues

    return GraphicObject(
        GraphicTypeValues.POLYLINE, np.array(points, dtype=float), AnnotationUnitsValues.PIXEL
    )


def _text(mark: KeptMark, size: tuple[float, float]) -> Any:
    from highdicom.pr import AnnotationUnitsValues, TextObject

    column, row = mark.points[-1]
    words = " ".join(part for part in (mark.text, mark.value) if part)
    return TextObject(
        words[:1024],  # ST, PS3.5 6.2
        AnnotationUnitsValues.PIXEL,
        anchor_point=(min(max(column, 0.0), size[0]), min(max(row, 0.0), size[1])),
    )


def _copy_body_side(image: Dataset, state: Dataset) -> None:
    """General Series wants them again (PS3.3 C.7.3.1); highdicom leaves them out."""
    for keyword in ("BodyPartExamined", "PatientPosition", "Laterality"):
        if image.get(keyword):
            setattr(state, keyword, image.get(keyword))
    if "BodyPartExamined" not in state and "Laterality" not in state:
        state.Laterality = ""  # type 2C: empty says unknown
