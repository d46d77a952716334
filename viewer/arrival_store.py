"""The SQL of images that arrive: many files in few statements, prepared once.

Statements on tables, not on mapped classes: SQLAlchemy's mapping would cost more than the rows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.burned_in import BurnedIn, NameSaid
from viewer.identity import ImagePatient
from viewer.store import ImageStore
from viewer.study import Header
from viewer.tables import (
    CaseStudyRow,
    ImageSeriesRow,
    InstanceMetadataRow,
    InstanceRow,
    StudyRow,
)

PATIENTS_PER_STUDY_MAX: Final = 8


def _table(row: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(row.__tablename__)]


_STUDY, _SERIES, _INSTANCE = _table(StudyRow), _table(ImageSeriesRow), _table(InstanceRow)
_METADATA, _LINK = _table(InstanceMetadataRow), _table(CaseStudyRow)
_PLACES: Final = select(
    _STUDY.c.study_uid, _SERIES.c.series_uid, _STUDY.c.id, _SERIES.c.id, _STUDY.c.patients
).where(
    _STUDY.c.facility_id == bindparam("facility_id"),
    _STUDY.c.study_uid.in_(bindparam("study_uids", expanding=True)),
    _SERIES.c.study_id == _STUDY.c.id,
    _SERIES.c.series_uid.in_(bindparam("series_uids", expanding=True)),
)
_SAME_UIDS: Final = select(
    _INSTANCE.c.series_id, _INSTANCE.c.sop_uid, _INSTANCE.c.sha256, _INSTANCE.c.id
).where(
    _INSTANCE.c.series_id.in_(bindparam("series_ids", expanding=True)),
    _INSTANCE.c.sop_uid.in_(bindparam("sop_uids", expanding=True)),
)
_LINKED: Final = select(_LINK.c.study_id).where(
    _LINK.c.case_id == bindparam("case_id"),
    _LINK.c.study_id.in_(bindparam("study_ids", expanding=True)),
    _LINK.c.unlinked_at.is_(None),
)
_ADD_INSTANCES: Final = insert(_INSTANCE)
_ADD_METADATA: Final = insert(_METADATA)
_CHANGED: Final = (
    update(_SERIES)
    .where(_SERIES.c.id.in_(bindparam("series_ids", expanding=True)))
    .values(changed_at=bindparam("now"))
)
# A name that may have come with a late object: who saw none before has not looked at this one.
_DOUBTED: Final = (
    update(_SERIES)
    .where(
        _SERIES.c.id.in_(bindparam("series_ids", expanding=True)),
        or_(_SERIES.c.name_said.is_(None), _SERIES.c.name_said != NameSaid.NAME),
    )
    .values(
        burned_in=BurnedIn.MAY_SHOW_A_NAME, name_said=None, name_said_by=None, name_said_at=None
    )
)
_PATIENTS: Final = (
    update(_STUDY).where(_STUDY.c.id == bindparam("study_id")).values(patients=bindparam("said"))
)


class Stored(StrEnum):
    """What became of a file that was accepted."""

    NEW = "new"
    DUPLICATE = "duplicate"
    OTHER_BYTES = "other-bytes"  # the SOP UID was known with other content: both are kept


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """Where an accepted file went."""

    study_id: UUID
    series_id: UUID
    instance_id: UUID
    outcome: Stored


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored bytes by name and size."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class _Place:
    """A study, a series of it, and the patients that the study's headers named before."""

    study_id: UUID
    series_id: UUID
    patients: Sequence[Mapping[str, str]]


class _Added:
    """What is new, to be written together."""

    def __init__(self) -> None:
        self.instances: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.patients: dict[UUID, list[Mapping[str, str]]] = {}
        self.doubted: set[UUID] = set()

    def take(self, place: _Place, header: Header, row: dict[str, Any]) -> None:
        """One more instance."""
        self.instances.append(row)
        self.bodies.append({"instance_id": row["id"], "body": header.metadata})
        if header.burned_in is not BurnedIn.CLEAR:
            self.doubted.add(place.series_id)
        self._note_patient(place, header.patient)

    def _note_patient(self, place: _Place, patient: ImagePatient) -> None:
        said, known = asdict(patient), self.patients.get(place.study_id, place.patients)
        if said not in known and len(known) < PATIENTS_PER_STUDY_MAX:
            self.patients[place.study_id] = [*known, said]


