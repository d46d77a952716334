"""Read one Part-10 file's header into values; hostile files end in a Refusal, never an exception.

Runs in a pool process: parsing costs milliseconds of pure Python, and what a file does to the
parser stays there.
"""

import contextlib
import gzip
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from viewer import burned_in, part10
from viewer.damage import DAMAGE
from viewer.dicom_text import patient_of, repair_words, text_of
from viewer.dicomweb_metadata import Json, metadata_json
from viewer.study import (
    DICOMDIR_STORAGE,
    DirectoryIndex,
    Header,
    InstanceFacts,
    Refusal,
    SeriesFacts,
    StudyFacts,
)

_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_PIXELS_ELSEWHERE: Final = 0x00287FE0  # Pixel Data Provider URL
DIRECTORY_RECORDS_MAX: Final = 100_000
# Kept as facts: repaired wherever a writer took a representation of text for them.
_WORDS: Final = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "StudyDescription", "AccessionNumber", "StudyID"),
    *("ReferringPhysicianName", "Modality", "SeriesNumber", "SeriesDescription"),
    *("BodyPartExamined", "FrameOfReferenceUID", "SeriesDate", "SeriesTime"),
)

Read = Header | DirectoryIndex | Refusal


@dataclass(frozen=True, slots=True)
class HeaderLimits:
    """Bounds on what one file may make the reader do."""

    inflated_bytes: int = 512 << 20
    image_frames: int = 20_000
    pixels_per_frame: int = 100_000_000


DEFAULT_LIMITS: Final = HeaderLimits()


def read_headers(paths: Sequence[Path], bulk_root: str) -> list[Read]:
    """Several files in one trip to a process."""
    return [read_header(path, bulk_root) for path in paths]


