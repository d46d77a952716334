"""Behind nginx as docs/nginx.conf sets it up: secure cookies, HTTP/2, sockets, whole uploads."""

import asyncio
import json
import sqlite3
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page

from telehealth.demo.seed import PASSWORD
from telehealth.demo.story import EMERGENCY, key_id
from tests.support.browsers import FLAGS, chromium
from tests.support.installation import Installation
from tests.support.nginx_front import Front, prepare_front
from tests.support.ports import free_port
from tests.support.processes import running

DOCTOR, ELSEWHERE = "pr.st", "127.0.0.2"
_SIGN_IN = """async body => (await fetch("/api/login", {
  method: "POST", body, headers: { "Content-Type": "application/json", "X-Telehealth": "1" },
})).status"""
_OPENED = """id => new Promise((tell, fail) => {
  const socket = new WebSocket(`wss://${location.host}/live/${id}`)
  socket.onopen = () => tell(socket.readyState === WebSocket.OPEN)
  socket.onclose = event => fail(new Error(`closed ${event.code}`))
})"""


@pytest.fixture
def product(tmp_path: Path) -> Iterator[tuple[Installation, Front]]:
    """The demo behind nginx."""
    (tmp_path / "no-images").mkdir()
    folder, port = tmp_path / "front", free_port()
    url = f"https://127.0.0.1:{port}"
    demo = ("demo", "--images", str(tmp_path / "no-images"))
    with Installation(tmp_path, *demo, environment={"TELEHEALTH_PUBLIC_URL": url}) as server:
        front = prepare_front(folder, "127.0.0.1", port, server.port)
        assert front.url == url
        with running(front.command(), lambda: _answers(front), tmp_path / "nginx.log"):
            yield server, front


def _client(front: Front) -> httpx.Client:
    trusted = ssl.create_default_context(cafile=front.certificate)
    way = httpx.HTTPTransport(verify=trusted, local_address=ELSEWHERE)
    return httpx.Client(base_url=front.url, transport=way)


def _answers(front: Front) -> bool:
    try:
        with _client(front) as client:
            return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


async def _signed_in(page: Page, front: Front) -> None:
    await page.goto(front.url)
    body = json.dumps({"username": DOCTOR, "password": PASSWORD})
    assert await page.evaluate(_SIGN_IN, body) == 200


async def test_a_browser_gets_http2_brotli_a_secure_cookie_and_its_sockets(
    product: tuple[Installation, Front],
) -> None:
    _, front = product
    flags = [*FLAGS, f"--ignore-certificate-errors-spki-list={front.key_hash}"]
    async with chromium(flags) as browser:
        page = await browser.new_page()
        async with page.expect_response(lambda answer: answer.url.endswith(".js")) as script:
            await _signed_in(page, front)
        headers = await (await script.value).all_headers()
        assert headers["content-encoding"] == "br"
        assert "immutable" in headers["cache-control"]
        (kind,) = await page.evaluate(
            "performance.getEntriesByType('navigation').map(entry => entry.nextHopProtocol)"
        )
        assert kind == "h2"
        (cookie,) = await page.context.cookies()
        assert (cookie["secure"], cookie["httpOnly"]) == (True, True)
        assert await page.evaluate(_OPENED, str(key_id("session", EMERGENCY)))


async def test_the_trail_has_the_true_address_and_the_log_no_query(
    product: tuple[Installation, Front],
) -> None:
    server, front = product
    with _client(front) as client:
        lied = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"}
        answer = client.post(
            "/api/login", json={"username": DOCTOR, "password": PASSWORD}, headers=lied
        )
        assert answer.headers["strict-transport-security"]
        client.get("/rtc/validate", params={"access_token": "secret-of-a-person"})
    with sqlite3.connect(server.folder / "var/telehealth.sqlite3") as database:
        rows = database.execute("SELECT address FROM audit_event WHERE action = 'sign_in'")
        assert rows.fetchall()[-1] == (ELSEWHERE,)
    logged = await asyncio.to_thread(front.log.read_text)
    assert "POST /api/login HTTP/1.1" in logged
    assert "GET /rtc/validate HTTP/1.1" in logged
    assert "secret-of-a-person" not in logged
