"""Sessions: open, agenda, people, start, end."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling import session as sessions
from scheduling.agenda import AgendaItem
from scheduling.directory_store import DirectoryStore
from scheduling.errors import (
    AgendaRefused,
    CaseIncomplete,
    ContentRefused,
    FieldProblem,
    NotFound,
    SeatsRefused,
    TransitionRefused,
    VersionConflict,
)
from scheduling.facility import FacilityId
from scheduling.person import PersonId
from scheduling.session import (
    Seat,
    Seated,
    Session,
    SessionEvent,
    SessionId,
    SessionKind,
    SessionState,
)
from scheduling.session_store import SessionStore
from telehealth.access import Facts, Permission
from telehealth.api.case_models import Reason
from telehealth.api.instants import query_period
from telehealth.api.session_models import (
    AgendaIn,
    AnswerIn,
    NewSession,
    Postponement,
    SeatsIn,
    SessionList,
    SessionOut,
    session_briefs,
    session_out,
)
from telehealth.audit import Act, record
from telehealth.casefile import Doing, session_facts
from telehealth.conduct import move_session, set_agenda
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed
from telehealth.live_session import tell_step
from telehealth.parts import Parts
from telehealth.weekly import cancel, postpone

LONGEST_PERIOD = timedelta(days=400)
_DEFAULT_PERIOD = timedelta(days=60)
# Steps people take by hand, and the right each needs.
STEPS = {
    SessionEvent.OPEN: Permission.EDIT_SESSION,
    SessionEvent.LOCK: Permission.EDIT_SESSION,
    SessionEvent.START: Permission.RUN_SESSION,
    SessionEvent.END: Permission.RUN_SESSION,
    SessionEvent.CANCEL: Permission.EDIT_SESSION,
}


class SessionsApi:
    """Dated meetings."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._material = parts.material

    def doors(self) -> list[Door]:
        """The doors of this class."""
        one, refusals = "/api/sessions/{session_id}", (NotAllowed, NotFound, TransitionRefused)
        edit, read = Permission.EDIT_SESSION, Permission.READ_SCHEDULE
        return [
            Door(
                "GET",
                "/api/sessions",
                self.list,
                read,
                "Sessions of a period",
                gives=SessionList,
                query=("from", "to"),
                raises=(BadParameter,),
            ),
            Door(
                "POST",
                "/api/sessions",
                self.create,
                edit,
                "An emergency session",
                takes=NewSession,
                gives=SessionOut,
                status=201,
                raises=(NotAllowed, ContentRefused),
            ),
            Door("GET", one, self.read, read, "A whole session", gives=SessionOut, raises=refusals),
            *(self._step_door(one, event) for event in STEPS),
            Door(
                "POST",
                one + "/postpone",
                self.postpone,
                edit,
                "Put off, to a new time if known",
                takes=Postponement,
                gives=SessionOut,
                raises=(*refusals, ContentRefused),
            ),
            Door(
                "PUT",
                one + "/agenda",
                self.set_agenda,
                edit,
                "Give the session its agenda",
                takes=AgendaIn,
                gives=SessionOut,
                raises=(NotAllowed, NotFound, VersionConflict, AgendaRefused, CaseIncomplete),
            ),
            Door(
                "PUT",
                one + "/people",
                self.set_people,
                edit,
                "Say who sits where",
                takes=SeatsIn,
                gives=SessionOut,
                raises=(*refusals, SeatsRefused),
            ),
            Door(
                "PUT",
                one + "/answer",
                self.answer,
                read,
                "Answer the invitation",
                takes=AnswerIn,
                gives=SessionOut,
                raises=(NotAllowed, NotFound),
            ),
        ]

    def _step_door(self, one: str, event: SessionEvent) -> Door:
        async def step(call: Call) -> SessionOut:
            return await self._take_step(call, event)

        step.__name__ = f"sessions_{event}"
        return Door(
            "POST",
            f"{one}/{event}",
            step,
            STEPS[event],
            f"Take the step: {event}",
            takes=Reason,
            gives=SessionOut,
            raises=(NotAllowed, NotFound, TransitionRefused),
        )

    async def list(self, call: Call) -> SessionList:
        """Sessions of a period, by default from now on."""
        first, last = query_period(call, ZoneInfo(self._parts.settings.time_zone))
        since = first or call.at
        until = last or since + _DEFAULT_PERIOD
        if not since <= until <= since + LONGEST_PERIOD:
            raise BadParameter("to", "at most 400 days after from")
        async with self._parts.database.reading() as tx:
            found = await SessionStore(tx).between(since, until)
            return SessionList(items=await session_briefs(tx, found, call.caller))

    async def create(self, call: Call) -> SessionOut:
        """An emergency session is open at once: no form may stand in its way."""
        body, hub_id = call.parsed(NewSession), call.caller.facility_id
        call.require(Permission.EDIT_SESSION, Facts(hub_id=hub_id))
        async with self._parts.database.transaction() as tx:
            session = _ad_hoc(body, hub_id, call)
            await _require_people(tx, [seat.person_id for seat in session.seats])
            await SessionStore(tx).add(session)
            return await self._answer(tx, call, session.id, "session_create")

    async def read(self, call: Call) -> SessionOut:
        """The session; patients only as far as the caller may read their cases."""
        async with self._parts.database.transaction() as tx:
            return await self._answer(tx, call, call.uuid("session_id"), "session_read")

    async def _take_step(self, call: Call, event: SessionEvent) -> SessionOut:
        doing = _doing(call, call.parsed(Reason).reason)
        async with self._parts.database.transaction() as tx:
            session = await self._session(tx, call, STEPS[event])
            if event is SessionEvent.CANCEL:
                _require_reason(doing)
                await cancel(tx, session, doing, self._material)
            else:
                session = await move_session(tx, session, event, doing, self._material)
            answer = await self._answer(tx, call, session.id, f"session_{event}")
        if event in (SessionEvent.START, SessionEvent.END):
            await tell_step(self._parts.live, session, call.caller.person_id)
        return answer

    async def postpone(self, call: Call) -> SessionOut:
        """Another time, or none yet."""
        body = call.parsed(Postponement)
        doing = _doing(call, body.reason)
        _require_reason(doing)
        if body.starts_at is not None and body.starts_at <= call.at:
            raise ContentRefused((FieldProblem("/starts_at", "in-the-past"),))
        async with self._parts.database.transaction() as tx:
            session = await self._session(tx, call, Permission.EDIT_SESSION)
            await postpone(tx, session, body.starts_at, doing, self._material)
            return await self._answer(tx, call, session.id, "session_postpone")

    async def set_agenda(self, call: Call) -> SessionOut:
        """The whole agenda at once; on a conflict nothing changes."""
        body = call.parsed(AgendaIn)
        items = [AgendaItem(item.case_id, item.planned_minutes) for item in body.items]
        async with self._parts.database.transaction() as tx:
            session = await self._session(tx, call, Permission.EDIT_SESSION)
            await set_agenda(tx, session, body.version, items, _doing(call), self._material)
            return await self._answer(tx, call, session.id, "session_agenda")

    async def set_people(self, call: Call) -> SessionOut:
        """Every seat at once; people who stay keep their answers."""
        body = call.parsed(SeatsIn)
        wanted = [Seated(PersonId(item.person_id), item.seat) for item in body.items]
        async with self._parts.database.transaction() as tx:
            session = await self._session(tx, call, Permission.EDIT_SESSION)
            there = sessions.seated(session, wanted, call.at)
            await _require_people(tx, [seat.person_id for seat in wanted])
            await SessionStore(tx).save(there, session)
            return await self._answer(tx, call, session.id, "session_people")

    async def answer(self, call: Call) -> SessionOut:
        """The caller comes, or does not, or does not know again."""
        body = call.parsed(AnswerIn)
        async with self._parts.database.transaction() as tx:
            session = await SessionStore(tx).get(call.uuid("session_id"))
            there = sessions.answered(
                session, PersonId(call.caller.person_id), body.answer, body.comment, call.at
            )
            await SessionStore(tx).save(there, session)
            return await self._answer(tx, call, session.id, "session_answer")

    async def _session(self, tx: AsyncSession, call: Call, permission: Permission) -> Session:
        session = await SessionStore(tx).get(call.uuid("session_id"))
        call.require(permission, session_facts(session))
        return session

    async def _answer(
        self, tx: AsyncSession, call: Call, session_id: UUID, action: str
    ) -> SessionOut:
        session = await SessionStore(tx).get(session_id)
        await record(tx, call.source, Act(action, "session", str(session_id)))
        return await session_out(tx, session, call.caller, self._material, call.at)


