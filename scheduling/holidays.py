"""Public holidays: the library is the seed, the table is the truth, a clash proposes a move."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import holidays as holiday_library

from scheduling.series import Occurrence, SeriesId
from scheduling.session import SessionId

_SATURDAY = 5
_FARTHEST_PROPOSAL_DAYS = 14


@dataclass(frozen=True)
class Holiday:
    """A day off, named in Vietnamese and English; `decreed` when a person entered it."""

    on: date
    name_vi: str
    name_en: str
    decreed: bool = False


@dataclass(frozen=True)
class Clash:
    """A session that falls on a holiday and nobody has decided about yet."""

    series_id: SeriesId
    session_id: SessionId
    on: date
    holiday: Holiday
    proposals: tuple[date, ...]


def seed_holidays(year: int) -> tuple[Holiday, ...]:
    """The year's holidays as the library knows them (lunar days at UTC+7)."""
    vietnamese = holiday_library.country_holidays("VN", years=year, language="vi")
    english = holiday_library.country_holidays("VN", years=year, language="en_US")
    return tuple(
        Holiday(on, name, english.get(on, name)) for on, name in sorted(vietnamese.items())
    )


def is_working_day(day: date, days_off: Collection[date]) -> bool:
    """True for Monday to Friday unless it is a holiday."""
    return day.weekday() < _SATURDAY and day not in days_off


def proposals(day: date, days_off: Collection[date], today: date) -> tuple[date, ...]:
    """Previous and next working day around a holiday, as far as they are still to come."""
    found = []
    for step in (-1, 1):
        candidate = day + timedelta(days=step)
        while not is_working_day(candidate, days_off):
            candidate += timedelta(days=step)
            if abs((candidate - day).days) > _FARTHEST_PROPOSAL_DAYS:
                break
        if candidate > today and is_working_day(candidate, days_off):
            found.append(candidate)
    return tuple(found)


def clashes(
    occurrences: Iterable[Occurrence],
    holidays: Iterable[Holiday],
    zone: ZoneInfo,
    today: date,
) -> tuple[Clash, ...]:
    """Sessions on holidays without a decision, each with the days it could move to."""
    by_date = {holiday.on: holiday for holiday in holidays}
    found = []
    for occurrence in occurrences:
        on = occurrence.local_date(zone)
        if on in by_date and not occurrence.kept:
            found.append(
                Clash(
                    occurrence.series_id,
                    occurrence.session_id,
                    on,
                    by_date[on],
                    proposals(on, by_date.keys(), today),
                )
            )
    return tuple(found)
