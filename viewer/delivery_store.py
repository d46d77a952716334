"""The SQL of the delivery copies: what waits to be derived, what waits to be published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select, update
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.publication import SeriesProgress
from viewer.tables import ImageSeriesRow, InstanceRow


@dataclass(frozen=True, slots=True)
class DeliveryJob:
    """One instance whose delivery copy is to be derived; `attempts` counts this one."""

    instance_id: UUID
    series_id: UUID
    sha256: str
    size: int
    attempts: int


_INSTANCE: Final = SQLModel.metadata.tables[str(InstanceRow.__tablename__)]
_SERIES: Final = SQLModel.metadata.tables[str(ImageSeriesRow.__tablename__)]


def _waiting(tried: ColumnElement[bool]) -> Select[Any]:
    """The oldest instances that wait, but those in hand."""
    row = _INSTANCE.c
    return (
        select(row.id, row.series_id, row.sha256, row.size, row.attempts)
        .where(
            row.delivery == "waiting",
            row.id.not_in(bindparam("busy", expanding=True)),
            tried,
        )
        .order_by(row.received_at)
        .limit(bindparam("most"))
    )


def _count(state: str) -> ColumnElement[int]:
    return func.sum(case((_INSTANCE.c.delivery == state, 1), else_=0))


_UNTRIED: Final = _waiting(_INSTANCE.c.attempts == 0)
_SUSPECT: Final = _waiting(_INSTANCE.c.attempts > 0)
_THESE: Final = _INSTANCE.c.id.in_(bindparam("instances", expanding=True))
_COUNT_ATTEMPT: Final = update(_INSTANCE).where(_THESE).values(attempts=_INSTANCE.c.attempts + 1)
_SETTLE: Final = (
    update(_INSTANCE)
    .where(_THESE)
    .values(delivery=bindparam("state"), delivery_reason=bindparam("reason"))
)
_UNPUBLISHED: Final = (
    select(
        _SERIES.c.id,
        _SERIES.c.generation,
        _SERIES.c.published_images,
        _count("waiting"),
        _count("derived"),
        _SERIES.c.changed_at,
    )
    .where(
        _INSTANCE.c.series_id == _SERIES.c.id,
        _SERIES.c.id.in_(select(_INSTANCE.c.series_id).where(_INSTANCE.c.delivery == "derived")),
    )
    .group_by(_SERIES.c.id)
)

_DERIVED: Final = select(_INSTANCE.c.id).where(
    _INSTANCE.c.series_id == bindparam("series_id"), _INSTANCE.c.delivery == "derived"
)


class DeliveryStore:
    """Delivery copies within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def claim(
        self, limit: int, busy: Sequence[UUID], suspects: bool = False
    ) -> list[DeliveryJob]:
        """The oldest waiting instances but those in hand; the attempt is counted before it is made.

        Suspects are those that were tried before and did not come back: a crash took them, or a
        neighbour's did.
        """
        connection = await self._tx.connection()
        statement = _SUSPECT if suspects else _UNTRIED
        rows = await connection.execute(statement, {"busy": busy, "most": limit})
        jobs = [
            DeliveryJob(row.id, row.series_id, row.sha256, row.size, row.attempts + 1)
            for row in rows
        ]
        if jobs:
            claimed = [job.instance_id for job in jobs]
            await connection.execute(_COUNT_ATTEMPT, {"instances": claimed})
        return jobs

    async def settle(self, instances: Sequence[UUID], delivery: str, reason: str = "") -> None:
        """Note how instances came out: derived, failed with a reason, or waiting again."""
        connection = await self._tx.connection()
        said = {"state": delivery, "reason": reason[:260]}
        for some in _portions(instances):
            await connection.execute(_SETTLE, said | {"instances": some})

    async def unpublished(self) -> list[SeriesProgress]:
        """Every series with instances that are derived but not yet published."""
        rows = await (await self._tx.connection()).execute(_UNPUBLISHED)
        return [SeriesProgress(*row) for row in rows]

    async def derived(self, series_id: UUID) -> Sequence[UUID]:
        """The derived instances of a series."""
        rows = await (await self._tx.connection()).execute(_DERIVED, {"series_id": series_id})
        return list(rows.scalars())

    async def publish(
        self, series_id: UUID, generation: int, images: int, size: int, instances: Sequence[UUID]
    ) -> None:
        """Switch a series to a new generation that contains these instances."""
        await self._tx.exec(
            update(ImageSeriesRow)
            .where(col(ImageSeriesRow.id) == series_id)
            .values(generation=generation, published_images=images, published_bytes=size)
        )
        await self.settle(instances, "published")

    async def touch(self, series_id: UUID, now: datetime) -> None:
        """Note a change of the series."""
        await self._tx.exec(
            update(ImageSeriesRow).where(col(ImageSeriesRow.id) == series_id).values(changed_at=now)
        )


def _portions(instances: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """At most 500 at a time: databases bound the values of one statement."""
    return (instances[at : at + 500] for at in range(0, len(instances), 500))
