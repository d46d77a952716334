"""A shared view to 50 sites, scrolled 30 times a second: our live log beside a bare fan-out.

Ours stores every view durably (SQLite, synchronous=FULL) and applies the session's rules before it
is sent; the bare uvicorn + wsproto process only copies. Latency is from the presenter's send to the
last of the 50 sites.
"""

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np

from tests.bench.harness import OURS, Figures, Row, Target, cpu_seconds, interleaved
from tests.bench.media_forwarding import LOAD_CORE, SERVER_CORE
from tests.support.live_load import Site, enter
from tests.support.live_vectors import BEGIN, CHAIR, PRESENTER, view
from tests.support.processes import running

SITES, VIEWS_PER_SECOND, SECONDS, ROUNDS = 50, 30, 6, 3
WORK = "50 sites, 30 views a second"
BARE = "uvicorn+wsproto"
SHARE, P50, P99 = "% of one core", "ms to the last site, p50", "ms to the last site, p99"
TARGETS = {SHARE: Target(15), P99: Target(20)}
SESSION = "8e3f0c2a-0000-4000-8000-000000000009"


@contextmanager
def _server(module: str, log: Path, *arguments: str) -> Iterator[tuple[int, int]]:
    """Port and pid of a server that takes its listening socket from us."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fd = listener.fileno()
        os.set_inheritable(fd, True)
        command = [*SERVER_CORE, sys.executable, "-m", module, str(fd), *arguments]
        with running(command, lambda: True, log, keep=(fd,)) as process:
            yield listener.getsockname()[1], process.pid


class Meeting:
    """A presenter and 50 sites on one server."""

    def __init__(self, pid: int, presenter: Site, sites: list[Site]) -> None:
        self.pid, self.presenter, self.sites = pid, presenter, sites

    async def scroll(self, numbers: Iterator[int]) -> Figures:
        """So many views a second, then the figures."""
        loop, sent = asyncio.get_running_loop(), dict[int, float]()
        before, started = cpu_seconds(self.pid), loop.time()
        for turn in range(VIEWS_PER_SECOND * SECONDS):
            await asyncio.sleep(started + turn / VIEWS_PER_SECOND - loop.time())
            number = next(numbers)
            sent[number] = time.perf_counter()
            self.presenter.say(_event("view_changed", number, **view(number)))
        used = cpu_seconds(self.pid) - before
        async with asyncio.timeout(30):
            while not all(number in site.seen for site in self.sites):
                await asyncio.sleep(0.05)
        late = [(max(s.seen[n] for s in self.sites) - at) * 1_000 for n, at in sent.items()]
        share = used / SECONDS * 100
        return {SHARE: share, P50: float(np.median(late)), P99: float(np.percentile(late, 99))}


def _event(kind: str, number: int, **body: object) -> str:
    event = {"type": "event", "id": f"{kind}-{number}", "kind": kind, "body": body}
    return json.dumps(event)


async def _meet(port: int, pid: int, *, has_rules: bool) -> Meeting:
    """Everyone comes in; where there are rules, a case is opened and the presenter has control."""
    path = f"/live/{SESSION}?as="
    people = {who: await enter(port, path + who) for who in (CHAIR, PRESENTER)}
    sites = [await enter(port, f"{path}site-{number}") for number in range(SITES)]
    for site in (*people.values(), *sites):
        site.say(json.dumps({"type": "hello", "last_seq": None}))
    steps = [*BEGIN, (PRESENTER, "control_taken", {})] if has_rules else []
    for number, (who, kind, body) in enumerate(steps):
        people[who].say(_event(kind, number, **body))
        await asyncio.wait_for(people[who].acks.get(), 30)
    return Meeting(pid, people[PRESENTER], sites)


def measure() -> list[Row]:
    """The rows of this subject."""
    os.sched_setaffinity(0, {LOAD_CORE})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = str(folder / "live.sqlite3")
        own = _server("tests.support.live_server", folder / "live.log", database)
        bare = _server("tests.support.bare_fanout", folder / "bare.log")
        runner, numbers = stack.enter_context(asyncio.Runner()), count(10)
        meetings = {
            name: runner.run(_meet(*stack.enter_context(server), has_rules=name == OURS))
            for name, server in ((OURS, own), (BARE, bare))
        }
        contenders: dict[str, Callable[[], Figures]] = {
            name: partial(_scroll, runner, meeting, numbers) for name, meeting in meetings.items()
        }
        return interleaved(WORK, contenders, ROUNDS, TARGETS)


def _scroll(runner: asyncio.Runner, meeting: Meeting, numbers: Iterator[int]) -> Figures:
    return runner.run(meeting.scroll(numbers))