class ArrivalStore:
    """Files on their way into studies and cases, within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def add_all(
        self, facility_id: UUID, files: Sequence[tuple[Header, Blob]], now: datetime
    ) -> list[StoredInstance]:
        """Index files, in their order; the bytes must already lie safely in the blob store."""
        if not files:
            return []
        places = await self._places(facility_id, [header for header, _ in files], now)
        sop_uids = [header.instance.sop_uid for header, _ in files]
        known = await self._same_uids([each.series_id for each in places.values()], sop_uids)
        stored, added = [], _Added()
        for header, blob in files:
            place = places[_uids(header)]
            same_uid = known[place.series_id, header.instance.sop_uid]
            outcome = Stored.OTHER_BYTES if same_uid else Stored.NEW
            if blob.sha256 in same_uid:
                outcome = Stored.DUPLICATE
            else:
                row = _instance(place.series_id, header, blob, len(same_uid), now)
                added.take(place, header, row)
                same_uid[blob.sha256] = row["id"]
            instance_id = same_uid[blob.sha256]
            stored.append(StoredInstance(place.study_id, place.series_id, instance_id, outcome))
        await self._write(added, now)
        return stored

    async def link(self, case_id: UUID, studies: Sequence[UUID], by: UUID, now: datetime) -> None:
        """Show studies with a case, as far as they are not shown already."""
        connection = await self._tx.connection()
        found = await connection.execute(_LINKED, {"case_id": case_id, "study_ids": studies})
        for study_id in set(studies) - set(found.scalars()):
            await ImageStore(self._tx).link(case_id, study_id, by, now)

    async def _places(
        self, facility_id: UUID, headers: Sequence[Header], now: datetime
    ) -> dict[tuple[str, str], _Place]:
        """(study UID, series UID) -> its rows, which are made where there are none."""
        connection = await self._tx.connection()
        wanted = {
            "facility_id": facility_id,
            "study_uids": list({header.study.study_uid for header in headers}),
            "series_uids": list({header.series.series_uid for header in headers}),
        }
        rows = await connection.execute(_PLACES, wanted)
        places = {(study, series): _Place(*place) for study, series, *place in rows}
        for header in headers:
            if _uids(header) not in places:
                study = await self._study(facility_id, header, now)
                series = await self._series(study.id, header, now)
                places[_uids(header)] = _Place(study.id, series.id, study.patients)
        return places

    async def _same_uids(
        self, series_ids: Sequence[UUID], sop_uids: Sequence[str]
    ) -> dict[tuple[UUID, str], dict[str, UUID]]:
        """(series, SOP UID) -> instance by SHA-256; empty for what is new."""
        connection = await self._tx.connection()
        wanted = {"series_ids": series_ids, "sop_uids": sop_uids}
        found: dict[tuple[UUID, str], dict[str, UUID]] = defaultdict(dict)
        for series_id, sop_uid, sha256, instance_id in await connection.execute(_SAME_UIDS, wanted):
            found[series_id, sop_uid][sha256] = instance_id
        return found

    async def _write(self, added: _Added, now: datetime) -> None:
        if not added.instances:
            return
        connection = await self._tx.connection()
        await connection.execute(_ADD_INSTANCES, added.instances)
        await connection.execute(_ADD_METADATA, added.bodies)
        changed = list({row["series_id"] for row in added.instances})
        await connection.execute(_CHANGED, {"series_ids": changed, "now": now})
        if added.doubted:
            await connection.execute(_DOUBTED, {"series_ids": list(added.doubted)})
        for study_id, said in added.patients.items():
            await connection.execute(_PATIENTS, {"study_id": study_id, "said": said})

    async def _study(self, facility_id: UUID, header: Header, now: datetime) -> StudyRow:
        wanted = select_rows(StudyRow).where(
            col(StudyRow.facility_id) == facility_id,
            col(StudyRow.study_uid) == header.study.study_uid,
        )
        found = (await self._tx.exec(wanted)).one_or_none()
        if found is None:
            try:
                async with self._tx.begin_nested():
                    found = _study_row(facility_id, header, now)
                    self._tx.add(found)
            except IntegrityError:  # another transaction was faster
                found = (await self._tx.exec(wanted)).one()
        return found

    async def _series(self, study_id: UUID, header: Header, now: datetime) -> ImageSeriesRow:
        wanted = select_rows(ImageSeriesRow).where(
            col(ImageSeriesRow.study_id) == study_id,
            col(ImageSeriesRow.series_uid) == header.series.series_uid,
        )
        found = (await self._tx.exec(wanted)).one_or_none()
        if found is None:
            try:
                async with self._tx.begin_nested():
                    found = _series_row(study_id, header, now)
                    self._tx.add(found)
            except IntegrityError:
                found = (await self._tx.exec(wanted)).one()
        return found


def _uids(header: Header) -> tuple[str, str]:
    return header.study.study_uid, header.series.series_uid


def _study_row(facility_id: UUID, header: Header, now: datetime) -> StudyRow:
    study, patient = header.study, header.patient
    return StudyRow(
        facility_id=facility_id,
        study_uid=study.study_uid,
        study_date=study.date,
        study_time=study.time,
        description=study.description,
        accession_number=study.accession_number,
        study_text_id=study.study_id,
        referring_physician=study.referring_physician,
        patient_id=patient.patient_id,
        patient_name=patient.name,
        patient_birth_date=patient.birth_date,
        patient_sex=patient.sex,
        patients=[],
        created_at=now,
    )


def _series_row(study_id: UUID, header: Header, now: datetime) -> ImageSeriesRow:
    series = header.series
    return ImageSeriesRow(
        study_id=study_id,
        series_uid=series.series_uid,
        modality=series.modality,
        number=series.number,
        description=series.description,
        body_part=series.body_part,
        frame_of_reference_uid=series.frame_of_reference_uid,
        series_date=series.date,
        series_time=series.time,
        burned_in=header.burned_in,
        changed_at=now,
    )


def _instance(
    series_id: UUID, header: Header, blob: Blob, variant: int, now: datetime
) -> dict[str, Any]:
    facts = header.instance
    shown = facts.image_frames > 0 and variant == 0
    return dict(
        id=uuid4(),
        series_id=series_id,
        sop_uid=facts.sop_uid,
        variant=variant,
        sop_class_uid=facts.sop_class_uid,
        transfer_syntax_uid=facts.transfer_syntax_uid,
        instance_number=facts.instance_number,
        rows=facts.rows,
        columns=facts.columns,
        bits_allocated=facts.bits_allocated,
        image_frames=facts.image_frames,
        sha256=blob.sha256,
        size=blob.size,
        delivery="waiting" if shown else "none",
        delivery_reason="",
        attempts=0,
        received_at=now,
    )