def _doing(call: Call, reason: str = "") -> Doing:
    return Doing(call.caller.person_id, call.at, reason.strip())


def _require_reason(doing: Doing) -> None:
    if not doing.reason:
        raise ContentRefused((FieldProblem("/reason", "required"),))


async def _require_people(tx: AsyncSession, people: list[PersonId]) -> None:
    known = {person.id for person in await DirectoryStore(tx).people(ids=people)}
    for person_id in people:
        if person_id not in known:
            raise SeatsRefused("person-unknown", person_id)


def _ad_hoc(body: NewSession, hub_id: UUID, call: Call) -> Session:
    holders = ((body.chair_id, Seat.CHAIR), (body.secretary_id, Seat.SECRETARY))
    session = Session(
        id=SessionId(uuid4()),
        hub_id=FacilityId(hub_id),
        kind=SessionKind.AD_HOC,
        title=body.title,
        starts_at=body.starts_at,
        ends_at=body.starts_at + timedelta(minutes=body.duration_minutes),
        time_zone="Asia/Ho_Chi_Minh",
        state=SessionState.OPEN,
        version=1,
        changed_at=call.at,
    )
    seats = [Seated(PersonId(person), seat) for person, seat in holders if person]
    return replace(sessions.seated(session, seats, call.at), version=1)
