"""What commands that work on the database share: one transaction, opened and committed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.database import Database
from telehealth.settings import Settings

Result = TypeVar("Result")


def now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


def in_transaction(settings: Settings, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Do the work in one transaction of the installation's database."""

    async def run() -> Result:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database())
        try:
            async with database.transaction() as tx:
                return await work(tx)
        finally:
            await database.close()

    return asyncio.run(run())
