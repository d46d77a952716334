"""A weekly series and its sessions: one weekday, one local time, exceptions by date."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from scheduling.facility import FacilityId
from scheduling.person import PersonId
from scheduling.session import SessionId, SessionState

SeriesId = NewType("SeriesId", UUID)
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
THURSDAY = 3
AFTERNOON = time(14, 0)
PUBLISHED_WEEKS = 8


class ExceptionKind(StrEnum):
    """How one date departs from the rule; `keep` holds a session on a holiday on purpose."""

    SKIP = "skip"
    MOVE = "move"
    EXTRA = "extra"
    KEEP = "keep"


@dataclass(frozen=True)
class Series:
    """Every `weekday` (0 = Monday) at `start_time` local, from `starts_on`."""

    id: SeriesId
    title: str
    hub_id: FacilityId
    chair_id: PersonId | None
    secretary_id: PersonId | None
    starts_on: date
    weekday: int = THURSDAY
    start_time: time = AFTERNOON
    duration_minutes: int = 150
    time_zone: str = DEFAULT_ZONE
    active: bool = True


@dataclass(frozen=True)
class SeriesException:
    """A decision about one date of a series; `to_date` when it takes place on another day."""

    on: date
    kind: ExceptionKind
    to_date: date | None = None
    start_time: time | None = None
    reason: str = ""


@dataclass(frozen=True)
class Occurrence:
    """One date a series falls on. `nominal` is the date the rule gave; the id comes from it,
    so a moved session stays the same session in every calendar."""

    session_id: SessionId
    series_id: SeriesId
    nominal: date
    starts_at: datetime
    ends_at: datetime
    kept: bool = False

    def local_date(self, zone: ZoneInfo) -> date:
        """The day it really takes place."""
        return self.starts_at.astimezone(zone).date()


def session_id_of(series_id: SeriesId, nominal: date, extra: bool = False) -> SessionId:
    """The id a series' session has for ever, whoever expands it."""
    label = f"extra:{nominal.isoformat()}" if extra else nominal.isoformat()
    return SessionId(uuid5(series_id, label))


def nominal_dates(series: Series, first: date, last: date) -> Iterator[date]:
    """Dates of the bare rule within [first, last]."""
    start = max(first, series.starts_on)
    day = start + timedelta(days=(series.weekday - start.weekday()) % 7)
    while day <= last:
        yield day
        day += timedelta(days=7)


def _occurrence(
    series: Series, nominal: date, decision: SeriesException | None, extra: bool = False
) -> Occurrence:
    moves = decision is not None and decision.kind in (ExceptionKind.MOVE, ExceptionKind.EXTRA)
    on = decision.to_date if decision and moves and decision.to_date else nominal
    at = decision.start_time if decision and decision.start_time else series.start_time
    starts_at = datetime.combine(on, at, ZoneInfo(series.time_zone)).astimezone(UTC)
    return Occurrence(
        session_id=session_id_of(series.id, nominal, extra),
        series_id=series.id,
        nominal=nominal,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=series.duration_minutes),
        kept=decision is not None and decision.kind is not ExceptionKind.SKIP,
    )


def expand(
    series: Series, exceptions: Iterable[SeriesException], first: date, last: date
) -> tuple[Occurrence, ...]:
    """The sessions whose nominal date lies in [first, last], in order of time.

    Skipped dates are left out, moved ones appear at their new date, extras are added.
    """
    if not series.active:
        return ()
    by_date: dict[date, SeriesException] = {}
    extras: list[SeriesException] = []
    for exception in exceptions:
        if exception.kind is ExceptionKind.EXTRA:
            extras.append(exception)
        else:
            by_date[exception.on] = exception
    found = [
        _occurrence(series, day, by_date.get(day))
        for day in nominal_dates(series, first, last)
        if day not in by_date or by_date[day].kind is not ExceptionKind.SKIP
    ]
    found += [_occurrence(series, e.on, e, extra=True) for e in extras if first <= e.on <= last]
    return tuple(sorted(found, key=lambda occurrence: occurrence.starts_at))


@dataclass(frozen=True)
class PlannedSession:
    """What is known of a session already made from a series."""

    state: SessionState
    starts_at: datetime
    ends_at: datetime
    case_count: int


@dataclass(frozen=True)
class SeriesSync:
    """What makes the stored sessions follow the rule again."""

    create: tuple[Occurrence, ...]
    retime: tuple[Occurrence, ...]
    restore: tuple[Occurrence, ...]
    drop: tuple[SessionId, ...]


def synchronised(
    wanted: Iterable[Occurrence], stored: Mapping[SessionId, PlannedSession]
) -> SeriesSync:
    """Compare the rule with what is stored, both from today on.

    Only planned sessions follow the rule; one that has cases is never dropped by a changed rule,
    its coordinator decides. `drop` names sessions to cancel.
    """
    wanted_by_id = {occurrence.session_id: occurrence for occurrence in wanted}
    create = tuple(o for key, o in wanted_by_id.items() if key not in stored)
    retime = tuple(
        o
        for key, o in wanted_by_id.items()
        if key in stored
        and stored[key].state is SessionState.PLANNED
        and (stored[key].starts_at, stored[key].ends_at) != (o.starts_at, o.ends_at)
    )
    drop = tuple(
        key
        for key, planned in stored.items()
        if key not in wanted_by_id
        and planned.state is SessionState.PLANNED
        and planned.case_count == 0
    )
    restore = tuple(
        o
        for key, o in wanted_by_id.items()
        if key in stored and stored[key].state is SessionState.CANCELLED
    )
    return SeriesSync(create, retime, restore, drop)
