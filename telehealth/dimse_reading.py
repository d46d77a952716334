"""What a peer may find and fetch: the archive of its own facility, nothing else."""

from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.blobs import FolderBlobs
from viewer.dicomweb_entries import (
    INSTANCE_TAGS,
    SERIES_TAGS,
    STUDY_TAGS,
    instance_entry,
    series_entry,
    study_entry,
)
from viewer.dicomweb_query import Json, matches
from viewer.dimse_query import (
    ACCESSION,
    FOUND_MAX,
    PATIENT_ID,
    SERIES_UID,
    SOP_UID,
    STUDY_UID,
    Level,
    Wanted,
)
from viewer.dimse_sending import FILES_MAX, StoredFile
from viewer.pacs_store import PacsStore
from viewer.store import ImageStore, SeriesSummary
from viewer.tables import StudyRow

# Beyond this many studies a query that names no patient is answered in part.
_SCAN_MAX: Final = 5000
_EXACT: Final = {PATIENT_ID: "patient_id", ACCESSION: "accession_number"}
_STUDY: Final = STUDY_TAGS | {STUDY_UID}
_SERIES: Final = _STUDY | SERIES_TAGS | {SERIES_UID}


async def find_entries(tx: AsyncSession, facility_id: UUID, wanted: Wanted) -> list[Json]:
    """Answers to a C-FIND; one more than FOUND_MAX says that there are too many."""
    found: list[Json] = []
    for study in await _studies(tx, facility_id, wanted):
        series = await ImageStore(tx).series_of(study.id)
        entry = study_entry(study, series, "")
        if wanted.level is Level.STUDY:
            found += [entry] if matches(entry, wanted.query, _STUDY) else []
        else:
            found += await _below(tx, study, entry, series, wanted)
        if len(found) > FOUND_MAX:
            break
    return found[: FOUND_MAX + 1]


async def _below(
    tx: AsyncSession, study: StudyRow, above: Json, series: list[SeriesSummary], wanted: Wanted
) -> list[Json]:
    found: list[Json] = []
    for each in series:
        entry = above | series_entry(study, each, "")
        if wanted.level is Level.SERIES:
            found += [entry] if matches(entry, wanted.query, _SERIES) else []
        elif each.row.series_uid in wanted.uids(SERIES_UID):
            rows = await ImageStore(tx).instances(each.row.id)
            entries = [entry | instance_entry(study, each, row, "") for row in rows]
            known = INSTANCE_TAGS | {STUDY_UID, SERIES_UID}
            found += [one for one in entries if matches(one, wanted.query, known)]
    return found


async def find_files(
    tx: AsyncSession, blobs: FolderBlobs, facility_id: UUID, wanted: Wanted
) -> list[StoredFile]:
    """The files of a C-MOVE or C-GET, in the order of studies, series and instances."""
    found: list[StoredFile] = []
    series_uids, sop_uids = set(wanted.uids(SERIES_UID)), set(wanted.uids(SOP_UID))
    for study in await _studies(tx, facility_id, wanted):
        for each in await ImageStore(tx).series_of(study.id):
            if series_uids and each.row.series_uid not in series_uids:
                continue
            for row in await ImageStore(tx).instances(each.row.id):
                if not sop_uids or row.sop_uid in sop_uids:
                    place = _place(blobs, row.sha256)
                    kinds = (row.sop_class_uid, row.sop_uid, row.transfer_syntax_uid)
                    found.append(StoredFile(place, study.id, *kinds))
    return found[:FILES_MAX]


def _place(blobs: FolderBlobs, sha256: str) -> Path:
    """Where the bytes lie; lost ones keep a name that fails when it is opened, and is counted."""
    return blobs.path(sha256) if blobs.exists(sha256) else Path(sha256)


async def _studies(tx: AsyncSession, facility_id: UUID, wanted: Wanted) -> list[StudyRow]:
    exactly = {
        column: value
        for tag, column in _EXACT.items()
        if (value := wanted.query.value(tag)) and not set(value) & set("*?\\")
    }
    rows = await PacsStore(tx).studies(facility_id, wanted.uids(STUDY_UID), exactly, _SCAN_MAX)
    return list(rows)
