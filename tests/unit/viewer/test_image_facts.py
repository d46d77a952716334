from typing import Any

import pytest
from pydicom.dataset import Dataset

from viewer.display_facts import PICTURES_MAX, pictures_of
from viewer.image_facts import instance_body


def an_image(**elements: Any) -> Dataset:
    dataset = Dataset()
    dataset.SOPInstanceUID = "1.2.3"
    dataset.Rows = dataset.Columns = 8
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("elements", "rate"),
    [
        ({}, None),
        ({"FrameTime": "40"}, 25.0),
        ({"FrameTime": "0"}, None),
        ({"FrameTime": "0.001"}, 60.0),
        ({"FrameTime": "1000000"}, None),
        ({"CineRate": "30", "FrameTime": "40"}, 30.0),
        ({"RecommendedDisplayFrameRate": "12", "CineRate": "30"}, 12.0),
        ({"CineRate": "-4"}, None),
    ],
)
def test_frame_rate_is_the_devices_and_bounded(
    elements: dict[str, str], rate: float | None
) -> None:
    assert instance_body(an_image(**elements))["frame_rate"] == rate


def coded(code: str) -> Dataset:
    item = Dataset()
    item.CodeValue = code
    return item


def test_mammogram_says_side_view_and_direction() -> None:
    said = instance_body(
        an_image(
            ImageLaterality="R",
            ViewCodeSequence=[coded("R-10226")],
            ImageType=["DERIVED", "PRIMARY"],
            PatientOrientation=["P", "FL"],
            PresentationIntentType="FOR PRESENTATION",
        )
    )
    assert (said["laterality"], said["view_position"]) == ("R", "MLO")
    assert said["image_type"] == ["DERIVED", "PRIMARY"]
    assert said["patient_orientation"] == ["P", "FL"]
    assert said["for_processing"] is False


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
@pytest.mark.parametrize(
    ("elements", "side", "view"),
    [
        ({}, "", ""),
        ({"Laterality": "L", "ViewPosition": "cc"}, "L", "CC"),
        ({"ImageLaterality": "X", "Laterality": "R"}, "R", ""),
        ({"ViewPosition": "PA", "ViewCodeSequence": [coded("399162004")]}, "", "PA"),
        ({"ViewCodeSequence": [coded("399162004")]}, "", "CC"),
        ({"ViewCodeSequence": [coded("unknown")]}, "", ""),
        ({"ViewPosition": "bà Nguyễn Thị M."}, "", ""),
    ],
)
def test_side_and_view_of_older_headers(elements: dict[str, Any], side: str, view: str) -> None:
    said = instance_body(an_image(**elements))
    assert (said["laterality"], said["view_position"]) == (side, view)
    assert (said["image_type"], said["patient_orientation"]) == ([], [])


def test_raw_detector_values_are_known() -> None:
    assert instance_body(an_image(PresentationIntentType="FOR PROCESSING"))["for_processing"]


def test_list_of_studies_names_few_images_or_the_middle_one() -> None:
    few = [{"sop_uid": f"1.{n}", "frame": 1} for n in range(PICTURES_MAX)]
    assert [picture["sop_uid"] for picture in pictures_of(few)] == [one["sop_uid"] for one in few]
    many = [{"sop_uid": f"1.{n}", "frame": 1} for n in range(PICTURES_MAX + 1)]
    [middle] = pictures_of(many)
    assert (middle["sop_uid"], middle["laterality"], middle["orientation"]) == ("1.6", "", None)
    assert pictures_of([]) == []
