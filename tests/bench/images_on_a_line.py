"""Images at a hospital with 4 Mbit/s: from entering the room to the first image and to the last.

Real Chromium in a network namespace whose line has a token bucket of 4 Mbit/s each way and 20 ms of
delay one way; nginx in front as docs/nginx.conf says. The case is open when the doctor presses
"enter"; nothing of it is on the computer. Beside it OHIF with Orthanc, the same study, once.
"""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Browser, BrowserContext

from tests.bench.harness import OURS, Figures, Row, Target, progress
from tests.bench.line_ohif import OHIF, SERVER, serve_ohif, store_in_orthanc, visit_ohif
from tests.bench.line_room import (
    DOCTOR,
    KBIT,
    ONE_WAY_MS,
    Prepared,
    browser_at,
    enter,
    on_a_line,
    open_the_case,
    prepare,
    see_lobby,
    signed_in,
)
from tests.support.line_lab import Host
from tests.support.nginx_front import Front

_Figure = tuple[str, str, str]  # contender, cache, unit
ROUNDS = int(os.environ.get("TELEHEALTH_BENCH_ROUNDS", "3"))
_PATIENCE_MS = 400_000
_TARGETS = {
    "s to the first image": Target(1),
    "s until the stack scrolls": Target(4),
    "lossless, bytes / floor": Target(1.05),
}
# The floor is the bytes of the delivery copies; all that the image doors sent counts.
_STAND = """least => {
  const all = performance.getEntriesByType("resource")
    .filter(entry => entry.name.includes("/api/image-series/"))
  const stack = all.find(entry => entry.name.includes("/stage/0"))
  const bytes = all.reduce((sum, entry) => sum + entry.encodedBodySize, 0)
  if (!stack || !seen.drawn || bytes < least) return null
  const last = Math.max(...all.map(entry => entry.responseEnd))
  const [first, scrolls, end] = [seen.drawn, stack.responseEnd, last]
    .map(ms => (ms - seen.pressed) / 1000)
  return { first, scrolls, end, bytes }
}"""
_APP = """() => performance.getEntries()
  .filter(entry => entry.transferSize && !entry.name.includes("/api/"))
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""


def measure() -> list[Row]:
    """Cold and warm cache of the app; the whole series once each time with a warm one."""
    with tempfile.TemporaryDirectory(prefix="bench-line-") as name:
        prepared, orthanc = prepare(Path(name) / "ours"), Path(name) / "orthanc"
        store_in_orthanc(orthanc, prepared.study)
        with on_a_line(prepared, SERVER) as (server, site, front):
            ohif = serve_ohif(server, front, orthanc)
            found = asyncio.run(_rounds(site, front, ohif, prepared))
    line = f"{KBIT // 1000} Mbit/s, {2 * ONE_WAY_MS} ms there and back, 300 x {prepared.text}"
    return [
        Row(f"{line}, {cache} app", contender, unit, tuple(values), _target(contender, unit))
        for (contender, cache, unit), values in found.items()
    ]


def _target(contender: str, unit: str) -> Target | None:
    return _TARGETS.get(unit) if contender == OURS else None


async def _rounds(
    site: Host, front: Front, ohif: str, prepared: Prepared
) -> Mapping[_Figure, list[float]]:
    found: dict[_Figure, list[float]] = {}

    def keep(contender: str, figures: Mapping[str, Figures]) -> None:
        for cache, each in figures.items():
            for unit, value in each.items():
                found.setdefault((contender, cache, unit), []).append(value)
        progress(f"{contender}: {figures}")

    async with browser_at(site, front, prepared.folder) as browser:
        await open_the_case(browser, front.url)
        for _ in range(ROUNDS):
            keep(OURS, await _round(browser, front.url, prepared.floor_bytes))
        keep(OHIF, await visit_ohif(browser, ohif, prepared.study, prepared.floor_bytes))
    return found


async def _round(browser: Browser, url: str, floor: int) -> dict[str, dict[str, float]]:
    context = await signed_in(browser, url, DOCTOR)
    cold, _ = await _visit(context, least=0)
    await context.close()
    context = await signed_in(browser, url, DOCTOR)  # no image of before is in its cache
    await see_lobby(context)
    warm, stand = await _visit(context, least=floor)
    await context.close()
    warm["lossless, bytes / floor"] = stand["bytes"] / floor
    warm["lossless, time / floor"] = stand["end"] / (floor * 8 / KBIT / 1000)
    return {"cold": cold, "warm": warm}


async def _visit(context: BrowserContext, least: int) -> tuple[dict[str, float], dict[str, float]]:
    """One visit until so many bytes of images have come."""
    page = await context.new_page()
    lobby = await enter(page)
    came = await page.wait_for_function(_STAND, arg=least, timeout=_PATIENCE_MS, polling=250)
    stand: dict[str, float] = await came.json_value()
    app = await page.evaluate(_APP)
    await page.close()
    figures = {
        "s to the lobby": lobby / 1000,
        "s to the first image": stand["first"],
        "s until the stack scrolls": stand["scrolls"],
        "kB of app": app / 1000,
    }
    return figures, stand
