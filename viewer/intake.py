"""The desk where uploads arrive: partial files on disk, archives unpacked, crashes survived.

The offset of an upload is the length of its partial file: nothing else has to be kept in step.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from viewer.archive_file import (
    Archive,
    ArchiveLimits,
    PlannedEntry,
    is_zip,
    open_archive,
    plan,
)
from viewer.errors import UploadOffsetConflict, UploadUnknown
from viewer.ingest import Ingest, Transaction
from viewer.study import Refusal
from viewer.upload import LIFE, NewUpload, UploadLimits
from viewer.upload_store import Upload

_BUFFER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sender:
    """For which case, into which facility's archive, and by whom."""

    case_id: UUID
    facility_id: UUID
    person_id: UUID


class Intake:
    """Uploads from their creation to their outcome."""

    def __init__(
        self,
        folder: Path,
        transaction: Transaction,
        ingest: Ingest,
        clock: Callable[[], datetime],
        limits: UploadLimits,
        archive_limits: ArchiveLimits,
    ) -> None:
        self._folder = folder
        self._transaction = transaction
        self._ingest = ingest
        self._clock = clock
        self.limits = limits
        self._archive_limits = archive_limits
        self._finishing: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        folder.mkdir(parents=True, exist_ok=True)

    async def create(self, sender: Sender, new: NewUpload) -> Upload:
        """Open an upload; its empty file is there before its row."""
        now = self._clock()
        upload = Upload(
            id=uuid4(),
            case_id=sender.case_id,
            facility_id=sender.facility_id,
            name=new.name,
            length=new.length,
            created_by=sender.person_id,
            created_at=now,
            expires_at=now + LIFE,
        )
        await asyncio.to_thread(self._path(upload.id).touch)
        async with self._transaction() as stores:
            await stores.uploads.save(upload)
        return upload

    async def find(self, upload_id: UUID) -> tuple[Upload, int]:
        """An upload and the bytes received of it. Raises UploadUnknown."""
        async with self._transaction() as stores:
            upload = await stores.uploads.get(upload_id)
        if upload.state != "receiving":
            return upload, upload.length
        received = await asyncio.to_thread(_size, self._path(upload_id))
        if received < 0:
            raise UploadUnknown
        return upload, received

    async def append(
        self, upload: Upload, received: int, room: int, chunks: AsyncIterable[bytes]
    ) -> int:
        """Write bytes after `received`, at most `room`; the new offset, which is on the disk.

        What came before a broken connection is kept, so that the client can continue from there.
        """
        file = await asyncio.to_thread(_open_exclusively, self._path(upload.id), received)
        try:
            await _write(file, room, chunks)
        finally:
            offset = await asyncio.to_thread(_sync_and_close, file)
        return offset

    async def finish(self, upload: Upload) -> Upload:
        """Check and store a completely received upload; its outcome. Safe to repeat."""
        async with self._finishing.setdefault(upload.id, asyncio.Lock()):
            upload, _ = await self.find(upload.id)
            if upload.state != "receiving":
                return upload
            path = self._path(upload.id)
            if await asyncio.to_thread(is_zip, path):
                return await self._unpack(path, upload)
            return await self._ingest.accept(path, upload, self._clock())

    async def terminate(self, upload_id: UUID) -> None:
        """Drop an unfinished upload; what was stored stays."""
        async with self._transaction() as stores:
            upload = await stores.uploads.get(upload_id)
            if upload.state != "receiving":
                raise UploadUnknown
            await stores.uploads.remove(upload_id)
        await asyncio.to_thread(self._path(upload_id).unlink, missing_ok=True)

    async def recover(self) -> None:
        """At start: finish what was complete when the process died, drop what has expired."""
        async with self._transaction() as stores:
            unfinished = await stores.uploads.unfinished()
        for upload in unfinished:
            size = await asyncio.to_thread(_size, self._path(upload.id))
            if size == upload.length:
                await self.finish(upload)
            elif size < 0 or upload.expires_at <= self._clock():
                await self.terminate(upload.id)

    async def _unpack(self, path: Path, upload: Upload) -> Upload:
        archive = await asyncio.to_thread(open_archive, path)
        if isinstance(archive, Refusal):
            return await self._end(path, replace(upload, state="refused", reason=archive.reason))
        try:
            entries = plan(archive.entries(), self._archive_limits)
            if isinstance(entries, Refusal):
                done = replace(upload, state="refused", reason=entries.reason)
                return await self._end(path, done)
            await self._take_entries(archive, entries, upload)
        finally:
            archive.close()
        return await self._end(path, replace(upload, state="unpacked", entries=len(entries)))

    async def _take_entries(
        self, archive: Archive, entries: list[PlannedEntry], upload: Upload
    ) -> None:
        async with self._transaction() as stores:
            taken = {entry.name for entry in await stores.uploads.entries_of(upload.id)}
        for entry in entries:
            if entry.name not in taken:
                await self._take(archive, entry, upload)

    async def _take(self, archive: Archive, entry: PlannedEntry, upload: Upload) -> None:
        target = self._folder / f"{upload.id.hex}.entry"
        refusal = entry.refusal or await asyncio.to_thread(archive.extract, entry.place, target)
        if refusal is None and await asyncio.to_thread(is_zip, target):
            refusal = Refusal("nested-archive")
        child = replace(upload, id=uuid4(), parent_id=upload.id, name=entry.name)
        if refusal is None:
            child = replace(child, length=target.stat().st_size)
            await self._ingest.accept(target, child, self._clock())
        else:
            await self._end(target, replace(child, state="refused", reason=refusal.reason))

    async def _end(self, path: Path, upload: Upload) -> Upload:
        async with self._transaction() as stores:
            await stores.uploads.save(upload)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return upload

    def _path(self, upload_id: UUID) -> Path:
        return self._folder / f"{upload_id.hex}.part"


def _size(path: Path) -> int:
    """Length of a file, -1 if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _open_exclusively(path: Path, received: int) -> BinaryIO:
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        raise UploadUnknown from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = file.seek(0, os.SEEK_END)
    except BlockingIOError:
        size = -1
    if size != received:
        file.close()
        raise UploadOffsetConflict(max(size, 0))
    return file


async def _write(file: BinaryIO, room: int, chunks: AsyncIterable[bytes]) -> None:
    buffered: list[bytes] = []
    size = 0
    try:
        async for chunk in chunks:
            taken = chunk[:room]
            room -= len(taken)
            size += len(taken)
            buffered.append(taken)
            if size >= _BUFFER_BYTES:
                await asyncio.to_thread(file.writelines, buffered)
                buffered, size = [], 0
    finally:  # the connection may have broken: what came is kept
        await asyncio.to_thread(file.writelines, buffered)


def _sync_and_close(file: BinaryIO) -> int:
    with file:
        file.flush()
        os.fsync(file.fileno())
        return file.tell()
