"""What the API tells of a session and takes for it."""

from collections.abc import Sequence
from datetime import date as day
from datetime import datetime, time
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.agenda import DEFAULT_MINUTES, AgendaItem, planned_starts
from scheduling.case import ON_AGENDA
from scheduling.case_store import CaseStore
from scheduling.directory_store import DirectoryStore
from scheduling.plain_text import Line, LongText, Title
from scheduling.session import Seat, Session, SessionKind, SessionState
from scheduling.session_store import SessionStore
from telehealth.access import Caller, Permission, may
from telehealth.api.account import PersonOut
from telehealth.api.case_models import CaseBrief, NamedFacility, case_brief
from telehealth.api.directory import people_out
from telehealth.api.instants import Day, Instant, WallClock
from telehealth.casefile import CaseFile, Material, case_files, session_facts

_RIGHTS = {
    "edit": Permission.EDIT_SESSION,
    "run": Permission.RUN_SESSION,
    "join": Permission.JOIN_SESSION,
    "triage": Permission.TRIAGE_CASE,
}


class SessionBrief(BaseModel):
    """A session in a calendar."""

    id: UUID
    series_id: UUID | None
    kind: SessionKind
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    state: SessionState
    hub: NamedFacility
    case_count: int
    my_seat: Seat | None


class SeatedPerson(BaseModel):
    """Somebody with a seat, and the answer to the invitation."""

    person: PersonOut
    seat: Seat
    answer: bool | None
    comment: str


class AgendaEntry(BaseModel):
    """A case on the agenda, with the time it should begin."""

    case: CaseBrief
    order: int
    planned_minutes: int
    starts_at: datetime


class SessionOut(SessionBrief):
    """A whole session; `waiting` is shown to those who judge cases and to their hospitals."""

    version: int
    chair: PersonOut | None
    secretary: PersonOut | None
    people: list[SeatedPerson]
    agenda: list[AgendaEntry]
    waiting: list[CaseBrief]
    total_minutes: int
    slot_minutes: int
    submission_deadline: datetime | None
    may: dict[str, bool]


class SessionList(BaseModel):
    """Sessions in order of time."""

    items: list[SessionBrief]


class NewSession(BaseModel):
    """An extra or emergency session of the caller's hub."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    starts_at: Instant
    duration_minutes: int = Field(30, ge=5, le=600)
    chair_id: UUID | None = None
    secretary_id: UUID | None = None


class AgendaEntryIn(BaseModel):
    """One case and its minutes."""

    case_id: UUID
    planned_minutes: int = DEFAULT_MINUTES


class AgendaIn(BaseModel):
    """The whole agenda in its order, and the version it builds on."""

    version: int
    items: list[AgendaEntryIn] = Field(max_length=200)


class SeatIn(BaseModel):
    """One person's seat."""

    person_id: UUID
    seat: Seat


class SeatsIn(BaseModel):
    """Every seat of the session."""

    items: list[SeatIn] = Field(max_length=1000)


class AnswerIn(BaseModel):
    """The caller's own answer to the invitation."""

    answer: bool | None
    comment: LongText = Field("", max_length=1000)


class Postponement(BaseModel):
    """The new time, if it is known, and why."""

    starts_at: Instant | None = None
    reason: LongText = Field("", max_length=1000)


class HolidayOut(BaseModel):
    """A day off in the caller's language."""

    date: day
    name: str


class HolidayIn(BaseModel):
    """A day off as decreed."""

    name_vi: Title = Field(max_length=200)
    name_en: Title = Field(max_length=200)


class ClashOut(BaseModel):
    """A session on a holiday, and where it could go."""

    series_id: UUID
    date: day
    holiday: str
    proposals: list[day]


class CalendarOut(BaseModel):
    """A period: its sessions, days off, and what needs a decision."""

    sessions: list[SessionBrief]
    holidays: list[HolidayOut]
    clashes: list[ClashOut]


class CalendarLink(BaseModel):
    """The secret address of the caller's feed; asking again makes the old one stop."""

    url: str


class SeriesOut(BaseModel):
    """A weekly series."""

    id: UUID
    title: str
    hub_id: UUID
    weekday: int
    start_time: str
    duration_minutes: int
    time_zone: str
    chair_id: UUID | None
    secretary_id: UUID | None
    active: bool
    starts_on: day


