"""DICOM objects of a closed case from real headers (docs/archive.md, AR-54)."""

import json
from dataclasses import replace
from io import BytesIO
from uuid import UUID

import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file

from recordings.archive_snapshot import ArchiveSnapshot, KeptMark, KeyImage
from recordings.archive_step import ArchivedFile
from recordings.encapsulated_pdf import encapsulated_minutes
from recordings.key_objects import key_object_selection
from recordings.presentation_state import presentation_state
from tests.support.recordings_builders import SERIES_UID, STUDY_UID, some_snapshot

PDF = b"%PDF-1.7 le"
FILE = ArchivedFile("x.pdf", "application/pdf", "ab" * 32, len(PDF))


def snapshot_over(header: Dataset) -> ArchiveSnapshot:
    """A case whose one key image and one mark lie on this image."""
    place = (header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID)
    body = json.loads(header.to_json(1024, lambda element: "elsewhere"))
    points = ((10.0, 10.0), (20.0, 20.0))
    return replace(
        some_snapshot(FILE),
        images={header.SOPInstanceUID: body},
        key_images=(KeyImage(*place),),
        marks=(KeptMark(UUID(int=1), "length", *place, 1, points, "", "15 mm"),),
    )


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small.dcm", "examples_rgb_color.dcm", "US1_UNCR.dcm"]
)
def test_ar54_grey_and_colour_images_of_the_world_get_their_marks(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    header = dcmread(path, stop_before_pixels=True)
    snapshot = snapshot_over(header)
    state = dcmread(BytesIO(presentation_state(snapshot, header.SeriesInstanceUID)))
    [annotation] = state.GraphicAnnotationSequence
    [line] = annotation.GraphicObjectSequence
    assert line.GraphicData == [10.0, 10.0, 20.0, 20.0]
    assert annotation.TextObjectSequence[0].UnformattedTextValue == "15 mm"
    assert ("ICCProfile" in state) == (header.SamplesPerPixel > 1)
    selection = dcmread(BytesIO(key_object_selection(snapshot, header.StudyInstanceUID)))
    [title] = selection.ConceptNameCodeSequence
    assert (title.CodeValue, title.CodingSchemeDesignator) == ("113005", "DCM")


def test_ar54_an_image_without_a_birth_date_and_a_caret_in_the_name_is_no_obstacle() -> None:
    snapshot = some_snapshot(FILE)
    bare = {}
    for uid, header in snapshot.images.items():
        image = Dataset.from_json(dict(header))
        del image.PatientBirthDate
        image.PatientName = "KHONGDAU"
        bare[uid] = image.to_json_dict()
    bare_snapshot = replace(snapshot, images=bare)
    assert presentation_state(bare_snapshot, SERIES_UID)
    selection = dcmread(BytesIO(key_object_selection(bare_snapshot, STUDY_UID)))
    assert selection.PatientBirthDate == ""


def test_ar54_a_window_of_no_width_is_left_out_of_the_presentation_state() -> None:
    snapshot = some_snapshot(FILE)
    odd = {}
    for uid, header in snapshot.images.items():
        image = Dataset.from_json(dict(header))
        image.WindowCenter, image.WindowWidth = 0, 0  # as a scanner's brain series has it
        odd[uid] = image.to_json_dict()
    state = dcmread(BytesIO(presentation_state(replace(snapshot, images=odd), SERIES_UID)))
    assert "SoftcopyVOILUTSequence" not in state


def test_ar54_a_frame_of_a_multi_frame_image_is_named() -> None:
    snapshot = some_snapshot(FILE)
    image = Dataset.from_json(dict(next(iter(snapshot.images.values()))))
    image.NumberOfFrames = 30
    place = (image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID)
    many = replace(
        snapshot,
        images={image.SOPInstanceUID: image.to_json_dict()},
        key_images=(KeyImage(*place, 7), KeyImage(*place, 9)),
    )
    selection = dcmread(BytesIO(key_object_selection(many, STUDY_UID)))
    frames = [
        item.ReferencedSOPSequence[0].ReferencedFrameNumber
        for item in selection.ContentSequence
        if item.ValueType == "IMAGE"
    ]
    assert frames == [7, 9]


def test_ar54_the_pdf_in_dicom_is_the_pdf_that_was_closed() -> None:
    document = dcmread(BytesIO(encapsulated_minutes(some_snapshot(FILE), PDF)))
    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == PDF
    assert document.StudyInstanceUID == STUDY_UID
    alone = replace(some_snapshot(FILE), images={}, key_images=(), marks=())
    first, second = (dcmread(BytesIO(encapsulated_minutes(alone, PDF))) for _ in range(2))
    assert first == second
    assert first.PatientID == "NK-240001"
    assert first.StudyInstanceUID.startswith("2.25.")
