"""Sessions in motion: a step of a session and what it does to its cases, in one transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling import session as sessions
from scheduling.agenda import AgendaItem, replan
from scheduling.case import ON_AGENDA, Case, CaseEvent, CaseState
from scheduling.case_store import CaseStore
from scheduling.errors import AgendaRefused
from scheduling.session import Session, SessionEvent
from scheduling.session_store import SessionStore, Step
from telehealth.casefile import Doing, Material, case_file, case_files, take_step

# What a session's step does to cases of a state: who was being heard is concluded, who was not
# heard waits for the next session.
_CASES_FOLLOW: Final = {
    SessionEvent.END: {
        CaseState.LIVE: CaseEvent.CONCLUDE,
        CaseState.SCHEDULED: CaseEvent.DEFER,
    },
    SessionEvent.CANCEL: {CaseState.SCHEDULED: CaseEvent.UNSCHEDULE},
}


async def _keep(
    tx: AsyncSession, now_is: Session, was: Session, event: SessionEvent, doing: Doing
) -> Session:
    store = SessionStore(tx)
    await store.save(now_is, was)
    step = Step(event, was.state, now_is.state, doing.by, doing.at, doing.reason)
    await store.note(was.id, step)
    return now_is


async def move_session(
    tx: AsyncSession, session: Session, event: SessionEvent, doing: Doing, material: Material
) -> Session:
    """Take one step with a session; its cases follow. Raises TransitionRefused."""
    moved = await _keep(tx, sessions.moved(session, event, doing.at), session, event, doing)
    follow = _CASES_FOLLOW.get(event, {})
    cases = [case for case in await CaseStore(tx).of_sessions([session.id]) if case.state in follow]
    for file in await case_files(tx, cases, material, doing.at):
        await take_step(tx, file, follow[file.case.state], replace(doing, reason=event.value))
    return moved


async def reschedule(
    tx: AsyncSession, session: Session, starts_at: datetime, doing: Doing
) -> Session:
    """Put a session on another time; its cases and seats stay."""
    there = sessions.rescheduled(session, starts_at, doing.at)
    return await _keep(tx, there, session, SessionEvent.RESCHEDULE, doing)


async def present_case(
    tx: AsyncSession, session: Session, case_id: UUID, doing: Doing, material: Material
) -> Case:
    """The chair opens a case: the one before it is concluded. Guards as in `scheduling.case`."""
    cases = [c for c in await CaseStore(tx).of_sessions([session.id]) if c.state in ON_AGENDA]
    if case_id not in {case.id for case in cases}:
        raise AgendaRefused("case-not-on-agenda", case_id)
    before = [c for c in cases if c.state is CaseState.LIVE and c.id != case_id]
    for file in await case_files(tx, before, material, doing.at):
        await take_step(tx, file, CaseEvent.CONCLUDE, doing)
    file = await case_file(tx, case_id, material, doing.at)
    if file.case.state is CaseState.LIVE:
        return file.case
    return await take_step(tx, file, CaseEvent.PRESENT, doing)


async def set_agenda(
    tx: AsyncSession,
    session: Session,
    version: int,
    items: list[AgendaItem],
    doing: Doing,
    material: Material,
) -> Session:
    """Give a session its agenda: cases come on it, leave it or change place.

    Raises VersionConflict, AgendaRefused, CaseIncomplete.
    """
    store = CaseStore(tx)
    current = [c for c in await store.of_sessions([session.id]) if c.state in ON_AGENDA]
    waiting = await store.waiting(session.id, session.hub_id)
    cases: dict[UUID, Case] = {case.id: case for case in [*waiting, *current]}
    states = {case_id: case.state for case_id, case in cases.items()}
    change = replan(session, version, items, [case.id for case in current], states)
    # A case left over by an earlier session is judged by the contract on this one's day.
    added = [replace(cases[case_id], session_id=session.id) for case_id in change.added]
    removed = [cases[case_id] for case_id in change.removed]
    for file in await case_files(tx, added, material, doing.at):
        await take_step(tx, file, CaseEvent.SCHEDULE, doing)
    for file in await case_files(tx, removed, material, doing.at):
        await take_step(tx, file, CaseEvent.UNSCHEDULE, doing)
    await store.place(session.id, change.placed)
    presenters = [cases[item.case_id].presenter_id for item in change.placed]
    planned = sessions.replanned(session, presenters, doing.at)
    await SessionStore(tx).save(planned, session)
    return planned
