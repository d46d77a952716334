import io
from datetime import date

import pydicom
import pytest

from telehealth.demo.images import Wanted, for_case


def wanted(modality: str, body_part: str) -> Wanted:
    return Wanted(
        case_key="C99",
        modality=modality,
        body_part=body_part,
        description="",
        study_date=date(2026, 11, 20),
        patient_id="NK-1",
        birth_date="19540302",
        sex="M",
        name_bytes="LƯỜNG".encode(),
        charset="ISO_IR 100",  # as a mislabelling modality writes it
    )


@pytest.mark.parametrize(
    ("modality", "body_part", "count"),
    [("MR", "BRAIN", 20), ("CR", "CHEST", 1), ("US", "HEART", 1)],
)
def test_packages_give_readable_images_of_the_wanted_patient(
    modality: str, body_part: str, count: int
) -> None:
    images = [
        pydicom.dcmread(io.BytesIO(data)) for data in for_case(wanted(modality, body_part), None)
    ]
    assert len(images) == count
    assert {image.PatientID for image in images} == {"NK-1"}
    assert {image.PatientBirthDate for image in images} == {"19540302"}
    assert len({image.SOPInstanceUID for image in images}) == count
    assert len({image.StudyInstanceUID for image in images}) == 1
    assert images[0].get_item("PatientName").value.strip() == "LƯỜNG".encode()


def test_the_same_case_gets_the_same_uids_every_time() -> None:
    first, again = (for_case(wanted("US", "HEART"), None)[0] for _ in range(2))
    assert first == again
