"""Stores the live log in the product's database, with what the events mean for other rooms."""

from collections.abc import Awaitable, Callable, Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from signaling.live_errors import AlreadyLogged, LogMoved
from signaling.live_log import Event, SessionId
from signaling.live_storage import Batch, Stored
from signaling.live_store import LiveStore
from telehealth.database import Database

Effects = Callable[[AsyncSession, SessionId, Sequence[Event]], Awaitable[None]]
Afterwards = Callable[[SessionId, Sequence[Event]], None]


def nothing(_session_id: SessionId, _events: Sequence[Event]) -> None:
    """Nobody outside the database follows the log."""


class DatabaseLiveStorage:
    """Implements `signaling.live_storage.LiveStorage`.

    `effects` runs in the transaction that stores the events, so that a case is live in the agenda
    exactly when the log says so; it refuses an event by raising EventRefused. `afterwards` hears of
    events once they are stored, and must return at once.
    """

    def __init__(
        self, database: Database, effects: Effects, afterwards: Afterwards = nothing
    ) -> None:
        self._database = database
        self._effects = effects
        self._afterwards = afterwards

    async def open(self, session_id: SessionId) -> Stored:
        """The stored log."""
        async with self._database.transaction() as tx:
            return await LiveStore(tx).open(session_id)

    async def write(self, session_id: SessionId, batch: Batch) -> None:
        """All of the batch with its effects, or nothing."""
        try:
            async with self._database.transaction() as tx:
                await LiveStore(tx).write(session_id, batch)
                await self._effects(tx, session_id, batch.events)
        except LogMoved:
            async with self._database.reading() as tx:
                keys = [event.key for event in batch.events]
                known = await LiveStore(tx).known(session_id, keys)
            if not known:
                raise
            raise AlreadyLogged(known) from None
        self._afterwards(session_id, batch.events)
