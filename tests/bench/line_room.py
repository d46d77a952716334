"""A live room with a case of 300 CT slices, and a hospital's browser on a shaped line."""

import io
import json
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydicom
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from telehealth.demo.images import rewritten
from telehealth.demo.seed import PASSWORD
from telehealth.demo.story import EMERGENCY, Week, key_id, told, wanted_images
from tests.bench.image_contenders import Ours, Web
from tests.bench.image_material import Material, StudyBytes
from tests.support.browsers import CHROMIUM, FLAGS
from tests.support.installation import Installation
from tests.support.line_lab import Host, line_lab
from tests.support.nginx_front import Front, prepare_front

KBIT = 4000
ONE_WAY_MS = 20
CASE = next(case for case in told()["cases"] if case["session"] == EMERGENCY)
ROOM = f"/room/{key_id('session', EMERGENCY)}"
CHAIR, DOCTOR = "chair2", "pr.st"
_READY_SECONDS = 120
_LANES = 6
# What is drawn, what was pressed and every answer, on the page's own clock. Nothing is kept on the
# disk: the line is what is measured.
_WATCH = """
performance.setResourceTimingBufferSize(20000)
Object.defineProperty(StorageManager.prototype, "getDirectory", { value: undefined })
window.seen = { pressed: 0, drawn: 0 }
addEventListener("click", () => { seen.pressed ||= performance.now() }, true)
new MutationObserver(() => {
  if (document.querySelector("[data-viewport='0'][data-quality]")) seen.drawn ||= performance.now()
}).observe(document, { subtree: true, childList: true, attributeFilter: ["data-quality"] })
"""


@dataclass(frozen=True)
class Prepared:
    """An installation's folder with the case in it."""

    folder: Path
    text: str  # of the material
    study: StudyBytes
    floor_bytes: int  # of the delivery copies


def prepare(folder: Path) -> Prepared:
    """The demo without its images; its emergency case gets the 300 slices, all published."""
    nothing, material = folder / "no-images", Material()
    nothing.mkdir(parents=True)
    study = _of_the_case(material.study())
    with Installation(folder, "demo", "--images", str(nothing)) as server:
        web = Web(server.url, {"Content-Type": "application/json"})
        line = web.connect()
        login = json.dumps({"username": DOCTOR, "password": PASSWORD}).encode()
        token = json.loads(web.ask(line, "POST", "/api/login", login))["token"]
        line.close()
        case_id = str(key_id("case", CASE["key"]))
        ours = Ours(f"{server.url}/dicomweb", {"Authorization": f"Bearer {token}"}, case_id)
        ours.send_files(study, _LANES)
        ours.wait_until_published(study)
        place = f"/api/image-series/{study.series_uid}/manifest"
        line = ours.connect()  # the first was left alone for too long
        manifest = json.loads(ours.ask(line, "GET", place))
        line.close()
    return Prepared(folder, material.text, study, manifest["total_bytes"])


def _of_the_case(study: StudyBytes) -> StudyBytes:
    (wanted,) = wanted_images(CASE, Week(datetime.now(UTC)))
    bodies = [rewritten(pydicom.dcmread(io.BytesIO(body)), wanted) for body in study.bodies]
    first = pydicom.dcmread(io.BytesIO(bodies[0]), stop_before_pixels=True)
    return StudyBytes(first.StudyInstanceUID, first.SeriesInstanceUID, bodies)


