"""A session, one dated meeting, and its life; who sits in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID
from zoneinfo import ZoneInfo

from scheduling.errors import SeatsRefused, TransitionRefused
from scheduling.facility import FacilityId
from scheduling.person import PersonId

SessionId = NewType("SessionId", UUID)
_DEADLINE_DAYS_BEFORE = 2
_DEADLINE_TIME = time(16, 0)
MOST_SEATS = 200


class SessionKind(StrEnum):
    """Weekly from a series, or called for one emergency."""

    WEEKLY = "weekly"
    AD_HOC = "ad_hoc"


class SessionState(StrEnum):
    """Where a session stands (domain.md 8.4)."""

    PLANNED = "planned"
    OPEN = "open"
    AGENDA_LOCKED = "agenda_locked"
    LIVE = "live"
    ENDED = "ended"
    MINUTES_OPEN = "minutes_open"
    ARCHIVED = "archived"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class SessionEvent(StrEnum):
    """What can happen to a session."""

    OPEN = "open"
    LOCK = "lock"
    START = "start"
    END = "end"
    OPEN_MINUTES = "open_minutes"
    ARCHIVE = "archive"
    POSTPONE = "postpone"
    RESCHEDULE = "reschedule"
    RESTORE = "restore"
    CANCEL = "cancel"


_S, _E = SessionState, SessionEvent
TRANSITIONS: Mapping[tuple[SessionState, SessionEvent], SessionState] = {
    (_S.PLANNED, _E.OPEN): _S.OPEN,
    (_S.PLANNED, _E.RESCHEDULE): _S.PLANNED,
    (_S.PLANNED, _E.POSTPONE): _S.POSTPONED,
    (_S.PLANNED, _E.CANCEL): _S.CANCELLED,
    (_S.OPEN, _E.LOCK): _S.AGENDA_LOCKED,
    # An emergency meeting starts without waiting for anybody to lock an agenda.
    (_S.OPEN, _E.START): _S.LIVE,
    (_S.OPEN, _E.RESCHEDULE): _S.OPEN,
    (_S.OPEN, _E.POSTPONE): _S.POSTPONED,
    (_S.OPEN, _E.CANCEL): _S.CANCELLED,
    (_S.AGENDA_LOCKED, _E.OPEN): _S.OPEN,
    (_S.AGENDA_LOCKED, _E.START): _S.LIVE,
    (_S.AGENDA_LOCKED, _E.RESCHEDULE): _S.OPEN,
    (_S.AGENDA_LOCKED, _E.POSTPONE): _S.POSTPONED,
    (_S.AGENDA_LOCKED, _E.CANCEL): _S.CANCELLED,
    (_S.POSTPONED, _E.RESCHEDULE): _S.PLANNED,
    (_S.POSTPONED, _E.CANCEL): _S.CANCELLED,
    (_S.CANCELLED, _E.RESTORE): _S.PLANNED,
    (_S.LIVE, _E.END): _S.ENDED,
    (_S.ENDED, _E.OPEN_MINUTES): _S.MINUTES_OPEN,
    (_S.ENDED, _E.ARCHIVE): _S.ARCHIVED,
    (_S.MINUTES_OPEN, _E.ARCHIVE): _S.ARCHIVED,
}
# States in which a case may still come in or change its place.
TAKES_CASES = frozenset({_S.PLANNED, _S.OPEN})
# Sessions that are over: what still waits there waits for the hub's next one.
OVER = frozenset({_S.ENDED, _S.MINUTES_OPEN, _S.ARCHIVED, _S.CANCELLED})


class Seat(StrEnum):
    """What somebody is in this session."""

    CHAIR = "chair"
    SECRETARY = "secretary"
    MEMBER = "member"
    PRESENTER = "presenter"
    OBSERVER = "observer"


_SINGLE = frozenset({Seat.CHAIR, Seat.SECRETARY})


@dataclass(frozen=True)
class Seated:
    """One person's seat and answer to the invitation (None while there is no answer)."""

    person_id: PersonId
    seat: Seat
    answer: bool | None = None
    comment: str = ""


