"""Study, ImageSeries and Instance: the values that headers say, read without trusting them."""

from dataclasses import dataclass, field
from typing import Final

from viewer.burned_in import BurnedIn
from viewer.identity import ImagePatient

DICOMDIR_STORAGE: Final = "1.2.840.10008.1.3.10"  # Media Storage Directory, PS3.3 F


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """The study level of one header; dates and times as DICOM text."""

    study_uid: str
    date: str = ""
    time: str = ""
    description: str = ""
    accession_number: str = ""
    study_id: str = ""
    referring_physician: str = ""


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """The series level of one header."""

    series_uid: str
    modality: str = ""
    number: int | None = None
    description: str = ""
    body_part: str = ""
    frame_of_reference_uid: str = ""
    date: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """The instance level of one header."""

    sop_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    instance_number: int | None = None
    rows: int = 0
    columns: int = 0
    bits_allocated: int = 0
    image_frames: int = 0  # 0: not an image


@dataclass(frozen=True, slots=True)
class Header:
    """All that is kept of one file's header.

    `metadata` is the instance as DICOM JSON (PS3.18 F), gzip-compressed, text repaired, bulk data
    replaced by references. `name_how` says how the patient's name was read (see person_text),
    `burned_in` whether the pixels may show it.
    """

    patient: ImagePatient
    study: StudyFacts
    series: SeriesFacts
    instance: InstanceFacts
    metadata: bytes = field(repr=False)
    name_how: str = "ascii"
    burned_in: BurnedIn = BurnedIn.MAY_SHOW_A_NAME


@dataclass(frozen=True, slots=True)
class DirectoryIndex:
    """A DICOMDIR: not an image, but a list of what should be there."""

    sop_uids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was not taken: a slug for people, a detail for the technician."""

    reason: str
    detail: str = ""
