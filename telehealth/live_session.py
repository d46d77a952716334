"""The live sessions of this process: the log with its rules, facts, storage and effects."""

import contextlib
from collections.abc import Sequence
from uuid import UUID, uuid4

from scheduling.session import OVER, Session, SessionState
from signaling.live_errors import EventRefused, LogClosed
from signaling.live_hubs import LiveHubs
from signaling.live_log import SERVER, SERVER_SEAT, Draft, Identity, SessionId
from signaling.live_writer import Parts
from telehealth.casefile import Material
from telehealth.database import Database
from telehealth.identity import Clock
from telehealth.live_effects import all_of, follow_agenda
from telehealth.live_facts import LiveFacts
from telehealth.live_lookup import LiveLookup
from telehealth.live_rules import LiveRules
from telehealth.live_state import LIVE, PLANNED, LiveState
from telehealth.live_storage import Afterwards, DatabaseLiveStorage, Effects, nothing

LiveSessions = LiveHubs[LiveState, LiveFacts]


def live_sessions(
    database: Database,
    clock: Clock,
    material: Material,
    more: Sequence[Effects] = (),
    afterwards: Afterwards = nothing,
) -> LiveSessions:
    """The hubs of the product.

    `more` effects run in the transaction that stores the events, `afterwards` when it is over.
    """
    storage = DatabaseLiveStorage(database, all_of(follow_agenda(material), *more), afterwards)
    lookup = LiveLookup(database, clock)
    return LiveHubs(Parts(LiveRules(), lookup, storage, clock))


def server_event(kind: str, body: dict[str, object], by: Identity = SERVER, id_: str = "") -> Draft:
    """An event that the server writes, for `LiveSessions.post`.

    `id_` makes a repetition harmless; without it every call is a new event.
    """
    return Draft(by, SERVER_SEAT, id_ or f"server:{uuid4()}", kind, body)


async def tell_room(
    live: LiveSessions, session: Session | None, kind: str, told: dict[str, object]
) -> None:
    """Tell those in a live session of something that was stored by its own door."""
    if session is None or session.state is not SessionState.LIVE:
        return
    # Refused or closed: whoever comes in later reads for themselves.
    with contextlib.suppress(EventRefused, LogClosed):
        await live.post(SessionId(session.id), server_event(kind, told))


async def tell_step(live: LiveSessions, session: Session, by: UUID | None = None) -> None:
    """Bring the log in step with a session that was started or ended by its own door."""
    state = (await live.hub(SessionId(session.id))).state.session_state
    kind = None
    if session.state is SessionState.LIVE and state == PLANNED:
        kind = "session_started"
    elif session.state in OVER and state == LIVE:
        kind = "session_ended"
    if kind is not None:
        author = Identity(str(by)) if by else SERVER
        # Refused: somebody was faster. Closed: the next person to come in brings it in step.
        with contextlib.suppress(EventRefused, LogClosed):
            await live.post(SessionId(session.id), server_event(kind, {}, author))
