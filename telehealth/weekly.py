"""Weekly series kept in step with their sessions: eight weeks ahead, holidays in view."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.holidays import Clash, Holiday, clashes, seed_holidays
from scheduling.series import (
    PUBLISHED_WEEKS,
    ExceptionKind,
    Occurrence,
    PlannedSession,
    Series,
    SeriesException,
    SeriesId,
    SeriesSync,
    expand,
    session_id_of,
    synchronised,
)
from scheduling.series_store import HolidayStore, SeriesStore
from scheduling.session import (
    Seat,
    Seated,
    Session,
    SessionEvent,
    SessionId,
    SessionKind,
    SessionState,
    moved,
)
from scheduling.session_store import SessionStore
from telehealth.casefile import Doing, Material
from telehealth.conduct import move_session, reschedule


@dataclass(frozen=True)
class Window:
    """The days in which a series' sessions are published."""

    first: date
    last: date


def window(series: Series, now: datetime) -> Window:
    """From the series' own today, eight weeks on."""
    today = now.astimezone(ZoneInfo(series.time_zone)).date()
    return Window(today, today + timedelta(weeks=PUBLISHED_WEEKS))


async def _difference(
    tx: AsyncSession, series: Series, now: datetime
) -> tuple[SeriesSync, dict[SessionId, Session]]:
    store, shown = SessionStore(tx), window(series, now)
    stored = {session.id: session for session in await store.of_series(series.id, shown.first)}
    farthest = max([shown.last, *(s.nominal for s in stored.values() if s.nominal)])
    wanted = expand(series, await SeriesStore(tx).exceptions(series.id), shown.first, farthest)
    # Beyond the window a session is kept when it exists, not made when it does not.
    wanted = tuple(o for o in wanted if o.nominal <= shown.last or o.session_id in stored)
    counts = await store.case_counts(stored)
    known = {
        key: PlannedSession(s.state, s.starts_at, s.ends_at, counts.get(key, 0))
        for key, s in stored.items()
    }
    return synchronised(wanted, known), stored


async def is_published(tx: AsyncSession, now: datetime) -> bool:
    """Whether every active series has its sessions of the coming weeks, and its holidays."""
    if await HolidayStore(tx).unseeded(_years(now)):
        return False
    for series in await SeriesStore(tx).all():
        if series.active and (await _difference(tx, series, now))[0].create:
            return False
    return True


async def publish(tx: AsyncSession, now: datetime) -> None:
    """Make the missing sessions of every active series and seed the years' holidays."""
    for year in await HolidayStore(tx).unseeded(_years(now)):
        await HolidayStore(tx).seed(year, seed_holidays(year))
    for series in await SeriesStore(tx).all():
        if series.active:
            await synchronise(tx, series, now)


async def synchronise(tx: AsyncSession, series: Series, now: datetime) -> None:
    """Make one series' stored sessions follow its rule again."""
    store = SessionStore(tx)
    sync, stored = await _difference(tx, series, now)
    for occurrence in sync.create:
        await store.add(_new_session(series, occurrence, now))
    for occurrence in sync.retime:
        was = stored[occurrence.session_id]
        await store.save(_retimed(was, occurrence, now), was)
    for occurrence in sync.restore:
        was = stored[occurrence.session_id]
        back = moved(was, SessionEvent.RESTORE, now)
        await store.save(
            replace(back, starts_at=occurrence.starts_at, ends_at=occurrence.ends_at), was
        )
    for session_id in sync.drop:
        was = stored[session_id]
        await store.save(moved(was, SessionEvent.CANCEL, now), was)


def _retimed(session: Session, occurrence: Occurrence, now: datetime) -> Session:
    return replace(
        session,
        starts_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        version=session.version + 1,
        changed_at=now,
    )


