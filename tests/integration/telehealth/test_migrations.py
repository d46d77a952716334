import gzip
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from telehealth import schema
from telehealth.database import Database
from telehealth.migrate import config, upgrade


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path / 'db.sqlite3'}")
    yield made
    await made.close()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


async def test_migrations_lead_from_nothing_to_the_tables_of_the_code(database: Database) -> None:
    assert schema.MODULES
    await upgrade(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await upgrade(database)
    await upgrade(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def header(modality: str, **more: str) -> bytes:
    said = {"00080060": modality, "00080016": "1.2.840.10008.5.1.4.1.1.2"} | more
    body = {tag: {"vr": "CS", "Value": [value]} for tag, value in said.items()}
    return gzip.compress(json.dumps(body).encode())


def keep_series(file: Path, description: str, headers: list[bytes]) -> None:
    """Rows as revision 0005 had them, those that the next one reads."""
    with sqlite3.connect(file) as old:
        series_id = uuid4().hex
        insert(old, "image_series", id=series_id, series_uid=series_id, description=description)
        for body in headers:
            instance_id = uuid4().hex
            insert(
                old, "instance", id=instance_id, series_id=series_id, sop_uid=instance_id, sha256=""
            )
            insert(old, "instance_metadata", instance_id=instance_id, body=body)
    old.close()


def insert(old: sqlite3.Connection, table: str, **known: Any) -> None:
    needed = [
        name for _, name, _, not_null, *_ in old.execute(f"pragma table_info({table})") if not_null
    ]
    row = dict.fromkeys(needed, "") | known
    places = ", ".join("?" for _ in row)
    old.execute(f"insert into {table} ({', '.join(row)}) values ({places})", list(row.values()))


async def test_series_that_are_here_already_are_judged_by_their_headers(
    database: Database, tmp_path: Path
) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(config(sync), "0005"))
    await database.close()
    file = tmp_path / "db.sqlite3"
    keep_series(file, "slices", [header("CT"), header("CT")])
    keep_series(file, "sound", [header("US")])
    keep_series(file, "written on", [header("CT"), header("CT", **{"00280301": "YES"})])
    keep_series(file, "empty", [])
    await upgrade(database)
    async with database.engine.connect() as connection:
        rows = await connection.execute(text("select description, burned_in from image_series"))
        assert {name: judged for name, judged in rows if judged == "clear"} == {"slices": "clear"}
