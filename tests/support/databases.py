"""Databases with every table of every room, without rows."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel

from telehealth import schema  # noqa: F401
from telehealth.database import Database


@cache
def _empty_file() -> bytes:
    """An SQLite file with the tables: copying it is faster than making them for each test."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    SQLModel.metadata.create_all(engine)
    with engine.connect() as connection:
        memory = connection.connection.driver_connection
        assert isinstance(memory, sqlite3.Connection)
        made = memory.serialize()
    engine.dispose()
    return made


async def make_tables(database: Database) -> None:
    """Every table, where there is none yet."""
    file = database.engine.url.database
    if database.dialect == "sqlite" and file and not Path(file).exists():
        Path(file).write_bytes(_empty_file())
        return
    async with database.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)


@asynccontextmanager
async def made_database(url: str) -> AsyncIterator[Database]:
    """The tables at this address, until the block ends."""
    made = Database(url)
    await make_tables(made)
    try:
        yield made
    finally:
        await made.close()