def read_header(path: Path, bulk_root: str, limits: HeaderLimits = DEFAULT_LIMITS) -> Read:
    """The header of a file, a directory index, or why it is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every oddity that the field brings
        try:
            return _read(path, bulk_root, limits)
        except InvalidDicomError:
            return Refusal("not-dicom")
        except RecursionError:
            return Refusal("too-deep")
        except MemoryError:
            return Refusal("too-large", "memory")
        except DAMAGE as error:
            return Refusal("unreadable", type(error).__name__)


def _read(path: Path, bulk_root: str, limits: HeaderLimits) -> Read:
    opened = part10.open_header(path, limits.inflated_bytes)
    if isinstance(opened, Refusal):
        return opened
    if opened.dataset.file_meta.get("MediaStorageSOPClassUID") == DICOMDIR_STORAGE:
        return _directory(opened.dataset)
    return _header(opened, bulk_root, limits)


def _directory(dataset: Dataset) -> DirectoryIndex | Refusal:
    records = dataset.get("DirectoryRecordSequence") or []
    if len(records) > DIRECTORY_RECORDS_MAX:
        return Refusal("too-large", "directory records")
    uids = (str(record.get("ReferencedSOPInstanceUIDInFile", "")) for record in records)
    return DirectoryIndex(tuple(uid for uid in uids if _UID.fullmatch(uid)))


def _header(opened: part10.OpenedHeader, bulk_root: str, limits: HeaderLimits) -> Header | Refusal:
    dataset = opened.dataset
    uids = {
        name: str(dataset.get(name) or "").strip()
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
    }
    if missing := [name for name, uid in uids.items() if not uid]:
        return Refusal("missing-uid", missing[0])
    if wrong := [n for n, uid in uids.items() if len(uid) > 64 or not _UID.fullmatch(uid)]:
        return Refusal("bad-uid", wrong[0])
    if _lacks_pixels(opened, uids["SOPClassUID"]):
        return Refusal("truncated", "no pixels")
    instance = _instance_facts(opened, uids)
    if instance.image_frames > limits.image_frames:
        return Refusal("too-large", "image frames")
    if instance.rows * instance.columns > limits.pixels_per_frame:
        return Refusal("too-large", "matrix")
    declared, how = repair_words(dataset, _WORDS)
    study = _study_facts(dataset, uids["StudyInstanceUID"])
    series = _series_facts(dataset, uids["SeriesInstanceUID"])
    root = (
        f"{bulk_root}/studies/{study.study_uid}/series/{series.series_uid}"
        f"/instances/{instance.sop_uid}"
    )
    said = _metadata(opened, root, declared)
    body = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    metadata = gzip.compress(body.encode("utf-8", "replace"), 6, mtime=0)
    pixels = burned_in.of_object(burned_in.facts_of(said))
    return Header(patient_of(dataset), study, series, instance, metadata, how, pixels)


def _lacks_pixels(opened: part10.OpenedHeader, sop_class_uid: str) -> bool:
    """An image that ends before its pixels was cut off between two elements."""
    means_image = "Image Storage" in UID(sop_class_uid).name or "Rows" in opened.dataset
    return means_image and not opened.has_pixels and _PIXELS_ELSEWHERE not in opened.dataset


def _metadata(opened: part10.OpenedHeader, root: str, declared: tuple[str, ...]) -> Json:
    body = metadata_json(opened.dataset, root, declared)
    if opened.has_pixels:
        body["7FE00010"] = {"vr": "OW", "BulkDataURI": f"{root}/bulkdata/7FE00010"}
    # PS3.18 8.7.3.3: readers of metadata learn the stored syntax here.
    syntax = str(opened.dataset.file_meta.get("TransferSyntaxUID", ""))
    body["00083002"] = {"vr": "UI", "Value": [syntax]}
    return body


def _study_facts(dataset: Dataset, study_uid: str) -> StudyFacts:
    return StudyFacts(
        study_uid=study_uid,
        date=text_of(dataset, "StudyDate", 16),
        time=text_of(dataset, "StudyTime", 28),
        description=text_of(dataset, "StudyDescription", 200),
        accession_number=text_of(dataset, "AccessionNumber", 64),
        study_id=text_of(dataset, "StudyID", 64),
        referring_physician=text_of(dataset, "ReferringPhysicianName", 200),
    )


def _series_facts(dataset: Dataset, series_uid: str) -> SeriesFacts:
    return SeriesFacts(
        series_uid=series_uid,
        modality=text_of(dataset, "Modality", 16),
        number=number_of(dataset, "SeriesNumber"),
        description=text_of(dataset, "SeriesDescription", 200),
        body_part=text_of(dataset, "BodyPartExamined", 64),
        frame_of_reference_uid=text_of(dataset, "FrameOfReferenceUID", 64),
        date=text_of(dataset, "SeriesDate", 16),
        time=text_of(dataset, "SeriesTime", 28),
    )


def _instance_facts(opened: part10.OpenedHeader, uids: dict[str, str]) -> InstanceFacts:
    dataset = opened.dataset
    rows, columns = number_of(dataset, "Rows") or 0, number_of(dataset, "Columns") or 0
    frames = number_of(dataset, "NumberOfFrames") or 1
    has_pixels = opened.has_pixels and rows > 0 and columns > 0
    return InstanceFacts(
        sop_uid=uids["SOPInstanceUID"],
        sop_class_uid=uids["SOPClassUID"],
        transfer_syntax_uid=str(dataset.file_meta.get("TransferSyntaxUID", "")),
        instance_number=number_of(dataset, "InstanceNumber"),
        rows=rows,
        columns=columns,
        bits_allocated=number_of(dataset, "BitsAllocated") or 0,
        image_frames=max(frames, 1) if has_pixels else 0,
    )


def number_of(dataset: Dataset, keyword: str) -> int | None:
    """An integer attribute, None when absent or malformed."""
    value: Any = None
    with contextlib.suppress(*DAMAGE):
        value = int(dataset.get(keyword))
    return value if value is None or abs(value) < 1 << 31 else None
