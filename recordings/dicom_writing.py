"""What every DICOM object of a closed case has in common: identity, times, file bytes."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from recordings.archive_plan import object_uid
from recordings.archive_snapshot import ArchiveSnapshot
from recordings.archive_step import DeliveryKind

MANUFACTURER: Final = "telehealth-hoichan"
MODEL: Final = "telehealth"
VERSION: Final = "1"
SERIES_DESCRIPTION: Final = "Hội chẩn từ xa"
_LEFT_OUT: Final = frozenset({"0002", "0012", "7FE0"})
_TYPE_2: Final = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)


@dataclass(frozen=True)
class ObjectIdentity:
    """UIDs and wall time of one object: from the case, so building again gives the same bytes."""

    sop_uid: str
    series_uid: str
    made_at: datetime


def object_identity(snapshot: ArchiveSnapshot, kind: DeliveryKind, subject: str) -> ObjectIdentity:
    """The identity of an object of a case; DICOM times are wall times of the hospital."""
    case = (snapshot.case_id, snapshot.revision, kind)
    return ObjectIdentity(
        object_uid(*case, subject),
        object_uid(*case, f"series|{subject}"),
        snapshot.closed_at.astimezone(ZoneInfo(snapshot.time_zone)),
    )


def header_dataset(header: Mapping[str, Any]) -> Dataset:
    """The dataset of a DICOM JSON header; text is Unicode from here on."""
    dataset = Dataset.from_json(_plain(header))
    dataset.SpecificCharacterSet = "ISO_IR 192"
    fill_type_2(dataset)
    return dataset


def fill_type_2(dataset: Dataset) -> None:
    """Patient and study attributes that must be present, empty when unknown (PS3.3 C.7.1, C.7.2).

    Real images lack them, those without identity above all.
    """
    for keyword in _TYPE_2:
        if keyword not in dataset:
            setattr(dataset, keyword, "")


def _plain(header: Mapping[str, Any]) -> dict[str, Any]:
    """Without file meta, trial, private and bulk elements: none goes into our objects."""
    return {
        tag: element
        for tag, element in header.items()
        if tag[:4] not in ("0002", "0012", "7FE0")
        and int(tag[:4], 16) % 2 == 0
        and _is_inline(element)
    }


def _is_inline(element: Mapping[str, Any]) -> bool:
    nested = (item for item in element.get("Value", ()) if element.get("vr") == "SQ")
    return "BulkDataURI" not in element and all(
        _is_inline(inner) for item in nested for inner in (item or {}).values()
    )


@contextmanager
def quiet_about_names() -> Iterator[None]:
    """highdicom warns about names without "^" and prints them: a patient's name in a log."""
    with warnings.catch_warnings():
        message = "The string .* is unlikely to represent the intended person name"
        warnings.filterwarnings("ignore", message, UserWarning)
        yield


def person_name(full_name: str) -> str:
    """A Vietnamese name as DICOM PN: family name first, then the rest (PS3.5 6.2.1)."""
    family, _, rest = full_name.strip().partition(" ")
    return f"{family}^{rest}" if rest else family


def file_bytes(dataset: Dataset, made_at: datetime) -> bytes:
    """The Part-10 file, Explicit VR Little Endian; every time in it is `made_at`."""
    for date_keyword, time_keyword in (
        ("InstanceCreationDate", "InstanceCreationTime"),
        ("ContentDate", "ContentTime"),
        ("PresentationCreationDate", "PresentationCreationTime"),
    ):
        if date_keyword in dataset:
            setattr(dataset, date_keyword, f"{made_at:%Y%m%d}")
            setattr(dataset, time_keyword, f"{made_at:%H%M%S}")
    for equipment in dataset.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = f"{made_at:%Y%m%d%H%M%S}"
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta = meta
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
