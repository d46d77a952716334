"""Child processes of one installation: started, watched, started again, stopped together."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

log = logging.getLogger(__name__)

STOP_SECONDS: Final = 20.0
# A child that dies at once is started again more and more slowly, never given up.
FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 30.0
PR_SET_PDEATHSIG: Final = 1  # prctl(2)


@dataclass(frozen=True)
class Child:
    """One process to keep running: `python -m <module> <arguments>`.

    `told` is written to its standard input, which then stays open: secrets stand on no command
    line, and a child that reads to the end learns at once that its parent is gone.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    told: bytes = b""


def pause_after(lived_seconds: float, last_pause_seconds: float) -> float:
    """How long to wait before starting a dead child again. Pure."""
    if lived_seconds >= STEADY_SECONDS:
        return FIRST_PAUSE_SECONDS
    return min(max(last_pause_seconds * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


async def keep_running(children: Sequence[Child], stop: asyncio.Event) -> None:
    """Run every child until `stop`; then end them all, the first ones last."""
    tasks = [asyncio.create_task(_watch(child, stop)) for child in children]
    await asyncio.gather(*tasks)


async def _watch(child: Child, stop: asyncio.Event) -> None:
    loop, pause = asyncio.get_running_loop(), 0.0
    while not stop.is_set():
        started = loop.time()
        process = await _start(child)
        code = await _until_dead_or_stop(process, stop)
        if stop.is_set():
            return
        pause = pause_after(loop.time() - started, pause)
        log.warning("child ended name=%s code=%s restart_in_s=%.1f", child.name, code, pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _start(child: Child) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *child.arguments,
        env={**os.environ, **child.environment},
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches the parent only, which then stops in order
        preexec_fn=_die_with_parent,
    )
    if child.told and process.stdin is not None:
        process.stdin.write(child.told)
        with contextlib.suppress(ConnectionError):  # it died at once: the watcher sees that
            await process.stdin.drain()
    return process


async def _until_dead_or_stop(process: asyncio.subprocess.Process, stop: asyncio.Event) -> int:
    dead = asyncio.create_task(process.wait())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({dead, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not dead.done():
        process.terminate()
        await asyncio.wait({dead}, timeout=STOP_SECONDS)
    if not dead.done():
        process.kill()
    return await dead


def _die_with_parent() -> None:
    """In the child, before it runs: a parent killed with -9 must leave nobody behind (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
