"""A real application over a fresh SQLite file, with people to sign in as."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import httpx
from argon2 import PasswordHasher
from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth import schema  # noqa: F401
from telehealth.access import Role
from telehealth.app import build
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.identity import Identity, PersonCard
from telehealth.parts import Parts
from telehealth.settings import Settings
from telehealth.store import AccountStore
from telehealth.tables import UserRow
from tests.support.databases import make_tables

NAMESPACE = UUID("6f0a3c56-7a0e-4c1c-8f58-5f7a51b6d0a1")
ORIGIN = "http://127.0.0.1:8000"
PASSWORD = "mật khẩu thử 1"


def fixed_clock() -> datetime:
    return datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


def person_id(username: str) -> UUID:
    return uuid5(NAMESPACE, username)


def facility_id(code: str) -> UUID:
    return uuid5(NAMESPACE, f"facility {code}")


def card(username: str, facility: str = "00101") -> PersonCard:
    return PersonCard(
        id=person_id(username),
        full_name=f"Người {username}",
        title="BS.",
        specialty="Nội",
        facility_id=facility_id(facility),
        facility_code=facility,
        facility_name=f"Bệnh viện {facility}",
        site_role="spoke",
    )


class FixedDirectory:
    """People known by heart, in place of scheduling's tables."""

    def __init__(self) -> None:
        self.cards: dict[UUID, PersonCard] = {}

    async def __call__(self, tx: AsyncSession, person: UUID) -> PersonCard | None:
        return self.cards.get(person)


@asynccontextmanager
async def parts_over(folder: Path, url: str | None = None) -> AsyncIterator[Parts]:
    """Parts over a fresh database; its directory is a FixedDirectory."""
    settings = Settings(data_dir=folder, database_url=url)
    database = Database(settings.database())
    await make_tables(database)
    identity = Identity(
        database,
        FixedDirectory(),
        fixed_clock,
        timedelta(hours=12),
        frozenset({ORIGIN}),
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),  # the real cost is for attackers
    )
    try:
        yield Parts(settings, database, identity, FolderBlobs(folder / "blobs"), fixed_clock)
    finally:
        await database.close()


async def add_user(parts: Parts, username: str, *roles: Role, facility: str = "00101") -> None:
    """An account with a card in the directory."""
    parts.identity._directory.cards[person_id(username)] = card(username, facility)
    async with parts.database.transaction() as tx:
        await AccountStore(tx).save_user(
            UserRow(
                id=person_id(username),
                username=username,
                password_hash=parts.identity.hash_password(PASSWORD),
                roles=list(roles),
            )
        )


def client_of(parts: Parts) -> httpx.AsyncClient:
    """A browser-like client over the real application."""
    transport = httpx.ASGITransport(app=build(parts), raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url=ORIGIN, headers={"X-Telehealth": "1", "Origin": ORIGIN}
    )


async def sign_in(client: httpx.AsyncClient, username: str) -> str:
    """Sign in with the test password; returns the bearer token."""
    answer = await client.post("/api/login", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])
