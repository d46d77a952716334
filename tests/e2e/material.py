"""A folder as a spoke doctor drags it in: real slices, a stray text file, a broken image."""

from datetime import date
from pathlib import Path

from telehealth.demo.images import Wanted, for_case

PATIENT = {
    "name": "Vàng Thị Hư Cấu",
    "code": "NK-260999",
    "born": "05/03/1963",
    "born_dicom": "19630305",
}
SLICES = 20  # the brain series that comes with the project's packages


def wanted(birth_date: str) -> Wanted:
    """The study of the invented patient."""
    return Wanted(
        case_key="E2E",
        modality="MR",
        body_part="BRAIN",
        description="Cộng hưởng từ sọ não",
        study_date=date(2026, 11, 20),
        patient_id=PATIENT["code"],
        birth_date=birth_date,
        sex="F",
        name_bytes=PATIENT["name"].encode(),
        charset="ISO_IR 192",
    )


def folder(place: Path, birth_date: str = PATIENT["born_dicom"]) -> Path:
    """Write the folder; every slice is there once more under another name (a duplicate)."""
    files = for_case(wanted(birth_date), None)
    assert len(files) == SLICES
    for number, data in enumerate(files):
        place.mkdir(parents=True, exist_ok=True)
        (place / f"IM{number:04d}").write_bytes(data)
    (place / "copy-of-first.dcm").write_bytes(files[0])
    (place / "doc-truoc.txt").write_text("Không phải ảnh")
    (place / "broken.dcm").write_bytes(files[1][:400])
    return place
