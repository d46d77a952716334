from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from telehealth import schema  # noqa: F401
from telehealth.app import build
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.demo.seed import PASSWORD, accounts, is_seeded, seed, seeded_cases
from telehealth.directory import person_card
from telehealth.identity import Identity
from telehealth.parts import Parts
from telehealth.settings import Settings
from tests.support.core import ORIGIN
from tests.support.databases import make_tables

SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
THURSDAY_EVENING = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
LAST_DAY = datetime(2027, 12, 31, 16, 59, tzinfo=UTC)


@pytest.fixture(params=[SUNDAY, THURSDAY_EVENING, LAST_DAY], ids=["Sunday", "Thursday", "31 Dec"])
async def parts(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Parts]:
    settings = Settings(data_dir=tmp_path)
    database = Database(settings.database())
    await make_tables(database)
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(
        database, person_card, lambda: request.param, timedelta(hours=1), frozenset({ORIGIN}), cheap
    )
    blobs = FolderBlobs(tmp_path / "blobs")
    made = Parts(settings, database, identity, blobs, lambda: request.param)
    async with database.transaction() as tx:
        assert not await is_seeded(tx)
        await seed(tx, identity.hash_password(PASSWORD), request.param)
    yield made
    await database.close()


@asynccontextmanager
async def _as(parts: Parts, username: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=build(parts), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        credentials = {"username": username, "password": PASSWORD}
        token = (await client.post("/api/login", json=credentials)).json()["token"]
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def test_every_account_signs_in(parts: Parts) -> None:
    assert len(accounts()) == 21
    for account in accounts():
        async with _as(parts, account.username) as client:
            me = (await client.get("/api/me")).json()
        assert me["full_name"] == account.full_name
        assert me["roles"] == list(account.roles)


async def test_the_coordinator_finds_a_week_with_work(parts: Parts) -> None:
    async with _as(parts, "coord.hub") as client:
        calendar = (await client.get("/api/calendar")).json()
        weekly = [s for s in calendar["sessions"] if s["kind"] == "weekly"]
        first = (await client.get(f"/api/sessions/{weekly[0]['id']}")).json()
        waiting = {case["state"]: [] for case in first["waiting"]}
        for case in first["waiting"]:
            waiting[case["state"]].append(case["missing"])
        accepted = next(c for c in first["waiting"] if c["state"] == "accepted")
        body = {"version": first["version"], "items": [{"case_id": accepted["id"]}]}
        placed = await client.put(f"/api/sessions/{first['id']}/agenda", json=body)
    assert first["state"] == "open"
    assert (first["chair"]["full_name"], first["secretary"]["full_name"]) == (
        "Hoàng Minh Hoạ",
        "Trần Thị Mẫu",
    )
    assert len(waiting["submitted"]) == 4
    assert len(waiting["accepted"]) == 1
    assert any("consent" in missing for missing in waiting["submitted"])
    assert placed.status_code == 200


async def test_the_emergency_can_start_right_now(parts: Parts) -> None:
    async with _as(parts, "chair2") as client:
        sessions = (await client.get("/api/sessions")).json()["items"]
        emergency = next(s for s in sessions if s["kind"] == "ad_hoc")
        started = (await client.post(f"/api/sessions/{emergency['id']}/start", json={})).json()
    assert started["state"] == "live"
    (entry,) = started["agenda"]
    assert entry["case"]["state"] == "scheduled"
    assert entry["case"]["consent"] == "emergency"
    assert {seat["seat"] for seat in started["people"]} >= {"chair", "secretary", "presenter"}


async def test_a_doctor_finds_own_drafts_with_what_is_missing(parts: Parts) -> None:
    async with _as(parts, "pr.al") as client:
        cases = (await client.get("/api/cases?mine=1")).json()["items"]
    assert {case["state"] for case in cases} == {"draft"}
    assert all("questions" in case["missing"] for case in cases)


async def test_images_are_asked_for_each_case(parts: Parts) -> None:
    async with parts.database.reading() as tx:
        assert await is_seeded(tx)
        cases = await seeded_cases(tx, parts.clock())
    assert len(cases) == 12
    assert sum(len(case.wanted) for case in cases) == 17
    head = [w for case in cases for w in case.wanted if (w.modality, w.body_part) == ("CT", "HEAD")]
    assert {w.patient_id for w in head} == {"NK-240001", "ST-261199"}
