"""The SQL of the minutes."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.minutes import (
    CaseId,
    Minutes,
    MinutesContent,
    MinutesState,
    PersonId,
)
from recordings.minutes_tables import MinutesRow, MinutesVersionRow

NOTHING = MinutesContent()
_CONTENT = TypeAdapter(MinutesContent)


class MinutesStore:
    """Minutes within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def get(self, case_id: CaseId) -> Minutes:
        """The minutes of a case; empty ones at version 0 when nothing was saved yet."""
        row = await self._tx.get(MinutesRow, case_id)
        return _minutes(row) if row else Minutes(case_id)

    async def get_to_change(self, case_id: CaseId) -> Minutes:
        """The same, held by this writing transaction: two saves, even first ones, cannot cross."""
        dialect = self._tx.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        blank = insert(MinutesRow).values(
            case_id=case_id, version=0, state=MinutesState.NONE, content=content_values(NOTHING)
        )
        await self._tx.exec(blank.on_conflict_do_nothing())
        row = await self._tx.get_one(MinutesRow, case_id, with_for_update=True)
        return _minutes(row)

    async def put(self, minutes: Minutes) -> None:
        """Keep a saved or closed version."""
        content = content_values(minutes.content)
        row = MinutesRow(
            case_id=minutes.case_id,
            version=minutes.version,
            state=minutes.state,
            content=content,
            saved_at=minutes.saved_at,
            saved_by=minutes.saved_by,
            closed_at=minutes.closed_at,
            closed_by=minutes.closed_by,
            pdf_sha256=minutes.pdf_sha256,
            pdf_size_bytes=minutes.pdf_size_bytes,
        )
        await self._tx.merge(row)
        await self._tx.flush()
        if minutes.state is MinutesState.DRAFT and minutes.saved_at and minutes.saved_by:
            self._tx.add(
                MinutesVersionRow(
                    case_id=minutes.case_id,
                    version=minutes.version,
                    content=content,
                    saved_at=minutes.saved_at,
                    saved_by=minutes.saved_by,
                )
            )
            await self._tx.flush()


def _minutes(row: MinutesRow) -> Minutes:
    return Minutes(
        CaseId(row.case_id),
        row.version,
        MinutesState(row.state),
        _CONTENT.validate_python(row.content),
        row.saved_at,
        PersonId(row.saved_by) if row.saved_by else None,
        row.closed_at,
        PersonId(row.closed_by) if row.closed_by else None,
        row.pdf_sha256,
        row.pdf_size_bytes,
    )


def content_values(content: MinutesContent) -> dict[str, Any]:
    """What the secretary wrote, as plain JSON values."""
    return _CONTENT.dump_python(content, mode="json")  # type: ignore[no-any-return]
