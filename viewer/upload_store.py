"""The SQL of uploads: what is on its way, and what became of each file."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, func, insert, update
from sqlmodel import SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.errors import UploadUnknown
from viewer.tables import UploadRow


@dataclass(frozen=True, slots=True)
class Upload:
    """One file or archive: receiving, then stored, duplicate, refused, unpacked or index."""

    id: UUID
    case_id: UUID
    facility_id: UUID
    name: str
    length: int
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    parent_id: UUID | None = None
    state: str = "receiving"
    reason: str = ""
    sop_uid: str | None = None
    entries: int | None = None
    referenced: tuple[str, ...] | None = None


class UploadStore:
    """Uploads within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def add(self, uploads: Sequence[Upload]) -> None:
        """Insert uploads that have no row yet."""
        if uploads:
            columns = [_columns(each) for each in uploads]
            await (await self._tx.connection()).execute(_ADD, columns)

    async def conclude(self, uploads: Sequence[Upload]) -> None:
        """Note what became of uploads that have a row; one that was given up meanwhile has none."""
        if uploads:
            outcomes = [{"upload_id": each.id, **_outcome(each)} for each in uploads]
            await (await self._tx.connection()).execute(_CONCLUDE, outcomes)

    async def save(self, upload: Upload) -> None:
        """Insert or replace."""
        await self._tx.merge(UploadRow(**_columns(upload)))
        await self._tx.flush()

    async def get(self, upload_id: UUID) -> Upload:
        """One upload; UploadUnknown if there is none."""
        row = await self._tx.get(UploadRow, upload_id)
        if row is None:
            raise UploadUnknown
        return _value(row)

    async def of_case(self, case_id: UUID) -> list[Upload]:
        """Everything sent for a case, in order; the entries of archives included."""
        return await self._where(col(UploadRow.case_id) == case_id)

    async def states_of(self, case_id: UUID) -> dict[str, int]:
        """How many of a case are in which state."""
        state, count = col(UploadRow.state), func.count()
        counted = select(state, count).where(col(UploadRow.case_id) == case_id).group_by(state)
        return dict((await self._tx.exec(counted)).all())

    async def entries_of(self, parent_id: UUID) -> list[Upload]:
        """What came out of an archive so far."""
        return await self._where(col(UploadRow.parent_id) == parent_id)

    async def unfinished(self) -> list[Upload]:
        """What is still being received."""
        return await self._where(col(UploadRow.state) == "receiving")

    async def remove(self, upload_id: UUID) -> None:
        """Forget an upload that was never finished."""
        await self._tx.exec(delete(UploadRow).where(col(UploadRow.id) == upload_id))

    async def _where(self, condition: object) -> list[Upload]:
        wanted = select(UploadRow).where(condition)  # type: ignore[arg-type]
        rows: Sequence[UploadRow] = (
            await self._tx.exec(wanted.order_by(col(UploadRow.created_at), col(UploadRow.name)))
        ).all()
        return [_value(row) for row in rows]


_FIELDS: Final = tuple(field.name for field in fields(Upload))
_ADD: Final = insert(SQLModel.metadata.tables[str(UploadRow.__tablename__)])
_OUTCOME: Final = ("state", "reason", "sop_uid", "entries", "referenced")
_CONCLUDE: Final = (
    update(UploadRow)
    .where(col(UploadRow.id) == bindparam("upload_id"))
    .values({name: bindparam(name) for name in _OUTCOME})
)


def _outcome(upload: Upload) -> dict[str, Any]:
    columns = _columns(upload)
    return {name: columns[name] for name in _OUTCOME}


def _columns(upload: Upload) -> dict[str, Any]:
    values = {name: getattr(upload, name) for name in _FIELDS}
    values["referenced"] = None if upload.referenced is None else list(upload.referenced)
    return values


def _value(row: UploadRow) -> Upload:
    values = row.model_dump()
    values["referenced"] = None if row.referenced is None else tuple(row.referenced)
    return Upload(**values)
