"""Tells the web process at once that another process stored images; without it, it looks by itself.

A datagram on a Unix socket of the data folder: nothing waits, nothing is lost that matters.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)


class ImageBell:
    """One end is heard by the web process, any other process rings."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir.absolute() / "run" / "images.sock"

    def ring(self) -> None:
        """Something was stored. Never waits, never fails."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            with contextlib.suppress(OSError):  # nobody listens, or was rung already
                line.sendto(b"\0", str(self._path))

    @contextmanager
    def heard(self, on_ring: Callable[[], None]) -> Iterator[None]:
        """Meanwhile `on_ring` is called on this loop for each ring."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._path.unlink(missing_ok=True)
                line.bind(str(self._path))
            except OSError as error:  # a path that is too long for a socket
                log.warning("image bell is not heard error=%s", type(error).__name__)
                yield
                return

            def rung() -> None:
                with contextlib.suppress(BlockingIOError):
                    while line.recv(16):
                        pass
                on_ring()

            loop.add_reader(line, rung)
            try:
                yield
            finally:
                loop.remove_reader(line)
                self._path.unlink(missing_ok=True)
