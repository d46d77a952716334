"""Makes the files of a step from the snapshot: the same snapshot gives the same bytes."""

import json
from collections.abc import Mapping

from recordings.archive_snapshot import ArchiveSnapshot, closed_case
from recordings.archive_step import (
    ArchivedFile,
    ArchiveStep,
    DeliveryKind,
    SinkKind,
    StepId,
)
from recordings.encapsulated_pdf import encapsulated_minutes
from recordings.errors import DeliveryRefused
from recordings.fhir_bundle import bundle_bytes
from recordings.key_objects import key_object_selection
from recordings.presentation_state import presentation_state
from recordings.sinks.sink import Payloads

DICOM, JSON = "application/dicom", "application/json"
CONTENTS_NAME = "ban-ke.json"

Siblings = dict[StepId, tuple[ArchivedFile, ...]]


def build_files(
    step: ArchiveStep, snapshot: ArchiveSnapshot, payloads: Payloads, siblings: Siblings
) -> tuple[ArchivedFile, ...]:
    """The files of a step, stored and named; blocks, and imports much for DICOM objects.

    `siblings` holds the files of the steps this one depends on. DeliveryRefused when the snapshot
    cannot be made into the object.
    """
    try:
        return _build(step, snapshot, payloads, siblings)
    except FileNotFoundError as error:
        raise DeliveryRefused("payload-missing", "a file of the case is not stored") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise DeliveryRefused("cannot-build", type(error).__name__) from error


def _build(
    step: ArchiveStep, snapshot: ArchiveSnapshot, payloads: Payloads, siblings: Siblings
) -> tuple[ArchivedFile, ...]:
    pdf = snapshot.minutes_pdf
    match step.sink, step.kind:
        case SinkKind.FOLDER, DeliveryKind.MINUTES:
            data = _json(_sidecar(snapshot))
            return pdf, _stored(payloads, "bien-ban-hoi-chan.json", JSON, data)
        case SinkKind.PACS, DeliveryKind.MINUTES:
            data = encapsulated_minutes(snapshot, payloads.read(pdf.sha256))
            return (_stored(payloads, "bien-ban-hoi-chan.dcm", DICOM, data),)
        case _, DeliveryKind.KEY_IMAGES:
            name = f"anh-then-chot-{_number(step, snapshot)}.dcm"
            return (_stored(payloads, name, DICOM, key_object_selection(snapshot, step.subject)),)
        case _, DeliveryKind.MARKS:
            name = f"danh-dau-{_number(step, snapshot)}.dcm"
            return (_stored(payloads, name, DICOM, presentation_state(snapshot, step.subject)),)
        case _, DeliveryKind.RECORDING:
            return _recording(step, snapshot)
        case SinkKind.FHIR, DeliveryKind.BUNDLE:
            data = bundle_bytes(snapshot, payloads.read(pdf.sha256))
            return (_stored(payloads, "bundle.json", "application/fhir+json", data),)
        case _:
            data = _json(_contents(step, snapshot, siblings))
            return (_stored(payloads, CONTENTS_NAME, JSON, data),)


def _recording(step: ArchiveStep, snapshot: ArchiveSnapshot) -> tuple[ArchivedFile, ...]:
    [recording] = [one for one in snapshot.recordings if str(one.id) == step.subject]
    return recording.files


def _sidecar(snapshot: ArchiveSnapshot) -> Mapping[str, object]:
    return {
        "case_id": str(snapshot.case_id),
        "case_number": snapshot.case_number,
        "revision": snapshot.revision,
        "closed_at": snapshot.closed_at.isoformat(),
        "form": dict(snapshot.printed),
        "pdf_sha256": snapshot.minutes_pdf.sha256,
    }


def _contents(
    step: ArchiveStep, snapshot: ArchiveSnapshot, siblings: Siblings
) -> Mapping[str, object]:
    """The list of everything that must be in the folder: it comes last, so it says "complete"."""
    return {
        "case_id": str(snapshot.case_id),
        "case_number": snapshot.case_number,
        "revision": snapshot.revision,
        "closed_at": snapshot.closed_at.isoformat(),
        "files": [
            {"name": file.name, "sha256": file.sha256, "size": file.size}
            for needed in step.depends_on
            for file in siblings[needed]
        ],
    }


def _number(step: ArchiveStep, snapshot: ArchiveSnapshot) -> int:
    case = closed_case(snapshot, step.snapshot_sha256)
    if step.kind is DeliveryKind.KEY_IMAGES:
        return case.key_image_studies.index(step.subject) + 1
    return [one.series_uid for one in case.marked_series].index(step.subject) + 1


def _stored(payloads: Payloads, name: str, media_type: str, data: bytes) -> ArchivedFile:
    blob = payloads.put(data)
    return ArchivedFile(name, media_type, blob.sha256, blob.size)


def _json(values: Mapping[str, object]) -> bytes:
    return json.dumps(values, ensure_ascii=False, indent=1).encode()
