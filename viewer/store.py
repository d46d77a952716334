"""The SQL of the archive: studies, image series, instances and their links to cases."""

import gzip
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.errors import StudyUnknown
from viewer.identity import Difference
from viewer.tables import (
    CaseStudyRow,
    ImageSeriesRow,
    InstanceMetadataRow,
    InstanceRow,
    StudyRow,
)


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One image series of a study, with the progress of its delivery copy."""

    row: ImageSeriesRow
    instances: int
    image_frames: int
    waiting: int
    failed: int


class ImageStore:
    """Studies within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

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
        """The DICOM JSON texts of these instances: of a few, they are unpacked here."""
        packed = await self.packed_metadata(instance_ids)
        return {key: gzip.decompress(body) for key, body in packed.items()}

    async def packed_metadata(self, instance_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """The DICOM JSON texts of these instances, as gzip members."""
        found: dict[UUID, bytes] = {}
        for start in range(0, len(instance_ids), 500):
            rows = await self._tx.exec(
                select(InstanceMetadataRow).where(
                    col(InstanceMetadataRow.instance_id).in_(instance_ids[start : start + 500])
                )
            )
            found |= {row.instance_id: row.body for row in rows.all()}
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
