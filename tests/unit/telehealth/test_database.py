"""The database as the stores use it: transactions, errors, and who writes next."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLong
from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth import database as module
from telehealth.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path / 'file.db'}")
    async with made.transaction() as tx:
        await say(tx, "CREATE TABLE thing (id INTEGER PRIMARY KEY, word TEXT)")
    yield made
    await made.close()


async def say(tx: AsyncSession, statement: str, *rows: dict[str, object]) -> CursorResult[Any]:
    return await (await tx.connection()).execute(text(statement), list(rows) or None)


async def words(database: Database) -> list[str]:
    async with database.reading() as tx:
        return list((await say(tx, "SELECT word FROM thing ORDER BY id")).scalars())


async def add(database: Database, *rows: dict[str, object]) -> int:
    async with database.transaction() as tx:
        return (await say(tx, "INSERT INTO thing VALUES (:id, :word)", *rows)).rowcount


async def broken_off(database: Database) -> None:
    async with database.transaction() as tx:
        await say(tx, "INSERT INTO thing VALUES (1, 'mất')")
        raise ZeroDivisionError


async def misspelt(database: Database) -> None:
    async with database.transaction() as tx:
        await say(tx, "INSERT INTO nowhere VALUES (1)")


async def test_rows_in_one_statement_come_back_in_order(database: Database) -> None:
    assert await add(database, {"id": 2, "word": "ba"}, {"id": 1, "word": "hai"}) == 2
    assert await words(database) == ["hai", "ba"]


async def test_an_error_undoes_its_transaction_and_no_other(database: Database) -> None:
    await add(database, {"id": 1, "word": "giữ"})
    with pytest.raises(IntegrityError):
        await add(database, {"id": 2, "word": "mất"}, {"id": 1, "word": "trùng"})
    with pytest.raises(OperationalError):
        await misspelt(database)
    assert await words(database) == ["giữ"]


async def test_who_leaves_undoes_what_it_wrote(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await broken_off(database)
    assert await words(database) == []


async def test_writers_take_turns_and_readers_do_not_wait(database: Database) -> None:
    async with database.transaction() as tx:
        others = [asyncio.create_task(add(database, {"id": n, "word": f"{n}"})) for n in (1, 2, 3)]
        assert await words(database) == []
        await say(tx, "INSERT INTO thing VALUES (0, '0')")
    await asyncio.gather(*others)
    assert await words(database) == ["0", "1", "2", "3"]


async def test_nobody_waits_for_ever(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SQLITE_BUSY_MS", 1)
    async with database.transaction():
        with pytest.raises(WaitedTooLong):
            await add(database, {"id": 1, "word": "x"})
    await add(database, {"id": 1, "word": "x"})
    assert await words(database) == ["x"]
