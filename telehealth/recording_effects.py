"""What the live log and the recorder mean for each other."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.recording import Recording
from recordings.recording_store import RecordingStore
from signaling.live_errors import EventRefused, LogClosed
from signaling.live_log import Draft, Event, SessionId
from telehealth.audit import Act
from telehealth.database import Database
from telehealth.identity import Clock
from telehealth.live_session import server_event

log = logging.getLogger(__name__)

ENDS_RECORDING: Final = frozenset(
    {"recording_stopped", "case_opened", "case_closed", "session_ended"}
)
WATCH_SECONDS: Final = 2.0

Post = Callable[[SessionId, Draft], Awaitable[int]]


async def follow_recordings(
    tx: AsyncSession, session_id: SessionId, events: Sequence[Event]
) -> None:
    """Carry logged events over to the recordings, in the transaction that logs them (R-4, R-6)."""
    store = RecordingStore(tx)
    for event in events:
        if event.kind == "recording_started":
            await store.announce(UUID(event.body["recording_id"]), event.at)
        elif event.kind in ENDS_RECORDING:
            await store.announce_end(session_id, event.at)


@asynccontextmanager
async def watching_recordings(database: Database, post: Post, clock: Clock) -> AsyncIterator[None]:
    """Meanwhile sessions are told when their recorder has fallen silent (R-8)."""
    watch = asyncio.create_task(_watch(database, post, clock))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def _watch(database: Database, post: Post, clock: Clock) -> None:
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            await tell_silent(database, post, clock)
        except SQLAlchemyError:  # a busy or restarting database: the next round asks again
            log.exception("recordings not watched")


async def tell_silent(database: Database, post: Post, clock: Clock) -> None:
    """Log the end of every recording that people believe in and nobody makes."""
    async with database.reading() as tx:
        silent = await RecordingStore(tx).silent(clock())
    for recording in silent:
        log.warning("recorder fell silent recording_id=%s", recording.id)
        try:
            await post(SessionId(recording.session_id), end_of(recording.id))
        except EventRefused:  # the log knows of no recording: only the row is behind
            async with database.transaction() as tx:
                await RecordingStore(tx).announce_end(recording.session_id, clock())
        except LogClosed:
            continue  # the next round tries again


def act_on(recording: Recording, action: str) -> Act:
    """A line of the audit trail about a recording."""
    return Act(action, "recording", str(recording.id), recording.case_id)


def beginning_of(recording_id: UUID) -> Draft:
    """The event that tells everybody that they are recorded; repeating it does no harm."""
    body: dict[str, object] = {"recording_id": str(recording_id)}
    return server_event("recording_started", body, id_=f"recording_started:{recording_id}")


def end_of(recording_id: UUID) -> Draft:
    """The event that tells everybody that they are not recorded any more."""
    return server_event("recording_stopped", {}, id_=f"recording_stopped:{recording_id}")
