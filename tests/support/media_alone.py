"""Our media server as a process of its own: `python -m tests.support.media_alone FOLDER`.

One worker and the web doors; writes FOLDER/port once it answers, ends when stdin closes.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from tests.support.media import media_server, process_behind
from tests.support.processes import running


@dataclass(frozen=True)
class Alone:
    """The running processes."""

    port: int
    web: int
    worker: int

    @property
    def ws(self) -> str:
        """Where clients join."""
        return f"ws://127.0.0.1:{self.port}"


@contextmanager
def media_alone(folder: Path, prefix: tuple[str, ...] = ()) -> Iterator[Alone]:
    """The server while the block runs; `prefix` is a command it runs under."""
    told = folder / "port"
    command = [*prefix, sys.executable, "-m", "tests.support.media_alone", str(folder)]
    with running(command, told.exists, folder / "media.log") as process:
        socket = folder / "run/media-0.sock"
        yield Alone(int(told.read_text()), process.pid, process_behind(socket))


async def _serve(folder: Path) -> None:
    async with media_server(folder, workers=1, hooks_kept=1) as server:
        draft = folder / "port.draft"
        draft.write_text(str(server.port))
        draft.rename(folder / "port")
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
