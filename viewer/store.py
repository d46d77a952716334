"""The SQL of the archive: studies, image series, instances and their links to cases."""

import gzip
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func
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


class ImageStore:
    """Studies within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def add(
        self, facility_id: UUID, header: Header, blob: Blob, now: datetime
    ) -> StoredInstance:
        """Index one file; the bytes must already lie safely in the blob store."""
        study = await self._study(facility_id, header, now)
        series = await self._series(study.id, header, now)
        same_uid = (
            await self._tx.exec(
                select(InstanceRow).where(
                    col(InstanceRow.series_id) == series.id,
                    col(InstanceRow.sop_uid) == header.instance.sop_uid,
                )
            )
        ).all()
        for row in same_uid:
            if row.sha256 == blob.sha256:
                return StoredInstance(study.id, series.id, row.id, Stored.DUPLICATE)
        self._note_patient(study, header.patient)
        row = _instance(series.id, header, blob, len(same_uid), now)
        self._tx.add(row)
        series.changed_at = now
        await self._tx.flush()
        self._tx.add(InstanceMetadataRow(instance_id=row.id, body=header.metadata))
        outcome = Stored.OTHER_BYTES if same_uid else Stored.NEW
        return StoredInstance(study.id, series.id, row.id, outcome)

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

    async def series_of(self, study_id: UUID) -> list[SeriesSummary]:
        """The image series of a study by number."""
        rows = await self._tx.exec(
            select(ImageSeriesRow)
            .where(col(ImageSeriesRow.study_id) == study_id)
            .order_by(col(ImageSeriesRow.number), col(ImageSeriesRow.series_uid))
        )
        return [await self._summary(row) for row in rows.all()]

    async def _summary(self, series: ImageSeriesRow) -> SeriesSummary:
        rows = await self._tx.exec(
            select(InstanceRow.delivery, func.count(), func.sum(InstanceRow.image_frames))
            .where(col(InstanceRow.series_id) == series.id, col(InstanceRow.variant) == 0)
            .group_by(col(InstanceRow.delivery))
        )
        found = {state: (count, frames or 0) for state, count, frames in rows.all()}
        return SeriesSummary(
            row=series,
            instances=sum(count for count, _ in found.values()),
            image_frames=sum(frames for _, frames in found.values()),
            waiting=sum(found.get(state, (0, 0))[0] for state in ("waiting", "derived")),
            failed=found.get("failed", (0, 0))[0],
        )

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
