"""What people at the ends of a hospital's line notice, with our engine and with livekit-server.

Two browsers in network namespaces: a hub on a fast cable, a spoke on the line that is measured.
Both speak and show themselves all the time; each end counts gaps of the voice and freezes of the
picture that come from the other.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from tests.bench import line_calls
from tests.bench.harness import OURS, Figures, Row, Target, interleaved
from tests.bench.line_calls import (
    FREEZES,
    GAPS,
    KBIT,
    RESUMED,
    SILENCE,
    SMALLER,
    STILL,
    Call,
    Place,
)
from tests.support.hospital_net import browser_on, livekit_on, media_on
from tests.support.line_lab import line_lab

LIVEKIT = "livekit-server 1.13.5"
ROUNDS = 3
DELAY_MS = 40  # one way


@dataclass(frozen=True)
class Work:
    """One line, and what happens on it."""

    name: str
    measure: Callable[[Call], Awaitable[Figures]]
    targets: Mapping[str, Target]
    loss: float = 0.0
    contenders: Sequence[str] = (OURS, LIVEKIT)

    def lines(self) -> list[dict[str, Any]]:
        """The spoke's, the first one in use."""
        wifi = {"name": "wifi", "kbit": KBIT, "loss": self.loss, "delay_ms": DELAY_MS}
        return [wifi, {"name": "mobile", "kbit": KBIT, "delay_ms": DELAY_MS}]


_PEER = Target(1, peer="livekit-server")
_NO_WORSE = {f"{figure}, {end}": _PEER for figure in (GAPS, FREEZES) for end in ("hub", "spoke")}


def _works() -> Iterator[Work]:
    for loss in (0.03, 0.10):
        name = f"{loss:.0%} of packets lost, 4 Mbit/s, 80 ms there and back"
        yield Work(name, line_calls.lossy, _NO_WORSE, loss)
    smaller = {SMALLER: Target(3)}
    yield Work("the line falls to 500 kbit/s", line_calls.narrowed, smaller)
    resumed = {RESUMED: Target(1), SILENCE: Target(0.1)}
    yield Work("the signal connection breaks", line_calls.dropped, resumed)
    moved = {SILENCE: Target(3), STILL: Target(3)}
    yield Work("from Wi-Fi to a mobile line", line_calls.moved, moved)
    back = {SILENCE: Target(5), STILL: Target(5)}
    yield Work("all media workers are killed", line_calls.killed, back, contenders=(OURS,))


@contextmanager
def _place(runner: asyncio.Runner, work: Work) -> Iterator[tuple[Place, Mapping[str, str]]]:
    """The machines of one work; where each engine is entered."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = stack.enter_context(line_lab())
        server = lab.host("server", lab.line("cable"))
        spoke = lab.host("spoke", *(lab.line(**line) for line in work.lines()))
        hosts = (lab.host("hub", lab.line("cable")), spoke)
        media = media_on(server, folder)
        livekit = stack.enter_context(livekit_on(server, folder))
        pages = AsyncExitStack()
        stack.callback(lambda: runner.run(pages.aclose()))

        async def browsers() -> list[Browser]:
            playwright = await pages.enter_async_context(async_playwright())
            return [
                await pages.enter_async_context(browser_on(host, playwright, media.http, folder))
                for host in hosts
            ]

        place = Place(media, *runner.run(browsers()), spoke)
        yield place, {OURS: media.ws, LIVEKIT: livekit.ws}


async def _one_call(place: Place, ws: str, work: Work) -> Figures:
    async with place.call(ws) as call:
        return await work.measure(call)


def _measure_work(runner: asyncio.Runner, work: Work) -> list[Row]:
    with _place(runner, work) as (place, doors):
        contenders: dict[str, Callable[[], Figures]] = {
            name: lambda ws=doors[name]: runner.run(_one_call(place, ws, work))
            for name in work.contenders
        }
        return interleaved(work.name, contenders, ROUNDS, work.targets)


def measure() -> list[Row]:
    """The rows of this subject."""
    with asyncio.Runner() as runner:
        return [row for work in _works() for row in _measure_work(runner, work)]
