"""What events of the live log mean for the agenda, in the transaction that stores them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.case import CaseEvent, CaseState
from scheduling.errors import SchedulingError
from scheduling.session import Session, SessionEvent, SessionState
from scheduling.session_store import SessionStore
from signaling.live_errors import EventRefused
from signaling.live_log import Event, SessionId
from telehealth.casefile import Doing, Material, case_file, take_step
from telehealth.conduct import move_session, present_case
from telehealth.live_refusals import of_error
from telehealth.live_storage import Effects


@dataclass(frozen=True)
class _Following:
    tx: AsyncSession
    session: Session
    event: Event
    material: Material

    @property
    def doing(self) -> Doing:
        return Doing(UUID(self.event.by), self.event.at)

    async def move(self, step: SessionEvent) -> None:
        await move_session(self.tx, self.session, step, self.doing, self.material)


async def _started(following: _Following) -> None:
    if following.session.state is not SessionState.LIVE:  # else it was started by its own door
        await following.move(SessionEvent.START)


async def _ended(following: _Following) -> None:
    if following.session.state is SessionState.LIVE:
        await following.move(SessionEvent.END)


async def _opened(following: _Following) -> None:
    case_id = UUID(following.event.body["case_id"])
    tx, session, material = following.tx, following.session, following.material
    await present_case(tx, session, case_id, following.doing, material)


async def _closed(following: _Following) -> None:
    event, tx = following.event, following.tx
    file = await case_file(tx, UUID(event.body["case_id"]), following.material, event.at)
    if file.case.state is CaseState.LIVE:
        await take_step(tx, file, CaseEvent.CONCLUDE, following.doing)


_FOLLOWED: Final[dict[str, Callable[[_Following], Awaitable[None]]]] = {
    "session_started": _started,
    "session_ended": _ended,
    "case_opened": _opened,
    "case_closed": _closed,
}


def follow_agenda(material: Material) -> Effects:
    """Session and cases move as the log says; what they refuse is not logged (CS1, CS2)."""

    async def effects(tx: AsyncSession, session_id: SessionId, events: Sequence[Event]) -> None:
        for event in events:
            if (follow := _FOLLOWED.get(event.kind)) is None:
                continue
            session = await SessionStore(tx).get(session_id)
            try:
                await follow(_Following(tx, session, event, material))
            except SchedulingError as error:
                raise EventRefused(event.key, of_error(error)) from error

    return effects


def all_of(*effects: Effects) -> Effects:
    """One effect after the other, all in the same transaction."""

    async def together(tx: AsyncSession, session_id: SessionId, events: Sequence[Event]) -> None:
        for effect in effects:
            await effect(tx, session_id, events)

    return together
