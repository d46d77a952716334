"""The SQL of the delivery copies: what waits to be derived, what waits to be published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func
from sqlmodel import col, select, update
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
        tried = col(InstanceRow.attempts) > 0
        rows = await self._tx.exec(
            select(InstanceRow)
            .where(
                col(InstanceRow.delivery) == "waiting",
                col(InstanceRow.id).not_in(busy),
                tried if suspects else ~tried,
            )
            .order_by(col(InstanceRow.received_at))
            .limit(limit)
        )
        jobs = []
        for row in rows.all():
            row.attempts += 1
            jobs.append(DeliveryJob(row.id, row.series_id, row.sha256, row.size, row.attempts))
        return jobs

    async def settle(self, instances: Sequence[UUID], delivery: str, reason: str = "") -> None:
        """Note how instances came out: derived, failed with a reason, or waiting again."""
        for some in _portions(instances):
            await self._tx.exec(
                update(InstanceRow)
                .where(col(InstanceRow.id).in_(some))
                .values(delivery=delivery, delivery_reason=reason[:260])
            )

    async def unpublished(self) -> list[SeriesProgress]:
        """Every series with instances that are derived but not yet published."""
        waiting = func.sum(case((col(InstanceRow.delivery) == "waiting", 1), else_=0))
        derived = func.sum(case((col(InstanceRow.delivery) == "derived", 1), else_=0))
        rows = await self._tx.exec(
            select(ImageSeriesRow, waiting, derived)
            .where(
                col(InstanceRow.series_id) == col(ImageSeriesRow.id),
                col(ImageSeriesRow.id).in_(
                    select(InstanceRow.series_id).where(col(InstanceRow.delivery) == "derived")
                ),
            )
            .group_by(col(ImageSeriesRow.id))
        )
        return [
            SeriesProgress(s.id, s.generation, s.published_images, w, d, s.changed_at)
            for s, w, d in rows.all()
        ]

    async def derived(self, series_id: UUID) -> Sequence[UUID]:
        """The derived instances of a series."""
        rows = await self._tx.exec(
            select(InstanceRow.id).where(
                col(InstanceRow.series_id) == series_id, col(InstanceRow.delivery) == "derived"
            )
        )
        return rows.all()

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
