"""The SQL of what people said of names in pixels; the transaction belongs to the caller."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.burned_in import NameSaid
from viewer.errors import PixelsUnseen, StudyUnknown
from viewer.store import ImageStore
from viewer.tables import CaseStudyRow, DocumentRow, ImageSeriesRow


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, None to take it back; by whom, when."""

    what: NameSaid | None
    by: UUID
    at: datetime


class NameStore:
    """Words about pixels within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def series_of_case(self, case_id: UUID, series_uid: str) -> ImageSeriesRow:
        """The series shown with a case, locked against images that arrive. Raises StudyUnknown."""
        wanted = (
            select(ImageSeriesRow)
            .where(
                col(ImageSeriesRow.series_uid) == series_uid,
                col(ImageSeriesRow.study_id) == col(CaseStudyRow.study_id),
                col(CaseStudyRow.case_id) == case_id,
                col(CaseStudyRow.unlinked_at).is_(None),
            )
            .with_for_update(of=ImageSeriesRow)
        )
        row = (await self._tx.exec(wanted)).first()
        if row is None:
            raise StudyUnknown
        return row

    async def say_of_series(self, row: ImageSeriesRow, image_count: int, said: Said) -> None:
        """Keep what somebody who saw so many images said. Raises PixelsUnseen if there are more."""
        (summary,) = await ImageStore(self._tx).series_of(row.study_id, row.series_uid)
        if said.what is NameSaid.NO_NAME and summary.image_frames != image_count:
            raise PixelsUnseen
        await self._say(row, said)

    async def say_of_document(self, row: DocumentRow, said: Said) -> None:
        """Keep what somebody said of a document, whose bytes never change."""
        await self._say(row, said)

    async def _say(self, row: ImageSeriesRow | DocumentRow, said: Said) -> None:
        row.name_said = said.what
        row.name_said_by = said.by if said.what else None
        row.name_said_at = said.at if said.what else None
        await self._tx.flush()
