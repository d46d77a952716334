"""What a gateway has received and not yet delivered: files on its disk, nothing else. Blocks.

A received object is here, durably, before its sender is told; it goes when the server has it.
"""

import hashlib
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Queued:
    """One object that waits."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Totals:
    """How much waits, and how many objects the server will not take."""

    files: int
    bytes: int
    refused: int


@dataclass
class GatewayQueue:
    """Folders `receiving`, `waiting` (time and SHA-256) and `refused` (SHA-256 and slug)."""

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _order: dict[str, str] = field(default_factory=dict)  # SHA-256 -> name, the oldest first

    def __post_init__(self) -> None:
        for each in (self.receiving, self.waiting, self.refused):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        for abandoned in self.receiving.iterdir():  # never acknowledged to its sender
            abandoned.unlink()
        self._order |= {_sha256_of(name): name for name in sorted(os.listdir(self.waiting))}

    @property
    def receiving(self) -> Path:
        """Where objects come in."""
        return self.folder / "receiving"

    @property
    def waiting(self) -> Path:
        """What is to be delivered, the oldest name first."""
        return self.folder / "waiting"

    @property
    def refused(self) -> Path:
        """What the server will not take, for the technician to look at."""
        return self.folder / "refused"

    def add(self, path: Path) -> str:
        """Take a received file over; on the disk when it returns. Its SHA-256; OSError if full."""
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        with self._lock:
            if sha256 in self._order:
                path.unlink()
            else:
                self._wait(path, sha256)
                _sync(self.waiting)
        return sha256

    def _wait(self, path: Path, sha256: str) -> None:
        name = f"{time.time_ns():020d}-{sha256}"
        path.rename(self.waiting / name)
        self._order[sha256] = name

    def first(self) -> Queued | None:
        """The object that waits longest."""
        with self._lock:
            sha256, name = next(iter(self._order.items()), ("", ""))
        if not name:
            return None
        path = self.waiting / name
        return Queued(path, sha256, path.stat().st_size)

    def delivered(self, queued: Queued) -> None:
        """The server has it."""
        with self._lock:
            queued.path.unlink()
            del self._order[queued.sha256]

    def set_aside(self, queued: Queued, reason: str) -> None:
        """The server will not take it; the others go on."""
        with self._lock:
            queued.path.rename(self.refused / f"{queued.sha256}.{reason}")
            del self._order[queued.sha256]
            _sync(self.refused)

    def try_again(self) -> int:
        """Everything set aside waits again; how many."""
        with self._lock:
            names = os.listdir(self.refused)
            for name in names:
                self._wait(self.refused / name, name.partition(".")[0])
        return len(names)

    def totals(self) -> Totals:
        """For the status page."""
        with self._lock:
            sizes = list(_sizes(self.waiting))
            return Totals(len(sizes), sum(sizes), len(os.listdir(self.refused)))


def _sha256_of(name: str) -> str:
    return name.rpartition("-")[2]


def _sizes(folder: Path) -> Iterable[int]:
    with os.scandir(folder) as entries:
        yield from (entry.stat().st_size for entry in entries)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
