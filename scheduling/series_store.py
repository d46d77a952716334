"""The SQL of weekly series, their exceptions and the holiday table."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.errors import NotFound
from scheduling.facility import FacilityId
from scheduling.holidays import Holiday
from scheduling.person import PersonId
from scheduling.series import ExceptionKind, Series, SeriesException, SeriesId
from scheduling.tables import HolidayRow, HolidayYearRow, SeriesExceptionRow, SeriesRow


class SeriesStore:
    """Series and their exceptions within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def save(self, series: Series) -> None:
        """Insert or change a series."""
        await self._tx.merge(SeriesRow(**vars(series)))
        await self._tx.flush()

    async def get(self, series_id: UUID) -> Series:
        """One series, or NotFound."""
        row = await self._tx.get(SeriesRow, series_id)
        if row is None:
            raise NotFound("series", str(series_id))
        return _series(row)

    async def all(self) -> list[Series]:
        """Every series, by title."""
        query = select(SeriesRow).order_by(SeriesRow.title)
        return [_series(row) for row in await self._tx.exec(query)]

    async def decide(
        self, series_id: UUID, exception: SeriesException, by: UUID, at: datetime
    ) -> None:
        """Keep a decision about a date; it replaces an earlier one, except an extra date."""
        if exception.kind is not ExceptionKind.EXTRA:
            await self._tx.exec(
                delete(SeriesExceptionRow).where(
                    col(SeriesExceptionRow.series_id) == series_id,
                    col(SeriesExceptionRow.on) == exception.on,
                    col(SeriesExceptionRow.kind) != ExceptionKind.EXTRA,
                )
            )
        await self._tx.merge(
            SeriesExceptionRow(series_id=series_id, decided_by=by, decided_at=at, **vars(exception))
        )
        await self._tx.flush()

    async def drop_extra(self, series_id: UUID, on: date) -> None:
        """Forget an extra date."""
        await self._tx.exec(
            delete(SeriesExceptionRow).where(
                col(SeriesExceptionRow.series_id) == series_id,
                col(SeriesExceptionRow.on) == on,
                col(SeriesExceptionRow.kind) == ExceptionKind.EXTRA,
            )
        )

    async def exceptions(self, series_id: UUID) -> list[SeriesException]:
        """Every decision about this series."""
        query = select(SeriesExceptionRow).where(SeriesExceptionRow.series_id == series_id)
        return [
            SeriesException(
                row.on, ExceptionKind(row.kind), row.to_date, row.start_time, row.reason
            )
            for row in await self._tx.exec(query)
        ]


class HolidayStore:
    """The holiday table within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def unseeded(self, years: Iterable[int]) -> list[int]:
        """Those years whose holidays were never taken from the library."""
        wanted = list(years)
        query = select(HolidayYearRow.year).where(col(HolidayYearRow.year).in_(wanted))
        known = set(await self._tx.exec(query))
        return [year for year in wanted if year not in known]

    async def seed(self, year: int, holidays: Iterable[Holiday]) -> None:
        """Take a year's holidays over once; days entered by hand stay as they are."""
        for holiday in holidays:
            if await self._tx.get(HolidayRow, holiday.on) is None:
                self._tx.add(HolidayRow(**vars(holiday)))
        await self._tx.merge(HolidayYearRow(year=year))
        await self._tx.flush()

    async def save(self, holiday: Holiday) -> None:
        """Enter or rename a day off."""
        await self._tx.merge(HolidayRow(**vars(holiday)))
        await self._tx.flush()

    async def remove(self, on: date) -> None:
        """Make a day a working day again."""
        await self._tx.exec(delete(HolidayRow).where(col(HolidayRow.on) == on))

    async def between(self, first: date, last: date) -> list[Holiday]:
        """Days off in [first, last]."""
        query = (
            select(HolidayRow)
            .where(col(HolidayRow.on) >= first, col(HolidayRow.on) <= last)
            .order_by(col(HolidayRow.on))
        )
        return [
            Holiday(row.on, row.name_vi, row.name_en, row.decreed)
            for row in await self._tx.exec(query)
        ]


def _series(row: SeriesRow) -> Series:
    return Series(
        id=SeriesId(row.id),
        title=row.title,
        hub_id=FacilityId(row.hub_id),
        chair_id=PersonId(row.chair_id) if row.chair_id else None,
        secretary_id=PersonId(row.secretary_id) if row.secretary_id else None,
        starts_on=row.starts_on,
        weekday=row.weekday,
        start_time=row.start_time,
        duration_minutes=row.duration_minutes,
        time_zone=row.time_zone,
        active=row.active,
    )
