"""Calls of two people over a line of the lab, and what both ends noticed of each other."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.bench.harness import Figures
from tests.support.line_lab import Host
from tests.support.media import MediaServer, enter, process_behind, until

SECONDS = 30.0
KBIT, NARROW_KBIT = 4000, 500
_WIDTH = 960
# As signaling/web/meeting.ts asks for; sizes as in livekit-client's VideoPresets.
_OPTIONS = {
    "videoCaptureDefaults": {"resolution": {"width": _WIDTH, "height": 540, "frameRate": 25}},
    "publishDefaults": {"simulcast": True, "dtx": True, "red": True},
}
_WATCH = Path(__file__).parent / "line_watch.js"

GAPS, FREEZES = "voice gaps > 100 ms a minute", "freezes > 500 ms a minute"
SMALLER, RESUMED = "s until the picture is smaller", "s until resumed"
SILENCE, STILL = "longest silence, s", "longest still, s"


@dataclass(frozen=True)
class Call:
    """Two people who see and hear each other."""

    hub: Page
    spoke: Page
    line: Host  # the spoke's
    sockets: tuple[Path, ...]  # of our media workers


@dataclass(frozen=True)
class Place:
    """Where both engines run, and the browsers at both ends."""

    pages: MediaServer
    hub: Browser
    spoke: Browser
    line: Host

    @asynccontextmanager
    async def call(self, ws: str) -> AsyncIterator[Call]:
        """Both enter the room of one engine; they leave with the block."""
        sides = {"hub": self.hub, "spoke": self.spoke}
        pages = {
            name: await enter(
                self.pages,
                browser,
                ws,
                self.pages.token(name),
                _OPTIONS,
                devices=False,
            )
            for name, browser in sides.items()
        }
        try:
            for page in pages.values():
                await page.add_script_tag(path=_WATCH)
                await page.evaluate("speak()")
            call = Call(pages["hub"], pages["spoke"], self.line, self.pages.sockets)
            await _settled(call)
            yield call
        finally:
            for page in pages.values():
                await page.context.close()


async def _settled(call: Call) -> None:
    """Until the large picture and the voice have come to both ends."""
    for page in (call.hub, call.spoke):
        await page.evaluate("watch()")

        async def large(page: Page = page) -> bool:
            seen = await page.evaluate("noticed()")
            return bool(seen["width"] >= _WIDTH)

        await until(large, "a large picture at both ends")


async def _watched(call: Call, seconds: float) -> dict[str, dict[str, float]]:
    """What each end noticed in so many seconds from now."""
    for page in (call.hub, call.spoke):
        await page.evaluate("watch()")
    await asyncio.sleep(seconds)
    return {
        "hub": await call.hub.evaluate("noticed()"),
        "spoke": await call.spoke.evaluate("noticed()"),
    }


async def lossy(call: Call) -> Figures:
    """Counts a minute of a line as it is."""
    found, minutes = await _watched(call, SECONDS), SECONDS / 60
    names = ((GAPS, "gaps"), (FREEZES, "freezes"))
    counts = {
        f"{figure}, {end}": seen[name] / minutes
        for figure, name in names
        for end, seen in found.items()
    }
    rates = {f"frames/s, {end}": seen["frames"] / SECONDS for end, seen in found.items()}
    return {**counts, **rates}


async def narrowed(call: Call) -> Figures:
    """The line falls to 500 kbit/s: how soon the picture follows, what the voice suffers."""
    await call.spoke.evaluate("watch()")
    began = asyncio.get_running_loop().time()
    call.line.narrow(NARROW_KBIT)
    try:

        async def smaller() -> bool:
            return bool((await call.spoke.evaluate("noticed()"))["width"] < _WIDTH)

        await until(smaller, "a smaller picture")
        took = asyncio.get_running_loop().time() - began
        at_once = await call.spoke.evaluate("noticed()")
        found = (await _watched(call, SECONDS / 2))["spoke"]
    finally:
        call.line.narrow(KBIT)
    later = {f"{GAPS}, spoke, afterwards": found["gaps"] * 120 / SECONDS}
    return {SMALLER: took, f"{SILENCE}, until then": at_once["longestGap"] / 1000, **later}


async def dropped(call: Call) -> Figures:
    """The spoke's signal connection breaks."""
    await call.spoke.evaluate("watch()")
    took = await call.spoke.evaluate(
        """async () => {
          const began = performance.now()
          const back = new Promise(resolve => room.engine.once("signalResumed", resolve))
          await room.simulateScenario("signal-reconnect")
          await back
          return (performance.now() - began) / 1000
        }"""
    )
    return {RESUMED: took, **(await _pauses(call.spoke))}


async def moved(call: Call) -> Figures:
    """The spoke goes from Wi-Fi to a mobile line with another address."""
    try:
        return await _until_back(call, lambda: call.line.move_to("mobile"))
    finally:
        call.line.move_to("wifi")


async def _until_back(call: Call, act: Callable[[], None]) -> Figures:
    await call.spoke.evaluate("watch()")
    before = (await call.spoke.evaluate("noticed()"))["frames"]
    act()

    async def grew() -> bool:
        return bool((await call.spoke.evaluate("noticed()"))["frames"] > before + 60)

    await until(grew, "the picture goes on")
    return await _pauses(call.spoke)


async def _pauses(page: Page) -> Figures:
    seen: dict[str, Any] = await page.evaluate("noticed()")
    return {SILENCE: seen["longestGap"] / 1000, STILL: seen["longestFreeze"] / 1000}


async def killed(call: Call) -> Figures:
    """Every process that carries media dies at once; new ones are started by whoever runs them."""

    def kill() -> None:
        for socket in call.sockets:
            os.kill(process_behind(socket), signal.SIGKILL)

    return await _until_back(call, kill)
