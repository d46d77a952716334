from typing import Any

import pytest
from pydicom.dataset import Dataset

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
