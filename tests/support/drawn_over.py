"""Objects that say something about images, made by highdicom: states, key objects, segments."""

import io
from collections.abc import Sequence
from typing import Any

import highdicom as hd
import numpy as np
import pydicom
from highdicom.pr import (
    AnnotationUnitsValues,
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GraphicTypeValues,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
    TextObject,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from recordings.dicom_writing import quiet_about_names

MAKER = {
    "manufacturer": "Hãng thử",
    "manufacturer_model_name": "M1",
    "software_versions": "1",
    "device_serial_number": "7",
}
WINDOW = (40.0, 400.0)
BOX = (12.5, 20.0)


def read(body: bytes) -> Dataset:
    """A file's data set."""
    return pydicom.dcmread(io.BytesIO(body))


def part10(dataset: Dataset) -> bytes:
    """A data set as a file, in UTF-8."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


@quiet_about_names()
def a_state(images: Sequence[Dataset], uid: str, words: str) -> bytes:
    """Every kind of graphic and one text on the first of the images, and a window for all."""
    kinds = GraphicTypeValues
    shapes = [
        (kinds.POINT, [[3.5, 4.5]]),
        (kinds.POLYLINE, [[1, 1], [10, 1], [10, 10], [1, 1]]),
        (kinds.INTERPOLATED, [[20, 20], [25, 30], [30, 20]]),
        (kinds.CIRCLE, [[60, 60], [60, 70]]),
        (kinds.ELLIPSE, [[30, 60], [50, 60], [40, 55], [40, 65]]),
    ]
    layer = GraphicLayer("NHAN", order=1, display_color=hd.color.CIELabColor(53.2, 80.1, 67.2))
    annotation = GraphicAnnotation(
        referenced_images=[images[0]],
        graphic_layer=layer,
        graphic_objects=[
            GraphicObject(kind, np.array(points, float), AnnotationUnitsValues.PIXEL)
            for kind, points in shapes
        ],
        text_objects=[TextObject(words, AnnotationUnitsValues.PIXEL, anchor_point=BOX)],
    )
    state = GrayscaleSoftcopyPresentationState(
        referenced_images=list(images),
        series_instance_uid=uid.rpartition(".")[0],
        series_number=90,
        sop_instance_uid=uid,
        instance_number=1,
        content_label="DOC_PHIM",
        content_description="Bác sĩ đọc phim đánh dấu",
        graphic_layers=[layer],
        graphic_annotations=[annotation],
        voi_lut_transformations=[
            SoftcopyVOILUTTransformation(window_center=WINDOW[0], window_width=WINDOW[1])
        ],
        **MAKER,
    )
    return part10(state)


@quiet_about_names()
def key_images(images: Sequence[Dataset], uid: str, why: str) -> bytes:
    """A Key Object Selection of these images."""
    content = hd.ko.KeyObjectSelection(
        document_title=codes.DCM.ForConference, referenced_objects=list(images), description=why
    )
    document = hd.ko.KeyObjectSelectionDocument(
        evidence=list(images),
        content=content,
        series_instance_uid=uid.rpartition(".")[0],
        series_number=91,
        sop_instance_uid=uid,
        instance_number=1,
        **{name: MAKER[name] for name in ("manufacturer",)},
    )
    return part10(document)


@quiet_about_names()
def segments(images: Sequence[Dataset], masks: np.ndarray[Any, Any], uid: str) -> bytes:
    """A binary segmentation; `masks` is (image, row, column) with the segment's number or 0."""
    described = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"Tổn thương {number}",
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number in range(1, int(masks.max()) + 1)
    ]
    return part10(
        hd.seg.Segmentation(
            source_images=list(images),
            pixel_array=masks.astype(np.uint8),
            segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=described,
            series_instance_uid=uid.rpartition(".")[0],
            series_number=92,
            sop_instance_uid=uid,
            instance_number=1,
            **MAKER,
        )
    )


def with_overlay(image: Dataset, plane: np.ndarray[Any, Any], **words: Any) -> Dataset:
    """An image with an overlay plane beside its pixels (PS3.3 C.9.2), at `origin`."""
    origin = words.get("origin", (1, 1))
    image.add_new((0x6000, 0x0010), "US", plane.shape[0])
    image.add_new((0x6000, 0x0011), "US", plane.shape[1])
    image.add_new((0x6000, 0x0040), "CS", "G")
    image.add_new((0x6000, 0x0050), "SS", list(origin))
    image.add_new((0x6000, 0x0100), "US", 1)
    image.add_new((0x6000, 0x0102), "US", 0)
    image.add_new((0x6000, 0x1500), "LO", words.get("label", "VE TAY"))
    bits = np.packbits(plane.astype(np.uint8).ravel(), bitorder="little").tobytes()
    image.add_new((0x6000, 0x3000), "OW", bits + b"\0" * (len(bits) % 2))
    return image
