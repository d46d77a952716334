"""All that a closed case sends, frozen as one JSON document: a retry sends the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from recordings.archive_plan import ClosedCase, MarkedSeries
from recordings.archive_step import ArchivedFile
from recordings.minutes import MinutesContent, Question
from recordings.minutes_form import FormPerson, MinutesForm


@dataclass(frozen=True)
class KeyImage:
    """An image chosen in the conference; `image_frame` counts from 1."""

    study_uid: str
    series_uid: str
    sop_uid: str
    image_frame: int = 1


@dataclass(frozen=True)
class KeptMark:
    """A mark in pixel coordinates of its image: the first pixel's centre is 0.5, 0.5."""

    id: UUID
    kind: str
    study_uid: str
    series_uid: str
    sop_uid: str
    image_frame: int
    points: tuple[tuple[float, float], ...]
    text: str = ""
    value: str = ""


@dataclass(frozen=True)
class KeptRecording:
    """A finished recording: its files lie in the blob store."""

    id: UUID
    started_at: datetime
    duration_s: float
    files: tuple[ArchivedFile, ...]
    url: str = ""


@dataclass(frozen=True)
class ArchiveSnapshot:
    """A case as it stood when its minutes were closed.

    `images` holds the DICOM JSON (PS3.18 F) headers, without pixels, of every image that a key
    image or mark refers to, by SOP Instance UID. `folder` names the case without patient words.
    """

    case_id: UUID
    facility_id: UUID
    revision: int
    closed_at: datetime
    time_zone: str
    folder: str
    case_number: str
    form: MinutesForm
    content: MinutesContent
    questions: tuple[Question, ...]
    presenter: FormPerson
    minutes_pdf: ArchivedFile
    printed: Mapping[str, Any] = field(default_factory=dict)
    key_images: tuple[KeyImage, ...] = ()
    marks: tuple[KeptMark, ...] = ()
    images: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    recordings: tuple[KeptRecording, ...] = ()


_SNAPSHOT = TypeAdapter(ArchiveSnapshot)


def snapshot_bytes(snapshot: ArchiveSnapshot) -> bytes:
    """The document as JSON."""
    return _SNAPSHOT.dump_json(snapshot)


def snapshot_of(data: bytes) -> ArchiveSnapshot:
    """The snapshot of a document written by `snapshot_bytes`."""
    return _SNAPSHOT.validate_json(data)


def closed_case(snapshot: ArchiveSnapshot, snapshot_sha256: str) -> ClosedCase:
    """What the plan needs of a snapshot; images without a header here are in no object."""
    known = snapshot.images
    chosen = {one.study_uid: None for one in snapshot.key_images if one.sop_uid in known}
    marked = {
        MarkedSeries(one.study_uid, one.series_uid): None
        for one in snapshot.marks
        if one.sop_uid in known
    }
    return ClosedCase(
        case_id=snapshot.case_id,
        facility_id=snapshot.facility_id,
        revision=snapshot.revision,
        closed_at=snapshot.closed_at,
        snapshot_sha256=snapshot_sha256,
        key_image_studies=tuple(chosen),
        marked_series=tuple(marked),
        recordings=tuple(one.id for one in snapshot.recordings),
    )
