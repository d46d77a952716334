"""OHIF, as its makers built it, reads our /dicomweb: the list, the series, the pixels."""

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pydicom
from playwright.async_api import Page, Route, expect

from tests.integration.scheduling.steps import MONDAY, draft
from tests.support.browsers import chromium
from tests.support.image_doors import bearer, image_conference, served, upload
from tests.support.image_room import CT_SMALL
from tests.support.installation import ROOT
from tests.support.ohif import DIST, GREYS, app_config

_INDEX = DIST / "index.html"
PATIENCE_MS = 60_000


class _Front:
    """The hospital's web server in front: OHIF's files, ours behind /dicomweb with a sign-in."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url, self._headers = url, headers
        self.asked: list[str] = []  # of our /dicomweb
        self.strange: list[str] = []  # other hosts, which nobody reaches

    async def answer(self, route: Route) -> None:
        """Every request of the page."""
        address = urlsplit(route.request.url)
        if not route.request.url.startswith(f"{self._url}/"):
            self.strange.append(address.netloc)
            await route.abort()
        elif address.path.startswith("/dicomweb/"):
            self.asked.append(address.path)
            await route.continue_(headers=route.request.headers | self._headers)
        elif address.path == "/app-config.js":
            await route.fulfill(
                body=app_config(f"{self._url}/dicomweb"), content_type="text/javascript"
            )
        else:
            await route.fulfill(path=self._file(address.path), content_type=_kind(address.path))

    def _file(self, path: str) -> Path:
        found = DIST / path.lstrip("/")
        return found if found.is_file() else _INDEX


def _kind(path: str) -> str:
    return mimetypes.guess_type(path)[0] or "text/html"


async def _greys(page: Page) -> list[int]:
    await page.wait_for_function(f"Math.max(...({GREYS})(), 0) > 0", timeout=PATIENCE_MS)
    found: list[int] = await page.evaluate(GREYS)
    return found


async def test_do4_ohif_lists_a_study_and_draws_its_pixels(tmp_path: Path) -> None:
    assert _INDEX.exists(), f"{_INDEX} is missing: `make {_INDEX.relative_to(ROOT)}`"
    ct = pydicom.dcmread(CT_SMALL)
    async with (
        image_conference(tmp_path, MONDAY) as (meeting, _),
        served(meeting) as url,
        chromium() as browser,
    ):
        case = await draft(meeting)
        await upload(await meeting.client("bacsi"), case["id"], CT_SMALL.read_bytes())
        front = _Front(url, await bearer(meeting, "bacsi"))
        page = await browser.new_page(viewport={"width": 1366, "height": 768})
        await page.route("**/*", front.answer)
        await page.goto(f"{url}/")
        await expect(page.get_by_text("CompressedSamples").first).to_be_visible(timeout=PATIENCE_MS)
        await page.goto(f"{url}/viewer?StudyInstanceUIDs={ct.StudyInstanceUID}")
        greys = await _greys(page)
        wanted = ct.pixel_array[2::4, 64]
        assert len(set(greys)) > 4
        assert np.corrcoef(greys, wanted)[0, 1] > 0.8  # by a window, so in step but not the same
        assert any(path.endswith("/frames/1") for path in front.asked)
        assert front.strange == []
