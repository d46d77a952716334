"""Days and instants as bodies and parameters may carry them: within this century.

Beyond, date arithmetic overflows; nobody plans a conference there.
"""

from datetime import UTC, date, datetime, time
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


def query_instant(call: Call, name: str, zone: str) -> datetime | None:
    """A query parameter as an instant of this century; a day means its midnight in `zone`."""
    text = call.query(name)
    if text is not None and len(text) == len("YYYY-MM-DD"):
        try:
            midnight = datetime.combine(_near(date.fromisoformat(text)), time(), ZoneInfo(zone))
        except ValueError:
            raise BadParameter(name, "not a day of this century") from None
        return midnight.astimezone(UTC)
    value = call.query_time(name)
    if value is not None and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise BadParameter(name, "outside 2000-2100")
    return value


def query_day(call: Call, name: str) -> date | None:
    """A query parameter as a day of this century ("YYYY-MM-DD"), or BadParameter."""
    value = call.query(name)
    if value is None:
        return None
    try:
        return _near(date.fromisoformat(value))
    except ValueError:
        raise BadParameter(name, "not a day of this century") from None