def _new_session(series: Series, occurrence: Occurrence, now: datetime) -> Session:
    holders = ((series.chair_id, Seat.CHAIR), (series.secretary_id, Seat.SECRETARY))
    return Session(
        id=occurrence.session_id,
        series_id=series.id,
        nominal=occurrence.nominal,
        hub_id=series.hub_id,
        kind=SessionKind.WEEKLY,
        title=series.title,
        starts_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        time_zone=series.time_zone,
        state=SessionState.PLANNED,
        version=1,
        changed_at=now,
        seats=tuple(Seated(person, seat) for person, seat in holders if person),
    )


async def decide(
    tx: AsyncSession, series: Series, decision: SeriesException, doing: Doing, material: Material
) -> None:
    """Skip, move, keep or add a date; a session already made for that date follows at once.

    Raises TransitionRefused when that session is already running or over.
    """
    await SeriesStore(tx).decide(series.id, decision, doing.by, doing.at)
    extra = decision.kind is ExceptionKind.EXTRA
    session_id = session_id_of(series.id, decision.on, extra)
    session = (await SessionStore(tx).find([session_id])).get(session_id)
    doing = replace(doing, reason=decision.reason)
    if session is not None and session.state is not SessionState.CANCELLED:
        await _obey(tx, series, session, decision, doing, material)
    await synchronise(tx, series, doing.at)


async def _obey(
    tx: AsyncSession,
    series: Series,
    session: Session,
    decision: SeriesException,
    doing: Doing,
    material: Material,
) -> None:
    if decision.kind is ExceptionKind.SKIP:
        await move_session(tx, session, SessionEvent.CANCEL, doing, material)
        return
    there = next(
        o
        for o in expand(replace(series, active=True), [decision], decision.on, decision.on)
        if o.session_id == session.id
    )
    if there.starts_at != session.starts_at:
        await reschedule(tx, session, there.starts_at, doing)


async def cancel(tx: AsyncSession, session: Session, doing: Doing, material: Material) -> None:
    """Cancel a session for good; its series will not bring it back."""
    await move_session(tx, session, SessionEvent.CANCEL, doing, material)
    if session.series_id is None or session.nominal is None:
        return
    store = SeriesStore(tx)
    if session.id == session_id_of(SeriesId(session.series_id), session.nominal, extra=True):
        await store.drop_extra(session.series_id, session.nominal)
    else:
        skip = SeriesException(session.nominal, ExceptionKind.SKIP, reason=doing.reason)
        await store.decide(session.series_id, skip, doing.by, doing.at)


async def postpone(
    tx: AsyncSession, session: Session, starts_at: datetime | None, doing: Doing, material: Material
) -> None:
    """Put a session off, to another time when one is known; its series keeps the decision."""
    if starts_at is None:
        await move_session(tx, session, SessionEvent.POSTPONE, doing, material)
        return
    await reschedule(tx, session, starts_at, doing)
    if session.series_id is None or session.nominal is None:
        return
    local = starts_at.astimezone(ZoneInfo(session.time_zone))
    extra = session.id == session_id_of(SeriesId(session.series_id), session.nominal, extra=True)
    kind = ExceptionKind.EXTRA if extra else ExceptionKind.MOVE
    there = SeriesException(session.nominal, kind, local.date(), local.time(), doing.reason)
    await SeriesStore(tx).decide(session.series_id, there, doing.by, doing.at)


def _years(now: datetime) -> list[int]:
    return [now.year, now.year + 1]


async def holiday_view(
    tx: AsyncSession, first: date, last: date, now: datetime
) -> tuple[list[Holiday], list[Clash]]:
    """Days off of a period, and sessions on them that nobody has decided about."""
    around = timedelta(days=21)  # proposals look at the days beside the period
    holidays = await HolidayStore(tx).between(first - around, last + around)
    store, found = SeriesStore(tx), list[Clash]()
    for series in await store.all():
        zone = ZoneInfo(series.time_zone)
        today = now.astimezone(zone).date()
        occurrences = expand(series, await store.exceptions(series.id), max(first, today), last)
        found += clashes(occurrences, holidays, zone, today)
    return [h for h in holidays if first <= h.on <= last], _in_order(found)


def _in_order(found: Iterable[Clash]) -> list[Clash]:
    return sorted(found, key=lambda clash: (clash.on, str(clash.series_id)))
