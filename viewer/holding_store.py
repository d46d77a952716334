"""The SQL of what browsers hold; the transaction belongs to the caller."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.holdings import Holding
from viewer.tables import ImageHoldingRow, ImageSeriesRow


class HoldingStore:
    """Holdings within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def replace(
        self, device_id: UUID, among: Iterable[UUID], told: Sequence[Holding]
    ) -> set[UUID]:
        """What this browser holds of the series `among`, in place of before; what is new to it."""
        mine = col(ImageHoldingRow.device_id) == device_id
        within = col(ImageHoldingRow.series_id).in_(list(among))
        known = set(
            (await self._tx.exec(select(ImageHoldingRow.series_id).where(mine, within))).all()
        )
        await self._tx.exec(delete(ImageHoldingRow).where(mine, within))
        self._tx.add_all(ImageHoldingRow(**vars(holding)) for holding in told)
        await self._tx.flush()
        return {holding.series_id for holding in told} - known

    async def of_series(self, series_ids: Iterable[UUID]) -> list[Holding]:
        """Everything told of these series."""
        wanted = col(ImageHoldingRow.series_id).in_(list(series_ids))
        rows = await self._tx.exec(select(ImageHoldingRow).where(wanted))
        return [
            Holding(
                facility_id=row.facility_id,
                device_id=row.device_id,
                series_id=row.series_id,
                held_bytes=row.held_bytes,
                rate_bps=row.rate_bps,
                told_at=row.told_at,
            )
            for row in rows
        ]

    async def published(self, study_ids: Iterable[UUID]) -> list[ImageSeriesRow]:
        """The series of these studies that can be fetched, by number."""
        rows = await self._tx.exec(
            select(ImageSeriesRow)
            .where(
                col(ImageSeriesRow.study_id).in_(list(study_ids)),
                col(ImageSeriesRow.generation) > 0,
            )
            .order_by(col(ImageSeriesRow.number), col(ImageSeriesRow.series_uid))
        )
        return list(rows.all())
