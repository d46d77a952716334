"""The SQL behind reading: studies and series by UID, and the cases that show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.bit_planes import LABEL_MAP, SEGMENTATION
from viewer.presentation import PRESENTATION_STATES
from viewer.structured_report import ENCAPSULATED_PDF, KEY_OBJECTS, is_report
from viewer.tables import CaseStudyRow, ImageSeriesRow, InstanceRow, StudyRow, UploadRow

# Objects that say something about images of their study, newest first and so many at most.
_ABOUT_IMAGES = (*sorted(PRESENTATION_STATES), KEY_OBJECTS, SEGMENTATION, LABEL_MAP)
_ABOUT_IMAGES_MAX = 200


@dataclass(frozen=True, slots=True)
class StoredReport:
    """An instance that is read instead of looked at."""

    instance_id: UUID
    sop_uid: str
    sha256: str
    kind: Literal["text", "pdf"]
    description: str  # of its series
    study: StudyRow


class QueryStore:
    """Reading within one transaction. UIDs may name several things: one in each archive."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def studies_named(self, study_uid: str) -> Sequence[StudyRow]:
        """Every archive's study of this UID, the oldest first."""
        wanted = select(StudyRow).where(col(StudyRow.study_uid) == study_uid)
        return (await self._tx.exec(wanted.order_by(col(StudyRow.created_at)))).all()

    async def series_named(self, series_uid: str) -> Sequence[tuple[ImageSeriesRow, StudyRow]]:
        """Every archive's series of this UID, the oldest first."""
        wanted = (
            select(ImageSeriesRow, StudyRow)
            .where(
                col(ImageSeriesRow.study_id) == col(StudyRow.id),
                col(ImageSeriesRow.series_uid) == series_uid,
            )
            .order_by(col(StudyRow.created_at))
        )
        return (await self._tx.exec(wanted)).all()

    async def linked_cases(self, study_ids: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
        """(study, case) pairs of studies shown with cases."""
        wanted = select(CaseStudyRow.study_id, CaseStudyRow.case_id).where(
            col(CaseStudyRow.study_id).in_(list(study_ids)), col(CaseStudyRow.unlinked_at).is_(None)
        )
        return list((await self._tx.exec(wanted)).all())

    async def cases_with_images(self) -> set[UUID]:
        """Every case that shows a study."""
        wanted = select(CaseStudyRow.case_id).where(col(CaseStudyRow.unlinked_at).is_(None))
        return set((await self._tx.exec(wanted.distinct())).all())

    async def studies_of(self, case_ids: Iterable[UUID]) -> Sequence[StudyRow]:
        """The studies of these cases, each once, the newest first."""
        shown = select(CaseStudyRow.study_id).where(
            col(CaseStudyRow.case_id).in_(list(case_ids)), col(CaseStudyRow.unlinked_at).is_(None)
        )
        wanted = select(StudyRow).where(col(StudyRow.id).in_(shown))
        rows = await self._tx.exec(
            wanted.order_by(col(StudyRow.study_date).desc(), col(StudyRow.study_uid))
        )
        return rows.all()

    async def instance(self, series_id: UUID, sop_uid: str) -> InstanceRow | None:
        """An instance of a series by its SOP UID (the first bytes under it)."""
        wanted = select(InstanceRow).where(
            col(InstanceRow.series_id) == series_id,
            col(InstanceRow.sop_uid) == sop_uid,
            col(InstanceRow.variant) == 0,
        )
        return (await self._tx.exec(wanted)).one_or_none()

    async def reports_of(self, case_id: UUID) -> list[StoredReport]:
        """Reports of the studies shown with a case, in the order they came."""
        wanted = (
            select(InstanceRow, ImageSeriesRow.description, StudyRow)
            .where(
                col(CaseStudyRow.case_id) == case_id,
                col(CaseStudyRow.unlinked_at).is_(None),
                col(StudyRow.id) == col(CaseStudyRow.study_id),
                col(ImageSeriesRow.study_id) == col(StudyRow.id),
                col(InstanceRow.series_id) == col(ImageSeriesRow.id),
                col(InstanceRow.variant) == 0,
                col(InstanceRow.image_frames) == 0,
            )
            .order_by(col(InstanceRow.received_at), col(InstanceRow.sop_uid))
        )
        return [
            StoredReport(row.id, row.sop_uid, row.sha256, kind, description, study)
            for row, description, study in (await self._tx.exec(wanted)).all()
            if (kind := _kind(row.sop_class_uid))
        ]

    async def about_images(self, study_id: UUID) -> Sequence[InstanceRow]:
        """Presentation states, key object selections and segmentations of a study."""
        wanted = select(InstanceRow).where(
            col(InstanceRow.series_id) == col(ImageSeriesRow.id),
            col(ImageSeriesRow.study_id) == study_id,
            col(InstanceRow.sop_class_uid).in_(_ABOUT_IMAGES),
            col(InstanceRow.variant) == 0,
        )
        newest = col(InstanceRow.received_at).desc(), col(InstanceRow.sop_uid)
        return (await self._tx.exec(wanted.order_by(*newest).limit(_ABOUT_IMAGES_MAX))).all()

    async def queue(self) -> tuple[int, int]:
        """(files on their way in, images not yet published), for metrics."""
        uploads = select(func.count()).where(col(UploadRow.state) == "receiving")
        waiting = col(InstanceRow.delivery).in_(("waiting", "derived"))
        images = select(func.count()).where(waiting)
        return (await self._tx.exec(uploads)).one(), (await self._tx.exec(images)).one()


def _kind(sop_class_uid: str) -> Literal["text", "pdf"] | None:
    if sop_class_uid == ENCAPSULATED_PDF:
        return "pdf"
    return "text" if is_report(sop_class_uid) else None
