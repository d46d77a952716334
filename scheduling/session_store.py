"""The SQL of sessions, their seats and their history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, delete, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.errors import NotFound, VersionConflict
from scheduling.facility import FacilityId
from scheduling.person import PersonId
from scheduling.session import Seat, Seated, Session, SessionId, SessionKind, SessionState
from scheduling.tables import CaseRow, SeatRow, SessionEventRow, SessionRow


@dataclass(frozen=True)
class Step:
    """One step in the life of a session or case, as history keeps it."""

    event: str
    before: str
    after: str
    by: UUID
    at: datetime
    reason: str = ""


class SessionStore:
    """Sessions within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def add(self, session: Session) -> None:
        """Insert a session with its seats."""
        self._tx.add(_row(session))
        await self._tx.flush()
        await self._write_seats(session)

    async def save(self, session: Session, was: Session) -> None:
        """Write a change of `was`; VersionConflict when somebody saved in between."""
        row = _row(session)
        values = row.model_dump(exclude={"id"})
        result = await self._tx.exec(
            update(SessionRow)
            .where(col(SessionRow.id) == session.id, col(SessionRow.version) == was.version)
            .values(**values)
        )
        if result.rowcount != 1:
            raise VersionConflict("session", session.id, was.version + 1)
        if session.seats != was.seats:
            await self._write_seats(session)

    async def _write_seats(self, session: Session) -> None:
        await self._tx.exec(delete(SeatRow).where(col(SeatRow.session_id) == session.id))
        for place, seat in enumerate(session.seats):
            self._tx.add(
                SeatRow(
                    session_id=session.id,
                    person_id=seat.person_id,
                    seat=seat.seat,
                    place=place,
                    answer=seat.answer,
                    comment=seat.comment,
                )
            )
        await self._tx.flush()

    async def note(self, session_id: UUID, step: Step) -> None:
        """Add a step to the history."""
        self._tx.add(
            SessionEventRow(
                session_id=session_id,
                event=step.event,
                state_before=step.before,
                state_after=step.after,
                by=step.by,
                at=step.at,
                reason=step.reason,
            )
        )
        await self._tx.flush()

    async def get(self, session_id: UUID) -> Session:
        """One session with its seats, or NotFound."""
        row = await self._tx.get(SessionRow, session_id, populate_existing=True)
        if row is None:
            raise NotFound("session", str(session_id))
        return (await self._with_seats([row]))[0]

    async def find(self, session_ids: Iterable[UUID]) -> dict[UUID, Session]:
        """Several sessions by id."""
        query = select(SessionRow).where(col(SessionRow.id).in_(list(session_ids)))
        rows = list(await self._tx.exec(query))
        return {session.id: session for session in await self._with_seats(rows)}

    async def between(self, since: datetime, until: datetime) -> list[Session]:
        """Sessions that touch [since, until), in order of time."""
        query = (
            select(SessionRow)
            .where(col(SessionRow.ends_at) > since, col(SessionRow.starts_at) < until)
            .order_by(col(SessionRow.starts_at), col(SessionRow.id))
        )
        return await self._with_seats(list(await self._tx.exec(query)))

    async def of_series(self, series_id: UUID, since: date) -> list[Session]:
        """Sessions of a series whose nominal date is `since` or later."""
        query = select(SessionRow).where(
            SessionRow.series_id == series_id, col(SessionRow.nominal) >= since
        )
        return await self._with_seats(list(await self._tx.exec(query)))

    async def of_person(self, person_id: UUID, since: datetime) -> list[Session]:
        """Sessions this person sits in, from `since` on."""
        query = (
            select(SessionRow)
            .join(SeatRow, col(SeatRow.session_id) == col(SessionRow.id))
            .where(SeatRow.person_id == person_id, col(SessionRow.ends_at) > since)
            .order_by(col(SessionRow.starts_at))
        )
        return await self._with_seats(list(await self._tx.exec(query)))

    async def next_of_hub(self, hub_ids: Iterable[UUID], now: datetime) -> Session | None:
        """The next session of these hubs that still takes cases."""
        query = (
            select(SessionRow)
            .where(
                col(SessionRow.hub_id).in_(list(hub_ids)),
                col(SessionRow.starts_at) > now,
                col(SessionRow.kind) == SessionKind.WEEKLY,
                col(SessionRow.state).in_([SessionState.PLANNED, SessionState.OPEN]),
            )
            .order_by(col(SessionRow.starts_at))
            .limit(1)
        )
        rows = list(await self._tx.exec(query))
        return (await self._with_seats(rows))[0] if rows else None

    async def case_counts(self, session_ids: Iterable[UUID]) -> dict[UUID, int]:
        """How many cases sit on each session's agenda or wait for it."""
        query = (
            select(CaseRow.session_id, func.count())
            .where(
                col(CaseRow.session_id).in_(list(session_ids)),
                col(CaseRow.state).not_in(["draft", "withdrawn", "refused", "converted_ad_hoc"]),
            )
            .group_by(col(CaseRow.session_id))
        )
        return {key: count for key, count in await self._tx.exec(query) if key is not None}

    async def _with_seats(self, rows: list[SessionRow]) -> list[Session]:
        seats: dict[UUID, list[Seated]] = {row.id: [] for row in rows}
        query = (
            select(SeatRow)
            .where(col(SeatRow.session_id).in_(list(seats)))
            .order_by(col(SeatRow.place))
        )
        for seat in await self._tx.exec(query):
            seats[seat.session_id].append(
                Seated(PersonId(seat.person_id), Seat(seat.seat), seat.answer, seat.comment)
            )
        return [_session(row, tuple(seats[row.id])) for row in rows]


def _row(session: Session) -> SessionRow:
    return SessionRow(
        id=session.id,
        series_id=session.series_id,
        nominal=session.nominal,
        hub_id=session.hub_id,
        kind=session.kind,
        title=session.title,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        time_zone=session.time_zone,
        state=session.state,
        version=session.version,
        changed_at=session.changed_at,
    )


def _session(row: SessionRow, seats: tuple[Seated, ...]) -> Session:
    return Session(
        id=SessionId(row.id),
        series_id=row.series_id,
        nominal=row.nominal,
        hub_id=FacilityId(row.hub_id),
        kind=SessionKind(row.kind),
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        time_zone=row.time_zone,
        state=SessionState(row.state),
        version=row.version,
        changed_at=row.changed_at,
        seats=seats,
    )