class SeriesList(BaseModel):
    """Every series, by title."""

    items: list[SeriesOut]


class SeriesIn(BaseModel):
    """A new series of the caller's hub."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    weekday: int = Field(3, ge=0, le=6)
    start_time: WallClock = time(14, 0)
    duration_minutes: int = Field(150, ge=5, le=600)
    time_zone: str = Field("Asia/Ho_Chi_Minh", max_length=64)
    chair_id: UUID | None = None
    secretary_id: UUID | None = None
    starts_on: Day | None = None


class SeriesPatch(BaseModel):
    """What of a series changes."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    weekday: int | None = Field(None, ge=0, le=6)
    start_time: WallClock | None = None
    duration_minutes: int | None = Field(None, ge=5, le=600)
    time_zone: str | None = Field(None, max_length=64)
    chair_id: UUID | None = None
    secretary_id: UUID | None = None
    active: bool | None = None


class DecisionIn(BaseModel):
    """A decision about one date: skip it, move it, keep it on a holiday, or add one."""

    model_config = ConfigDict(extra="forbid")

    on: Day
    kind: str = Field(pattern="^(skip|move|keep|extra)$")
    to_date: Day | None = None
    start_time: WallClock | None = None
    reason: Line = ""


async def session_briefs(
    tx: AsyncSession, sessions: Sequence[Session], caller: Caller
) -> list[SessionBrief]:
    """Sessions for a calendar."""
    counts = await SessionStore(tx).case_counts(session.id for session in sessions)
    names = {facility.id: facility.name for facility in await DirectoryStore(tx).facilities()}
    return [
        SessionBrief(
            **_fields(session),
            hub=NamedFacility(id=session.hub_id, name=names[session.hub_id]),
            case_count=counts.get(session.id, 0),
            my_seat=session.seat_of(caller.person_id),
        )
        for session in sessions
    ]


def _fields(session: Session) -> dict[str, object]:
    shared = set(SessionBrief.model_fields) - {"hub", "case_count", "my_seat"}
    return {name: value for name, value in vars(session).items() if name in shared}


def _agenda(
    session: Session, files: list[CaseFile], caller: Caller, now: datetime
) -> list[AgendaEntry]:
    items = [AgendaItem(f.case.id, f.case.planned_minutes or DEFAULT_MINUTES) for f in files]
    starts = planned_starts(session.starts_at, items)
    return [
        AgendaEntry(
            case=case_brief(file, caller, now),
            order=place,
            planned_minutes=item.planned_minutes,
            starts_at=start,
        )
        for place, (file, item, start) in enumerate(zip(files, items, starts, strict=True), 1)
    ]


async def session_out(
    tx: AsyncSession, session: Session, caller: Caller, material: Material, now: datetime
) -> SessionOut:
    """A whole session as far as this caller may see it."""
    store, facts = CaseStore(tx), session_facts(session)
    placed = [c for c in await store.of_sessions([session.id]) if c.state in ON_AGENDA]
    waiting = await store.waiting(session.id, session.hub_id)
    agenda_files = await case_files(tx, placed, material, now)
    waiting_files = await case_files(tx, waiting, material, now)
    people = await people_out(tx, ids=[seat.person_id for seat in session.seats])
    (brief,) = await session_briefs(tx, [session], caller)
    agenda = _agenda(session, agenda_files, caller, now)
    chair, secretary = session.holder(Seat.CHAIR), session.holder(Seat.SECRETARY)
    return SessionOut(
        **brief.model_dump(),
        version=session.version,
        chair=people.get(chair) if chair else None,
        secretary=people.get(secretary) if secretary else None,
        people=[
            SeatedPerson(
                person=people[seat.person_id],
                seat=seat.seat,
                answer=seat.answer,
                comment=seat.comment,
            )
            for seat in session.seats
        ],
        agenda=agenda,
        waiting=[case_brief(f, caller, now) for f in waiting_files if f.knows(caller)],
        total_minutes=sum(entry.planned_minutes for entry in agenda),
        slot_minutes=session.slot_minutes,
        submission_deadline=session.submission_deadline,
        may={name: may(caller, right, facts) for name, right in _RIGHTS.items()},
    )
