"""The SQL of the archive: studies, image series, instances and their links to cases."""

import gzip
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.errors import StudyUnknown
from viewer.identity import Difference, ImagePatient
from viewer.study import Header
from viewer.tables import (
    CaseStudyRow,
    ImageSeriesRow,
    InstanceMetadataRow,
    InstanceRow,
    StudyRow,
)

PATIENTS_PER_STUDY_MAX = 8


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
class SeriesSummary:
    """One image series of a study, with the progress of its delivery copy."""

    row: ImageSeriesRow
    instances: int
    image_frames: int
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored bytes by name and size."""

    sha256: str
    size: int


class _Added:
    """Rows of new instances and their metadata, to be inserted together."""

    def __init__(self) -> None:
        self.instances: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []

    def take(self, row: InstanceRow, header: Header) -> None:
        """One more."""
        self.instances.append(row.model_dump())
        self.bodies.append({"instance_id": row.id, "body": header.metadata})


class ImageStore:
    """Studies within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def add_all(
        self, facility_id: UUID, files: Sequence[tuple[Header, Blob]], now: datetime
    ) -> list[StoredInstance]:
        """Index files, in their order; the bytes must already lie safely in the blob store."""
        places = await self._known_places(facility_id, files)
        for header, _ in files:
            key = header.study.study_uid, header.series.series_uid
            if key not in places:
                study = await self._study(facility_id, header, now)
                places[key] = study, await self._series(study.id, header, now)
        sop_uids = [header.instance.sop_uid for header, _ in files]
        known = await self._same_uids([series.id for _, series in places.values()], sop_uids)
        stored, added = [], _Added()
        for header, blob in files:
            study, series = places[header.study.study_uid, header.series.series_uid]
            same_uid = known[series.id, header.instance.sop_uid]
            if blob.sha256 in same_uid:
                same = same_uid[blob.sha256]
                stored.append(StoredInstance(study.id, series.id, same, Stored.DUPLICATE))
                continue
            self._note_patient(study, header.patient)
            row = _instance(series.id, header, blob, len(same_uid), now)
            added.take(row, header)
            outcome = Stored.OTHER_BYTES if same_uid else Stored.NEW
            same_uid[blob.sha256] = row.id
            series.changed_at = now
            stored.append(StoredInstance(study.id, series.id, row.id, outcome))
        await self._insert(added)
        return stored

    async def _known_places(
        self, facility_id: UUID, files: Sequence[tuple[Header, Blob]]
    ) -> dict[tuple[str, str], tuple[StudyRow, ImageSeriesRow]]:
        """(study UID, series UID) -> the rows that are there already."""
        rows = await self._tx.exec(
            select(StudyRow, ImageSeriesRow).where(
                col(StudyRow.facility_id) == facility_id,
                col(StudyRow.study_uid).in_({header.study.study_uid for header, _ in files}),
                col(ImageSeriesRow.study_id) == col(StudyRow.id),
                col(ImageSeriesRow.series_uid).in_({h.series.series_uid for h, _ in files}),
            )
        )
        return {(study.study_uid, row.series_uid): (study, row) for study, row in rows.all()}

    async def _same_uids(
        self, series_ids: Sequence[UUID], sop_uids: Sequence[str]
    ) -> dict[tuple[UUID, str], dict[str, UUID]]:
        """(series, SOP UID) -> instance by SHA-256; empty for what is new."""
        rows = await self._tx.exec(
            select(
                InstanceRow.series_id, InstanceRow.sop_uid, InstanceRow.sha256, InstanceRow.id
            ).where(
                col(InstanceRow.series_id).in_(series_ids), col(InstanceRow.sop_uid).in_(sop_uids)
            )
        )
        found: dict[tuple[UUID, str], dict[str, UUID]] = defaultdict(dict)
        for series_id, sop_uid, sha256, instance_id in rows.all():
            found[series_id, sop_uid][sha256] = instance_id
        return found

    async def _insert(self, added: "_Added") -> None:
        await self._tx.flush()
        if added.instances:
            await self._tx.exec(insert(InstanceRow), params=added.instances)
            await self._tx.exec(insert(InstanceMetadataRow), params=added.bodies)

    async def _study(self, facility_id: UUID, header: Header, now: datetime) -> StudyRow:
        wanted = select(StudyRow).where(
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
        wanted = select(ImageSeriesRow).where(
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

    def _note_patient(self, study: StudyRow, patient: ImagePatient) -> None:
        said = asdict(patient)
        if said not in study.patients and len(study.patients) < PATIENTS_PER_STUDY_MAX:
            study.patients = [*study.patients, said]

    async def link(self, case_id: UUID, study_id: UUID, by: UUID, now: datetime) -> None:
        """Show a study with a case; again after it was taken off."""
        link = await self._tx.get(CaseStudyRow, (case_id, study_id))
        if link is None:
            link = CaseStudyRow(case_id=case_id, study_id=study_id, linked_by=by, linked_at=now)
            self._tx.add(link)
        elif link.unlinked_at is not None:
            link.linked_by, link.linked_at = by, now
            link.unlinked_by, link.unlinked_at, link.unlink_reason = None, None, ""
        await self._tx.flush()

    async def unlink(
        self, case_id: UUID, study_id: UUID, by: UUID, reason: str, now: datetime
    ) -> None:
        """Take a study off a case; the bytes stay."""
        link = await self._link(case_id, study_id)
        link.unlinked_by, link.unlinked_at, link.unlink_reason = by, now, reason

    async def confirm(
        self,
        case_id: UUID,
        study_id: UUID,
        by: UUID,
        reason: str,
        differences: Sequence[Difference],
        now: datetime,
    ) -> None:
        """Keep who vouched for these differences between images and case."""
        link = await self._link(case_id, study_id)
        link.confirmed_by, link.confirmed_at, link.confirm_reason = by, now, reason
        link.confirmed_differences = [asdict(difference) for difference in differences]

    async def _link(self, case_id: UUID, study_id: UUID) -> CaseStudyRow:
        link = await self._tx.get(CaseStudyRow, (case_id, study_id))
        if link is None or link.unlinked_at is not None:
            raise StudyUnknown
        return link

    async def of_case(self, case_id: UUID) -> Sequence[tuple[StudyRow, CaseStudyRow]]:
        """The studies shown with a case, in the order they came."""
        rows = await self._tx.exec(
            select(StudyRow, CaseStudyRow)
            .where(
                col(CaseStudyRow.study_id) == col(StudyRow.id),
                col(CaseStudyRow.case_id) == case_id,
                col(CaseStudyRow.unlinked_at).is_(None),
            )
            .order_by(col(StudyRow.created_at))
        )
        return rows.all()

    async def cases_of(self, study_id: UUID) -> Sequence[UUID]:
        """The cases that show a study."""
        rows = await self._tx.exec(
            select(CaseStudyRow.case_id).where(
                col(CaseStudyRow.study_id) == study_id, col(CaseStudyRow.unlinked_at).is_(None)
            )
        )
        return rows.all()

    async def counts(self, case_id: UUID) -> tuple[int, int]:
        """(studies, image frames) shown with a case."""
        studies = [study.id for study, _ in await self.of_case(case_id)]
        total = await self._tx.exec(
            select(func.coalesce(func.sum(InstanceRow.image_frames), 0)).where(
                col(InstanceRow.series_id) == col(ImageSeriesRow.id),
                col(ImageSeriesRow.study_id).in_(studies),
                col(InstanceRow.variant) == 0,
            )
        )
        return len(studies), total.one()

    async def series_of(self, study_id: UUID, series_uid: str | None = None) -> list[SeriesSummary]:
        """The image series of a study by number, or the one of this UID."""
        wanted = select(ImageSeriesRow).where(col(ImageSeriesRow.study_id) == study_id)
        if series_uid is not None:
            wanted = wanted.where(col(ImageSeriesRow.series_uid) == series_uid)
        order = col(ImageSeriesRow.number), col(ImageSeriesRow.series_uid)
        rows = (await self._tx.exec(wanted.order_by(*order))).all()
        states = await self._states([row.id for row in rows])
        return [_summary(row, states[row.id]) for row in rows]

    async def _states(self, series: Sequence[UUID]) -> dict[UUID, dict[str, tuple[int, int]]]:
        """series -> delivery state -> (instances, image frames)."""
        rows = await self._tx.exec(
            select(
                InstanceRow.series_id,
                InstanceRow.delivery,
                func.count(),
                func.sum(InstanceRow.image_frames),
            )
            .where(col(InstanceRow.series_id).in_(series), col(InstanceRow.variant) == 0)
            .group_by(col(InstanceRow.series_id), col(InstanceRow.delivery))
        )
        found: dict[UUID, dict[str, tuple[int, int]]] = defaultdict(dict)
        for series_id, state, count, frames in rows.all():
            found[series_id][state] = count, frames or 0
        return found

    async def instances(self, series_id: UUID) -> Sequence[InstanceRow]:
        """The instances of a series (first bytes of each UID), by number."""
        rows = await self._tx.exec(
            select(InstanceRow)
            .where(col(InstanceRow.series_id) == series_id, col(InstanceRow.variant) == 0)
            .order_by(col(InstanceRow.instance_number), col(InstanceRow.sop_uid))
        )
        return rows.all()

    async def metadata(self, instance_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """The DICOM JSON texts of these instances."""
        found: dict[UUID, bytes] = {}
        for start in range(0, len(instance_ids), 500):
            rows = await self._tx.exec(
                select(InstanceMetadataRow).where(
                    col(InstanceMetadataRow.instance_id).in_(instance_ids[start : start + 500])
                )
            )
            found |= {row.instance_id: gzip.decompress(row.body) for row in rows.all()}
        return found

    async def known_sop_uids(self, case_id: UUID, sop_uids: Sequence[str]) -> set[str]:
        """Which of these SOP UIDs arrived in a study of the case."""
        studies = [study.id for study, _ in await self.of_case(case_id)]
        known: set[str] = set()
        for start in range(0, len(sop_uids), 500):
            rows = await self._tx.exec(
                select(InstanceRow.sop_uid).where(
                    col(InstanceRow.series_id) == col(ImageSeriesRow.id),
                    col(ImageSeriesRow.study_id).in_(studies),
                    col(InstanceRow.sop_uid).in_(sop_uids[start : start + 500]),
                )
            )
            known.update(rows.all())
        return known


def _summary(series: ImageSeriesRow, found: dict[str, tuple[int, int]]) -> SeriesSummary:
    return SeriesSummary(
        row=series,
        instances=sum(count for count, _ in found.values()),
        image_frames=sum(frames for _, frames in found.values()),
        waiting=sum(found.get(state, (0, 0))[0] for state in ("waiting", "derived")),
        failed=found.get("failed", (0, 0))[0],
    )


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
        changed_at=now,
    )


def _instance(
    series_id: UUID, header: Header, blob: Blob, variant: int, now: datetime
) -> InstanceRow:
    facts = header.instance
    shown = facts.image_frames > 0 and variant == 0
    return InstanceRow(
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
        received_at=now,
    )
