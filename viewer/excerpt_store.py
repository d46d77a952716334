"""The SQL of record excerpts and documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.errors import ExcerptOutdated, StudyUnknown
from viewer.excerpt import EMPTY, Excerpt
from viewer.tables import DocumentRow, ExcerptRow


@dataclass(frozen=True, slots=True)
class SavedExcerpt:
    """The newest version of an excerpt; version 0 is the empty one nobody saved."""

    version: int
    body: dict[str, Any]
    saved_by: UUID | None
    saved_at: datetime | None


class ExcerptStore:
    """Excerpts and documents of cases within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def newest(self, case_id: UUID) -> SavedExcerpt:
        """The newest version."""
        wanted = select(ExcerptRow).where(col(ExcerptRow.case_id) == case_id)
        rows = await self._tx.exec(wanted.order_by(col(ExcerptRow.version).desc()).limit(1))
        row = rows.one_or_none()
        if row is None:
            return SavedExcerpt(0, EMPTY, None, None)
        return SavedExcerpt(row.version, row.body, row.saved_by, row.saved_at)

    async def save(
        self, case_id: UUID, was_version: int, excerpt: Excerpt, by: UUID, now: datetime
    ) -> SavedExcerpt:
        """Add the next version. Raises ExcerptOutdated when somebody was faster."""
        newest = await self.newest(case_id)
        if newest.version != was_version:
            raise ExcerptOutdated(newest.version)
        row = ExcerptRow(
            case_id=case_id,
            version=was_version + 1,
            body=excerpt.body,
            saved_by=by,
            saved_at=now,
        )
        try:
            async with self._tx.begin_nested():
                self._tx.add(row)
        except IntegrityError:
            raise ExcerptOutdated((await self.newest(case_id)).version) from None
        return SavedExcerpt(row.version, row.body, by, now)

    async def cases_with_excerpt(self, case_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these cases have something typed or a document."""
        newest = (
            select(ExcerptRow.case_id, func.max(ExcerptRow.version).label("version"))
            .where(col(ExcerptRow.case_id).in_(case_ids))
            .group_by(col(ExcerptRow.case_id))
            .subquery()
        )
        rows = await self._tx.exec(
            select(ExcerptRow).where(
                col(ExcerptRow.case_id) == newest.c.case_id,
                col(ExcerptRow.version) == newest.c.version,
            )
        )
        typed = {row.case_id for row in rows.all() if Excerpt(row.body).has_content}
        documents = await self._tx.exec(
            select(DocumentRow.case_id).where(col(DocumentRow.case_id).in_(case_ids))
        )
        return typed | set(documents.all())

    async def add_document(self, row: DocumentRow) -> None:
        """Keep a document; its bytes must already lie safely in the blob store."""
        self._tx.add(row)
        await self._tx.flush()

    async def documents(self, case_id: UUID) -> Sequence[DocumentRow]:
        """The documents of a case in the order they came."""
        wanted = select(DocumentRow).where(col(DocumentRow.case_id) == case_id)
        return (await self._tx.exec(wanted.order_by(col(DocumentRow.added_at)))).all()

    async def document(self, document_id: UUID) -> DocumentRow:
        """One document. Raises StudyUnknown."""
        row = await self._tx.get(DocumentRow, document_id)
        if row is None:
            raise StudyUnknown
        return row
