"""Take one file in: read it apart from the web process, store the bytes, then index them."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from viewer.header import read_header
from viewer.pool import ProcessCrashed, ProcessPool
from viewer.store import Blob, ImageStore, Stored
from viewer.study import DirectoryIndex, Header, Refusal
from viewer.upload_store import Upload, UploadStore

READ_SECONDS_MAX: Final = 60
_STATES: Final = {
    Stored.NEW: ("stored", ""),
    Stored.DUPLICATE: ("duplicate", ""),
    Stored.OTHER_BYTES: ("stored", "same-uid-other-bytes"),
}


class StoredBlob(Protocol):
    """Name and size of stored bytes."""

    @property
    def sha256(self) -> str:
        """SHA-256 in hexadecimal."""

    @property
    def size(self) -> int:
        """Number of bytes."""


class BlobKeeper(Protocol):
    """Keeps bytes for good; methods block."""

    def put_file(self, path: Path) -> StoredBlob:
        """Take over a file; returns when it survives a power loss."""


@dataclass(frozen=True, slots=True)
class IntakeStores:
    """The stores of one transaction."""

    images: ImageStore
    uploads: UploadStore


Transaction = Callable[[], AbstractAsyncContextManager[IntakeStores]]


class Ingest:
    """Accepts files one by one; tells `on_stored` when there is new work for the delivery."""

    def __init__(
        self,
        transaction: Transaction,
        blobs: BlobKeeper,
        readers: ProcessPool,
        bulk_root: str,
        on_stored: Callable[[], None],
    ) -> None:
        self._transaction = transaction
        self._blobs = blobs
        self._readers = readers
        self._bulk_root = bulk_root
        self._on_stored = on_stored

    async def accept(self, path: Path, upload: Upload, now: datetime) -> Upload:
        """Store or refuse the file at `path`, which is gone afterwards; the upload's last state.

        Blob first, rows second: a crash in between leaves bytes without a row, never the reverse.
        """
        return await self.take(path, await self.inspect(path), upload, now)

    async def take(
        self, path: Path, header: Header | DirectoryIndex | Refusal, upload: Upload, now: datetime
    ) -> Upload:
        """Store or refuse a file that was inspected."""
        if isinstance(header, Header):
            return await self._store(path, header, upload, now)
        if isinstance(header, Refusal):
            upload = replace(upload, state="refused", reason=header.reason)
        else:
            upload = replace(
                upload, state="index", entries=len(header.sop_uids), referenced=header.sop_uids
            )
        async with self._transaction() as stores:
            await stores.uploads.save(upload)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return upload

    async def inspect(self, path: Path) -> Header | DirectoryIndex | Refusal:
        """Read a file's header in a process of its own."""
        for _ in range(2):
            try:
                return await self._readers.run(READ_SECONDS_MAX, read_header, path, self._bulk_root)
            except ProcessCrashed:
                continue  # once more: a neighbour in the pool may have been the cause
        return Refusal("unreadable", "reader crashed")

    async def _store(self, path: Path, header: Header, upload: Upload, now: datetime) -> Upload:
        ref = await asyncio.to_thread(self._blobs.put_file, path)
        async with self._transaction() as stores:
            stored = await stores.images.add(
                upload.facility_id, header, Blob(ref.sha256, ref.size), now
            )
            await stores.images.link(upload.case_id, stored.study_id, upload.created_by, now)
            state, reason = _STATES[stored.outcome]
            done = replace(upload, state=state, reason=reason, sop_uid=header.instance.sop_uid)
            await stores.uploads.save(done)
        self._on_stored()
        return done
