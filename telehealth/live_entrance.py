"""Who comes into a live session, and in which seat."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.websockets import WebSocket

from scheduling.session import Seat, Session, SessionState
from scheduling.session_store import SessionStore
from signaling.live_log import Identity, SessionId
from signaling.live_presence import Person
from telehealth.access import Caller, Permission, may
from telehealth.casefile import session_facts
from telehealth.database import Database
from telehealth.directory import person_card
from telehealth.errors import NotAllowed, SessionNotJoinable
from telehealth.identity import Identity as SignIns
from telehealth.live_session import LiveSessions, tell_step

CLOSED_STATES = frozenset({SessionState.POSTPONED, SessionState.CANCELLED, SessionState.ARCHIVED})


async def participant(tx: AsyncSession, caller: Caller, session_id: UUID) -> tuple[Session, Person]:
    """The session and the caller's place in it.

    Raises NotFound, NotAllowed, SessionNotJoinable. Who may join without a seat of their own
    (a coordinator of the hub) is an observer.
    """
    session = await SessionStore(tx).get(session_id)
    card = await person_card(tx, caller.person_id)
    if card is None or not may(caller, Permission.JOIN_SESSION, session_facts(session)):
        raise NotAllowed
    if session.state in CLOSED_STATES:
        raise SessionNotJoinable(session.state)
    seat = session.seat_of(caller.person_id) or Seat.OBSERVER
    identity = Identity(str(caller.person_id))
    return session, Person(identity, card.full_name, card.facility_name, seat)


class LiveEntrance:
    """Implements `telehealth.api.live.Entrance`: cookie of our own page, header or `?token=`."""

    def __init__(self, database: Database, sign_ins: SignIns, live: LiveSessions) -> None:
        self._database = database
        self._sign_ins = sign_ins
        self._live = live

    async def __call__(self, websocket: WebSocket, session_id: SessionId) -> tuple[Person, UUID]:
        """Who this is, by which sign-in; raises what the problem table knows."""
        if token := websocket.query_params.get("token"):
            caller = await self._sign_ins.caller_of_token(token)
        else:
            caller = await self._sign_ins.caller(websocket)
        async with self._database.reading() as tx:
            session, person = await participant(tx, caller, session_id)
        await tell_step(self._live, session)
        return person, caller.login_id
