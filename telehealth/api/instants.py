"""Days and instants as bodies and parameters may carry them: within this century.

Beyond, date arithmetic overflows; nobody plans a conference there.
"""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime

from telehealth.doors import Call
from telehealth.errors import BadParameter

_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2100


def _near(value: date) -> date:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError("outside 2000-2100")
    return value


def _near_instant(value: datetime) -> datetime:
    _near(value)
    return value


def _wall_clock(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("a wall clock has no zone")
    return value


Day = Annotated[date, AfterValidator(_near)]
Instant = Annotated[AwareDatetime, AfterValidator(_near_instant)]
WallClock = Annotated[time, AfterValidator(_wall_clock)]


def query_day(call: Call, name: str) -> date | None:
    """A query parameter as a day of this century ("YYYY-MM-DD"), or BadParameter."""
    value = call.query(name)
    if value is None:
        return None
    try:
        return _near(date.fromisoformat(value))
    except ValueError:
        raise BadParameter(name, "not a day of this century") from None


def query_period(call: Call, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The parameters `from` and `to`: days of this zone, both included, or instants."""
    since, until = (_moment(call, "from", zone, 0), _moment(call, "to", zone, 1))
    return since, until


def _moment(call: Call, name: str, zone: ZoneInfo, days_later: int) -> datetime | None:
    value = call.query(name)
    if value is None:
        return None
    if len(value) == len("2026-11-26"):
        day = query_day(call, name)
        return datetime.combine(day + timedelta(days_later), time(), zone) if day else None
    instant = call.query_time(name)
    if instant is not None and not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise BadParameter(name, "outside 2000-2100")
    return instant