@contextmanager
def on_a_line(prepared: Prepared, *more: str) -> Iterator[tuple[Host, Host, Front]]:
    """The server's host, the host at the far end of its line, and the front between them.

    `more` are further servers of the front, with ADDRESS, and FRONT for its folder.
    """
    with line_lab() as lab:
        server = lab.host("server", lab.line("cable"))
        site = lab.host("site", lab.line("dsl", kbit=KBIT, delay_ms=ONE_WAY_MS))
        folder = prepared.folder / f"front-{secrets.token_hex(4)}"
        servers = [
            each.replace("ADDRESS", server.address).replace("FRONT", str(folder)) for each in more
        ]
        front = prepare_front(folder, server.address, 8443, 8000, servers)
        settings = {
            "TELEHEALTH_DATA_DIR": prepared.folder / "var",
            "TELEHEALTH_PUBLIC_URL": front.url,
            "TELEHEALTH_MEDIA_ADDRESSES": server.address,
        }
        words = [*(f"{name}={value}" for name, value in settings.items()), sys.executable]
        server.run("sysctl", "-qw", "net.ipv4.tcp_notsent_lowat=16384")
        serve = ["env", *words, "-m", "telehealth", "serve"]
        run_there(server, serve, prepared.folder / "server.log")
        run_there(server, front.command(), prepared.folder / "nginx.log")
        wait_until_answers(server, f"{front.url}/readyz")
        yield server, site, front


def run_there(host: Host, command: Sequence[str], log: Path) -> None:
    """A server of this host; all it says goes to the log."""
    host.popen(["sh", "-c", f"exec {shlex.join(command)} >{shlex.quote(str(log))} 2>&1"])


def wait_until_answers(host: Host, url: str) -> None:
    """Until this address of the host answers well, whoever signed its certificate."""
    ask = (
        "import ssl, urllib.request as r; "
        f"r.urlopen({url!r}, timeout=5, context=ssl._create_unverified_context())"
    )
    until = time.monotonic() + _READY_SECONDS
    while subprocess.run(host.inside([sys.executable, "-c", ask]), capture_output=True).returncode:
        assert time.monotonic() < until, f"{url} does not answer"
        time.sleep(0.2)


@asynccontextmanager
async def browser_at(site: Host, front: Front, folder: Path) -> AsyncIterator[Browser]:
    """Chromium on that host, to which the front's certificate is good."""
    flags = [*FLAGS, f"--ignore-certificate-errors-spki-list={front.key_hash}"]
    async with async_playwright() as playwright:
        program = str(site.script(CHROMIUM, folder))
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


async def signed_in(browser: Browser, url: str, username: str) -> BrowserContext:
    """A browser of its own with an empty cache: signed in without the app's pages."""
    size: Any = {"width": 1366, "height": 768}
    context = await browser.new_context(base_url=url, locale="vi-VN", viewport=size)
    await context.add_init_script(_WATCH)
    page = await context.new_page()
    await page.goto("/readyz")
    status = await page.evaluate(
        """async body => (await fetch("/api/login", {
          method: "POST", body,
          headers: { "Content-Type": "application/json", "X-Telehealth": "1" },
        })).status""",
        json.dumps({"username": username, "password": PASSWORD}),
    )
    assert status == 200, status
    await page.close()
    return context


async def enter(page: Page) -> float:
    """Through the lobby, listening only; ms from the address to the lobby."""
    await page.goto(f"{ROOM}?{secrets.token_hex(4)}", wait_until="commit")
    button = page.get_by_role("button", name="Vào chỉ để nghe và xem")
    await button.wait_for(timeout=120_000)
    lobby = float(await page.evaluate("performance.now()"))
    await button.click()
    return lobby


async def see_lobby(context: BrowserContext) -> None:
    """Looks into the lobby and leaves: the app is in the cache, no image is."""
    page = await context.new_page()
    await page.goto(ROOM, wait_until="networkidle", timeout=120_000)
    await page.get_by_role("button", name="Vào chỉ để nghe và xem").wait_for()
    await page.close()


async def open_the_case(browser: Browser, url: str) -> None:
    """The chair begins the session, which opens its only case, and goes."""
    context = await signed_in(browser, url, CHAIR)
    page = await context.new_page()
    await enter(page)
    await page.locator("[data-act='step-start']").click(timeout=60_000)
    room = page.locator("[data-case-id]")
    await expect(room).not_to_have_attribute("data-case-id", "", timeout=60_000)
    await context.close()
