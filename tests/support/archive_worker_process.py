"""A worker process that kills itself with SIGKILL at a chosen point, as a power cut would.

Usage: python -m tests.support.archive_worker_process DATABASE_URL BLOBS SHARE POINT SHIFT_SECONDS
It ends by itself when nothing is due. POINT counts the moments below, 0 never comes. SHIFT_SECONDS
moves its clock, so that leases of processes that died before have run out.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from recordings.archive_step import SinkKind
from recordings.archive_worker import ArchiveWorker, Bench
from recordings.sinks.folder import FolderSink
from recordings.sinks.sink import Parcel
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.archive import ledger_of, wall_clock


@dataclass
class Moments:
    """Counts the moments at which power may go."""

    left: int

    def pass_one(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class FragileBlobs(FolderBlobs):
    """Power may go when a draft is open but not written."""

    def __init__(self, root: Path, moments: Moments) -> None:
        super().__init__(root)
        self._moments = moments

    def path(self, sha256: str) -> Path:
        self._moments.pass_one()
        return super().path(sha256)


class FragileFolder(FolderSink):
    """Power may go before sending, after it, and before the proof."""

    moments: Moments

    async def send(self, parcel: Parcel) -> Mapping[str, Any]:
        self.moments.pass_one()
        fragile = FragileBlobs(_root(parcel), self.moments)
        receipt = await super().send(replace(parcel, payloads=fragile))
        self.moments.pass_one()
        return receipt

    async def verify(self, parcel: Parcel) -> Mapping[str, Any]:
        self.moments.pass_one()
        proof = await super().verify(parcel)
        self.moments.pass_one()
        return proof


def _root(parcel: Parcel) -> Path:
    return parcel.payloads.path(parcel.files[0].sha256).parent.parent


async def main(url: str, blobs: str, share: str, point: str, shift_seconds: str) -> None:
    """Work until nothing is due, or until killed."""
    shift = timedelta(seconds=float(shift_seconds))
    folder = FragileFolder(Path(share))
    object.__setattr__(folder, "moments", Moments(int(point)))

    def clock() -> datetime:
        return wall_clock() + shift

    database = Database(url)
    sinks = {SinkKind.FOLDER: folder}
    bench = Bench(ledger_of(database), sinks, FolderBlobs(Path(blobs)), clock, lambda: 0.0)
    worker = ArchiveWorker(bench, uuid4().hex)
    while await worker.work_once():
        continue
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
