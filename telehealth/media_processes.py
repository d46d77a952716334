"""Starts the media workers, restarts one that dies, and leaves none behind."""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)
_START_SECONDS = 20
_STOP_SECONDS = 5
_LIVED_SECONDS = 10  # a worker that lived so long is restarted at once
_MOST_PAUSE_SECONDS = 10


class MediaWorkerFailed(Exception):
    """A worker did not come up."""


@dataclass(frozen=True)
class MediaPlan:
    """How many workers, where their sockets lie, and what they are told.

    `config` is the JSON object of signaling.worker.WorkerConfig; it travels by stdin, so that
    no secret stands on a command line.
    """

    socket_folder: Path
    config: Mapping[str, Any]
    count: int = 1
    socket_paths: tuple[Path, ...] = field(init=False)

    def __post_init__(self) -> None:
        paths = tuple(self.socket_folder / f"media-{index}.sock" for index in range(self.count))
        object.__setattr__(self, "socket_paths", paths)


class MediaProcesses:
    """The workers of one machine."""

    def __init__(self, plan: MediaPlan) -> None:
        self._plan = plan
        self._watchers: list[asyncio.Task[None]] = []
        self._processes: dict[Path, asyncio.subprocess.Process] = {}

    async def start(self) -> None:
        """Starts all workers and waits until each answers; MediaWorkerFailed otherwise."""
        await asyncio.to_thread(_private_folder, self._plan.socket_folder)
        for path in self._plan.socket_paths:
            await self._launch(path)
            self._watchers.append(asyncio.create_task(self._watch(path)))

    async def stop(self) -> None:
        """Ends all workers; those that do not go are killed."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        self._watchers.clear()
        await asyncio.gather(*(_end(process) for process in self._processes.values()))
        self._processes.clear()

    def pids(self) -> tuple[int, ...]:
        """The workers' process ids."""
        return tuple(process.pid for process in self._processes.values())

    async def _launch(self, path: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "signaling.worker",
            "--socket",
            str(path),
            stdin=asyncio.subprocess.PIPE,
        )
        self._processes[path] = process
        assert process.stdin is not None
        process.stdin.write(json.dumps(dict(self._plan.config)).encode() + b"\n")
        await process.stdin.drain()
        await _until_answering(path, process)

    async def _watch(self, path: Path) -> None:
        """Restarts the worker whenever it dies; its clients come back by themselves."""
        loop, pause = asyncio.get_running_loop(), 0.0
        while True:
            born = loop.time()
            code = await self._processes[path].wait()
            pause = (
                0.0
                if loop.time() - born > _LIVED_SECONDS
                else min(_MOST_PAUSE_SECONDS, pause * 2 + 0.1)
            )
            _log.error("a media worker ended with code %s and is started again", code)
            await asyncio.sleep(pause)
            try:
                await self._launch(path)
            except (MediaWorkerFailed, OSError):
                _log.error("a media worker does not start")


async def _until_answering(path: Path, process: asyncio.subprocess.Process) -> None:
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while process.returncode is None and asyncio.get_running_loop().time() < deadline:
        try:
            _, writer = await asyncio.open_unix_connection(path)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise MediaWorkerFailed(str(path))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()  # the worker's sign to go
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
