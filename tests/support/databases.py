"""Databases with every table of every room, empty."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel import SQLModel

from telehealth import schema  # noqa: F401
from telehealth.database import Database


@asynccontextmanager
async def made_database(url: str) -> AsyncIterator[Database]:
    """The tables at this address, until the block ends."""
    made = Database(url)
    async with made.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    try:
        yield made
    finally:
        await made.close()
