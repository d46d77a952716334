"""A hospital's gateway gives its own browsers the week's images; the server's line stays free."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, expect

from telehealth.demo.seed import ADMINISTRATOR, PASSWORD
from telehealth.demo.story import key_id
from tests.e2e.people import PATIENCE_MS, sign_in
from tests.e2e.test_drawn_over import bring
from tests.support.gateways import PATH, configure
from tests.support.installation import Installation, free_port

DOCTOR, HOSPITAL = "pr.st", "SONTHUONG"
GATEWAY = [sys.executable, "-m", "telehealth", "gateway"]


@contextmanager
def gateway(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process that a hospital runs."""
    process = subprocess.Popen([*GATEWAY, "run", "--home", str(home)])
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(30) == 0


@asynccontextmanager
async def _signed_in(url: str, username: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=30, headers={"Origin": url}) as client:
        body = {"username": username, "password": PASSWORD}
        token = (await client.post("/api/login", json=body)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def _enrolled(url: str, home: Path) -> None:
    async with _signed_in(url, ADMINISTRATOR) as administrator:
        wanted = {"facility_id": str(key_id("facility", HOSPITAL)), "name": "Máy phòng CĐHA"}
        made = await administrator.post(PATH, json=wanted)
    code = made.json()["code"]
    command = [*GATEWAY, "enrol", "--home", str(home), "--server", url, "--code", code]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True)
    assert done.returncode == 0, done.stderr


async def _plan(doctor: httpx.AsyncClient) -> tuple[str, list[dict[str, Any]]]:
    """The next meeting in which the doctor sits, and the series of its cases."""
    today = datetime.now(UTC).date()
    span = {"from": str(today), "to": str(today + timedelta(days=8))}
    sessions = (await doctor.get("/api/sessions", params=span)).json()["items"]
    for session in sorted(sessions, key=lambda each: str(each["starts_at"])):
        if session["my_seat"]:
            plan = (await doctor.get(f"/api/sessions/{session['id']}/images")).json()
            series = [each for case in plan["items"] for each in case["series"]]
            if series:
                return str(session["id"]), series
    return "", []


async def _until(happened: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not await happened():
            await asyncio.sleep(0.2)


async def test_ga8_a_browser_of_the_hospital_fetches_ahead_from_its_gateway(
    installation: Installation, browser: Browser, tmp_path: Path
) -> None:
    home, port = tmp_path / "gateway", free_port()
    near = f"http://127.0.0.1:{port}"
    await bring(await sign_in(browser, installation.url, DOCTOR))
    await _enrolled(installation.url, home)
    shelf = f'[near]\nhost = "127.0.0.1"\nport = {port}\naddress = "{near}"\n'
    configure(home, installation.url, free_port(), 0, shelf)
    with gateway(home):
        async with _signed_in(installation.url, DOCTOR) as doctor:

            async def all_offered() -> bool:
                _, series = await _plan(doctor)
                return bool(series) and all(each["near"] for each in series)

            await _until(all_offered)
            session, _ = await _plan(doctor)
        person = await sign_in(browser, installation.url, DOCTOR)
        await person.go(f"/sessions/{session}")
        await expect(person.page.locator("[data-kept]").first).to_be_attached(timeout=PATIENCE_MS)
        await expect(person.page.locator('[data-kept="false"]')).to_have_count(
            0, timeout=PATIENCE_MS
        )
    assert [url for url in person.requests if url.startswith(f"{near}/near/")]
    assert not [url for url in person.requests if "/pack" in url]
    assert not person.faults