@dataclass(frozen=True)
class Session:
    """One dated meeting; `version` counts changes of time, state, agenda and seats.

    `nominal` is the date its series gave it, wherever it was moved since.
    """

    id: SessionId
    hub_id: FacilityId
    kind: SessionKind
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    state: SessionState
    version: int
    changed_at: datetime
    series_id: UUID | None = None
    nominal: date | None = None
    seats: tuple[Seated, ...] = ()

    @property
    def slot_minutes(self) -> int:
        """Length of the slot."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def submission_deadline(self) -> datetime | None:
        """16:00 local time two days before; ad hoc sessions have none."""
        if self.kind is SessionKind.AD_HOC:
            return None
        zone = ZoneInfo(self.time_zone)
        day = self.starts_at.astimezone(zone).date() - timedelta(days=_DEADLINE_DAYS_BEFORE)
        return datetime.combine(day, _DEADLINE_TIME, zone).astimezone(self.starts_at.tzinfo)

    def holder(self, seat: Seat) -> PersonId | None:
        """Who sits as chair or secretary."""
        return next((s.person_id for s in self.seats if s.seat is seat), None)

    def seat_of(self, person_id: UUID) -> Seat | None:
        """This person's seat, if any."""
        return next((s.seat for s in self.seats if s.person_id == person_id), None)


def after(state: SessionState, event: SessionEvent) -> SessionState:
    """The state that follows, or TransitionRefused."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise TransitionRefused("session", state, event) from None


def moved(session: Session, event: SessionEvent, now: datetime) -> Session:
    """Take one step."""
    return replace(
        session,
        state=after(session.state, event),
        version=session.version + 1,
        changed_at=now,
    )


def rescheduled(session: Session, starts_at: datetime, now: datetime) -> Session:
    """Put the session on another time, keeping its length."""
    length = session.ends_at - session.starts_at
    return replace(
        moved(session, SessionEvent.RESCHEDULE, now),
        starts_at=starts_at,
        ends_at=starts_at + length,
    )


def seated(session: Session, wanted: Sequence[Seated], now: datetime) -> Session:
    """Replace the seats, keeping answers of people who stay; SeatsRefused on a broken rule."""
    if session.state in (_S.ARCHIVED, _S.CANCELLED):
        raise TransitionRefused("session", session.state, "seat")
    people = [seat.person_id for seat in wanted]
    if len(wanted) > MOST_SEATS:
        raise SeatsRefused("too-many-people")
    for person_id in people:
        if people.count(person_id) > 1:
            raise SeatsRefused("person-twice", person_id)
    for single in _SINGLE:
        holders = [s.person_id for s in wanted if s.seat is single]
        if len(holders) > 1:
            raise SeatsRefused(f"{single}-twice", holders[1])
    known = {seat.person_id: seat for seat in session.seats}
    seats = tuple(
        replace(seat, answer=known[seat.person_id].answer, comment=known[seat.person_id].comment)
        if seat.person_id in known
        else seat
        for seat in wanted
    )
    return replace(session, seats=seats, version=session.version + 1, changed_at=now)


def replanned(session: Session, presenters: Sequence[PersonId], now: datetime) -> Session:
    """A new agenda: the version counts up and presenters who had no seat get one."""
    known = {seat.person_id for seat in session.seats}
    newcomers = dict.fromkeys(person for person in presenters if person not in known)
    seats = session.seats + tuple(Seated(person, Seat.PRESENTER) for person in newcomers)
    return replace(session, seats=seats, version=session.version + 1, changed_at=now)


def answered(
    session: Session, person_id: PersonId, answer: bool | None, comment: str, now: datetime
) -> Session:
    """Keep one person's answer; SeatsRefused for somebody without a seat."""
    if session.seat_of(person_id) is None:
        raise SeatsRefused("not-invited", person_id)
    seats = tuple(
        replace(seat, answer=answer, comment=comment) if seat.person_id == person_id else seat
        for seat in session.seats
    )
    return replace(session, seats=seats, version=session.version + 1, changed_at=now)
