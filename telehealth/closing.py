"""Closing the minutes: printed, frozen and planned for delivery, all or nothing.

Bytes first: PDF and snapshot are on the disk before the one transaction that freezes the minutes,
enters the archive plan and moves the case. A crash in between leaves unused bytes, nothing else.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from recordings import minutes as rules
from recordings.archive_plan import plan
from recordings.archive_snapshot import (
    ArchiveSnapshot,
    KeptMark,
    KeyImage,
    closed_case,
    snapshot_bytes,
)
from recordings.archive_step import ArchivedFile, SinkKind
from recordings.archive_store import ArchiveStore
from recordings.errors import RecordingStillOpen
from recordings.minutes import CaseId, Minutes, PersonId, PrintedPdf
from recordings.minutes_form import FormPerson, printed
from recordings.minutes_pdf import minutes_pdf
from recordings.minutes_store import MinutesStore
from recordings.recording import OPEN_STATES
from scheduling.case import CaseEvent
from signaling.live_log import Event, SessionId
from signaling.live_store import LiveStore
from telehealth.blobs import FolderBlobs
from telehealth.case_names import folder_of
from telehealth.case_record import CaseRecord, gather
from telehealth.casefile import CaseFile, Doing, Material, case_file, take_step
from telehealth.kept_recordings import WithTimeline, put_timelines, with_timelines
from telehealth.live_rules import LiveRules
from telehealth.live_state import LiveState
from telehealth.settings import Settings
from viewer.store import ImageStore
from viewer.view_state import CaseView, Mark

PDF_NAME = "bien-ban-hoi-chan.pdf"
REVISION = 1


def sinks_of(settings: Settings) -> tuple[SinkKind, ...]:
    """Where the record goes, as configured."""
    configured = {
        SinkKind.FOLDER: settings.archive_folder,
        SinkKind.PACS: settings.pacs_url,
        SinkKind.FHIR: settings.fhir_url,
    }
    return tuple(kind for kind, place in configured.items() if place is not None)


def print_minutes(record: CaseRecord, printed_at: datetime, draft: bool) -> bytes:
    """The PDF of the minutes; takes tens of milliseconds: call it in a thread."""
    return minutes_pdf(_values(record), printed_at, draft)


@dataclass(frozen=True)
class Gathered:
    """All that closing needs, read in one transaction."""

    record: CaseRecord
    view: CaseView
    images: Mapping[str, "CaseImage"]
    recordings: tuple[WithTimeline, ...]


@dataclass(frozen=True)
class CaseImage:
    """An image of the case: where it belongs, and its header as DICOM JSON."""

    study_uid: str
    series_uid: str
    header: Mapping[str, Any]


@dataclass(frozen=True)
class Printed:
    """What was put on the disk before the transaction."""

    pdf: PrintedPdf
    snapshot: ArchiveSnapshot
    snapshot_sha256: str


async def gathered(tx: AsyncSession, file: CaseFile, version: int) -> Gathered:
    """Everything of the case; refuses what cannot be closed now.

    Raises MinutesAreClosed, MinutesVersionConflict, MinutesIncomplete, RecordingStillOpen.
    """
    record = await gather(tx, file)
    rules.check_closable(record.minutes, version, record.questions)
    for one in record.recordings:
        if one.state in OPEN_STATES:
            raise RecordingStillOpen(one.id)
    session = file.session
    events = await LiveStore(tx).events(SessionId(session.id)) if session else []
    # Tens of thousands of events: not on the loop that serves the live log.
    view = await asyncio.to_thread(final_view, events, file.case.id)
    wanted = {one.sop_uid for one in view.key_images} | {one.sop_uid for one in view.marks}
    return Gathered(
        record,
        view,
        await _images(tx, file.case.id, wanted),
        await with_timelines(tx, record.recordings),
    )


def put_on_disk(found: Gathered, blobs: FolderBlobs, facility_id: UUID, now: datetime) -> Printed:
    """Print and store; blocks, so call it in a thread."""
    data = print_minutes(found.record, now, draft=False)
    pdf = blobs.put(data)
    document = ArchivedFile(PDF_NAME, "application/pdf", pdf.sha256, pdf.size)
    snapshot = _snapshot(found, document, facility_id, now)
    snapshot = replace(snapshot, recordings=put_timelines(found.recordings, blobs))
    stored = blobs.put(snapshot_bytes(snapshot))
    return Printed(PrintedPdf(pdf.sha256, pdf.size), snapshot, stored.sha256)


async def freeze(
    tx: AsyncSession,
    found: Gathered,
    printed_: Printed,
    sinks: Sequence[SinkKind],
    doing: Doing,
    material: Material,
) -> Minutes:
    """In one writing transaction: minutes closed, plan entered, case moved.

    Raises MinutesVersionConflict when somebody saved since, TransitionRefused when the case is
    not over yet.
    """
    was = found.record.minutes
    store = MinutesStore(tx)
    current = await store.get_to_change(CaseId(was.case_id))
    rules.check_closable(current, was.version, found.record.questions)
    closed = rules.close(current, printed_.pdf, PersonId(doing.by), doing.at)
    await store.put(closed)
    case = closed_case(printed_.snapshot, printed_.snapshot_sha256)
    await ArchiveStore(tx).add(plan(case, sinks))
    file = await case_file(tx, was.case_id, material, doing.at)
    await take_step(tx, file, CaseEvent.CLOSE_MINUTES, doing)
    return closed


async def stored_pdf(blobs: FolderBlobs, minutes: Minutes) -> bytes:
    """The bytes that were closed."""
    return await asyncio.to_thread(blobs.read, str(minutes.pdf_sha256))


def final_view(events: Iterable[Event], case_id: UUID) -> CaseView:
    """What a case showed last: its marks and key images."""
    rules_, state = LiveRules(), LiveState()
    for event in events:
        state = rules_.reduce(state, event)
    return state.view_of(str(case_id))


def _values(record: CaseRecord) -> dict[str, Any]:
    return printed(record.form, record.minutes.content, record.questions, record.names, record.zone)


def _snapshot(
    found: Gathered, document: ArchivedFile, facility_id: UUID, now: datetime
) -> ArchiveSnapshot:
    record, file, view = found.record, found.record.file, found.view
    return ArchiveSnapshot(
        case_id=file.case.id,
        facility_id=facility_id,
        revision=REVISION,
        closed_at=now,
        time_zone=record.zone.key,
        folder=folder_of(file, record.zone),
        case_number=f"HC-{file.case.id.hex[:8].upper()}",
        form=record.form,
        content=record.minutes.content,
        questions=record.questions,
        presenter=FormPerson(file.presenter.full_name, file.presenter.title, file.facility.name),
        minutes_pdf=document,
        printed=_values(record),
        key_images=tuple(
            KeyImage(place.study_uid, place.series_uid, one.sop_uid, one.image_frame)
            for one in view.key_images
            if (place := found.images.get(one.sop_uid))
        ),
        marks=tuple(_kept(one) for one in view.marks if one.sop_uid in found.images),
        images={uid: image.header for uid, image in found.images.items()},
    )


def _kept(mark: Mark) -> KeptMark:
    return KeptMark(
        mark.id,
        mark.kind,
        mark.study_uid,
        mark.series_uid,
        mark.sop_uid,
        mark.image_frame,
        mark.points,
        mark.text or "",
        mark.value or "",
    )


async def _images(tx: AsyncSession, case_id: UUID, wanted: set[str]) -> dict[str, CaseImage]:
    store, found = ImageStore(tx), {}
    if not wanted:
        return {}
    for study, _ in await store.of_case(case_id):
        for series in await store.series_of(study.id):
            rows = [one for one in await store.instances(series.row.id) if one.sop_uid in wanted]
            headers = await store.metadata([one.id for one in rows])
            for one in rows:
                header = json.loads(headers[one.id])
                found[one.sop_uid] = CaseImage(study.study_uid, series.row.series_uid, header)
    return found
