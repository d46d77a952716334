"""The image side of a web process: pools, desk for uploads, worker for delivery copies."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.audit import Act, Source, record_all
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.image_bell import ImageBell
from viewer.archive_file import ArchiveLimits
from viewer.arrival_store import ArrivalStore
from viewer.delivery import DeliveryWorker
from viewer.delivery_store import DeliveryStore
from viewer.header_reading import HeaderReaders
from viewer.ingest import Ingest, IntakeStores
from viewer.intake import Intake
from viewer.pool import ProcessPool
from viewer.publication import DeliveryFolder
from viewer.upload import UploadLimits
from viewer.upload_store import Upload, UploadStore

DICOMWEB_ROOT: Final = "/dicomweb"
_HEADER_READERS_MAX: Final = 4  # some 80 MiB each
_CODER_NICENESS: Final = 19  # voice and live log come first on a small machine


@dataclass(frozen=True)
class SentBy:
    """For the trail: who sent a file, and by which act."""

    source: Source
    action: str


class Images:
    """Built once; processes start with the first file."""

    def __init__(
        self,
        data_dir: Path,
        database: Database,
        blobs: FolderBlobs,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self.blobs = blobs
        self.uploads_folder = data_dir / "uploads"
        self.bell = ImageBell(data_dir)
        self.readers = ProcessPool(1, 0)
        pools = [ProcessPool(1, 0) for _ in range(min(os.cpu_count() or 1, _HEADER_READERS_MAX))]
        self.headers = HeaderReaders(pools, DICOMWEB_ROOT)
        self.askers = ProcessPool(2, 0)  # what a peer answers is read apart from the web too
        self.coders = ProcessPool(os.cpu_count() or 1, _CODER_NICENESS)
        self.folder = DeliveryFolder(data_dir / "images")
        self.worker = DeliveryWorker(self._delivery, blobs, self.folder, self.coders, clock)
        self.ingest = Ingest(self._intake, blobs, self.headers, self.worker.wake)
        self.intake = Intake(
            self.uploads_folder, self._intake, self.ingest, clock, UploadLimits(), ArchiveLimits()
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Finish what a crash left, then keep delivery copies up to date; ends all processes."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self.close()

    async def close(self) -> None:
        """End all processes."""
        await self.headers.close()
        for pool in (self.readers, self.askers, self.coders):
            await asyncio.to_thread(pool.close)

    async def _run(self) -> None:
        await self.intake.recover()
        with self.bell.heard(self.worker.wake):
            await self.worker.run()

    @asynccontextmanager
    async def _intake(self) -> AsyncIterator[IntakeStores]:
        async with self._database.transaction() as tx:
            yield IntakeStores(ArrivalStore(tx), UploadStore(tx), partial(_note, tx))

    @asynccontextmanager
    async def _delivery(self) -> AsyncIterator[DeliveryStore]:
        async with self._database.transaction() as tx:
            yield DeliveryStore(tx)


async def _note(tx: AsyncSession, done: Sequence[tuple[Upload, object]]) -> None:
    await record_all(
        tx, [(by.source, _act(upload, by)) for upload, by in done if isinstance(by, SentBy)]
    )


def _act(upload: Upload, by: SentBy) -> Act:
    detail = {"state": upload.state, "reason": upload.reason, "entries": upload.entries}
    return Act(by.action, "upload", str(upload.id), upload.case_id, detail=detail)
