"""The database: one engine, two kinds of transaction, the only commit in the code base."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import TimeoutError as WaitedTooLong
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.sqlite_trips import make_one_trip

# Long enough for a worker's batch to finish, short enough that a person is told of a stall.
SQLITE_BUSY_MS = 10_000


class Database:
    """SQLite (WAL, synchronous=FULL) or PostgreSQL behind one URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_async_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        if self._engine.dialect.name == "sqlite":
            make_one_trip(self._engine)
            _tune_sqlite(self._engine)
        self._writing = self._engine.execution_options(writes=True)
        # SQLite has one writer, and waits for the other one by sleeping longer and longer.
        self._turn = asyncio.Lock() if self._engine.dialect.name == "sqlite" else None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def engine(self) -> AsyncEngine:
        """For migrations and the readiness check only."""
        return self._engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A writing transaction: committed at the end of the block, rolled back on any error."""
        session = AsyncSession(self._writing, expire_on_commit=False)
        async with self._taking_turns(), session as tx, tx.begin():
            yield tx

    @asynccontextmanager
    async def _taking_turns(self) -> AsyncIterator[None]:
        if self._turn is None:
            yield
            return
        try:
            async with asyncio.timeout(SQLITE_BUSY_MS / 1000):
                await self._turn.acquire()
        except TimeoutError:
            raise WaitedTooLong("another transaction is writing") from None
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A consistent snapshot for reading; never commits."""
        async with AsyncSession(self._engine, expire_on_commit=False) as tx:
            yield tx

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def _tune_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not open transactions by itself
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={SQLITE_BUSY_MS}",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A deferred transaction that reads first cannot wait for the write lock: it fails at once.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
