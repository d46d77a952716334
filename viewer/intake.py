"""The desk where uploads arrive: partial files on disk, archives unpacked, crashes survived.

The offset of an upload is the length of its partial file: nothing else has to be kept in step.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
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
from viewer.ingest import BATCH_FILES, Arrival, Ingest, Transaction
from viewer.study import Refusal
from viewer.upload import LIFE, NewUpload, UploadLimits
from viewer.upload_store import Upload

_BUFFER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sender:
    """For which case, into which facility's archive, by whom."""

    case_id: UUID
    facility_id: UUID
    person_id: UUID
    sent_by: object = None  # for the trail


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
        upload = self._opened(sender, new)
        await asyncio.to_thread(self._path(upload.id).touch)
        await self._save(upload)
        return upload

    async def take(
        self, sender: Sender, new: NewUpload, chunks: AsyncIterable[bytes]
    ) -> tuple[Upload, int]:
        """Open an upload and take its first bytes; its last state and the offset.

        A file that comes whole needs no row before its outcome: nothing was acknowledged yet.
        """
        upload = self._opened(sender, new)
        draft = _Draft(self._path(upload.id), new.length)
        try:
            async for chunk in chunks:
                if draft.add(chunk):
                    await asyncio.to_thread(draft.write)
        finally:
            offset = await asyncio.to_thread(draft.close)
            if offset < new.length:
                await self._save(upload)
        if offset < new.length:
            return upload, offset
        if draft.is_zip:
            await self._save(upload)  # its entries refer to it
            return await self._conclude_archive(draft.path, upload, sender.sent_by), offset
        header = await self._ingest.inspect(draft.path)
        now, sha256 = self._clock(), draft.sha256
        arrival = Arrival(draft.path, header, upload, now, sender.sent_by, sha256=sha256)
        return await self._ingest.take(arrival), offset

    def _opened(self, sender: Sender, new: NewUpload) -> Upload:
        now = self._clock()
        return Upload(
            id=uuid4(),
            case_id=sender.case_id,
            facility_id=sender.facility_id,
            name=new.name,
            length=new.length,
            created_by=sender.person_id,
            created_at=now,
            expires_at=now + LIFE,
        )

    async def _save(self, upload: Upload) -> None:
        async with self._transaction() as stores:
            await stores.uploads.save(upload)

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
        """Write bytes after `received`, at most `room`; the new offset.

        What came before a broken connection is kept, so that the client can continue from there.
        It is on the disk, but for a last part: `finish` then writes the whole file to the disk.
        """
        file = await asyncio.to_thread(_open_exclusively, self._path(upload.id), received)
        try:
            await _write(file, room, chunks)
        finally:
            offset = await asyncio.to_thread(_close, file, upload.length)
        return offset

    async def finish(self, upload: Upload, sent_by: object = None) -> Upload:
        """Check and store a completely received upload; its outcome. Safe to repeat."""
        async with self._finishing.setdefault(upload.id, asyncio.Lock()):
            upload, _ = await self.find(upload.id)
            if upload.state != "receiving":
                return upload
            path = self._path(upload.id)
            if await asyncio.to_thread(is_zip, path):
                return await self._conclude_archive(path, upload, sent_by)
            header = await self._ingest.inspect(path)
            arrival = Arrival(path, header, upload, self._clock(), sent_by, is_known=True)
            return await self._ingest.take(arrival)

    async def _conclude_archive(self, path: Path, upload: Upload, sent_by: object) -> Upload:
        return await self._end(path, await self._unpack(path, upload), sent_by)

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
        await asyncio.to_thread(self._sweep, {upload.id.hex for upload in unfinished})
        for upload in unfinished:
            size = await asyncio.to_thread(_size, self._path(upload.id))
            if size == upload.length:
                await self.finish(upload)
            elif size < 0 or upload.expires_at <= self._clock():
                await self.terminate(upload.id)

    def _sweep(self, known: set[str]) -> None:
        """Remove what no row knows and nobody has written to for days: requests that broke off."""
        oldest = (self._clock() - LIFE).timestamp()
        for path in self._folder.iterdir():
            if path.stem not in known and path.stat().st_mtime < oldest:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    async def _unpack(self, path: Path, upload: Upload) -> Upload:
        archive = await asyncio.to_thread(open_archive, path)
        if isinstance(archive, Refusal):
            return replace(upload, state="refused", reason=archive.reason)
        try:
            entries = plan(archive.entries(), self._archive_limits)
            if isinstance(entries, Refusal):
                return replace(upload, state="refused", reason=entries.reason)
            await self._take_entries(archive, entries, upload)
        finally:
            archive.close()
        return replace(upload, state="unpacked", entries=len(entries))

    async def _take_entries(
        self, archive: Archive, entries: list[PlannedEntry], upload: Upload
    ) -> None:
        async with self._transaction() as stores:
            taken = {entry.name for entry in await stores.uploads.entries_of(upload.id)}
        left = [entry for entry in entries if entry.name not in taken]
        for some in (left[at : at + BATCH_FILES] for at in range(0, len(left), BATCH_FILES)):
            extracted = [await self._extract(archive, entry, upload) for entry in some]
            await asyncio.gather(*(self._take_entry(*one) for one in extracted))

    async def _extract(
        self, archive: Archive, entry: PlannedEntry, upload: Upload
    ) -> tuple[Path, Upload, Refusal | None]:
        child = replace(upload, id=uuid4(), parent_id=upload.id, name=entry.name)
        target = self._folder / f"{child.id.hex}.entry"
        refusal = entry.refusal or await asyncio.to_thread(archive.extract, entry.place, target)
        if refusal is None and await asyncio.to_thread(is_zip, target):
            refusal = Refusal("nested-archive")
        length = await asyncio.to_thread(_size, target)
        return target, replace(child, length=max(length, 0)), refusal

    async def _take_entry(self, target: Path, child: Upload, refusal: Refusal | None) -> None:
        if refusal is None:
            await self._ingest.accept(target, child, self._clock())
        else:
            await self._end(target, replace(child, state="refused", reason=refusal.reason), None)

    async def _end(self, path: Path, upload: Upload, sent_by: object) -> Upload:
        async with self._transaction() as stores:
            await stores.uploads.save(upload)
            if sent_by is not None:
                await stores.trail([(upload, sent_by)])
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


class _Draft:
    """A file that comes in one request: small ones cost a single trip to a thread."""

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
        self.is_zip = False
        self._length = length
        self._room = length
        self._buffered: list[bytes] = []
        self._size = 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of what was written."""
        return self._digest.hexdigest()

    def add(self, chunk: bytes) -> bool:
        """More of it, cut at the announced length; whether there is enough to write."""
        taken = chunk[: self._room]
        self._room -= len(taken)
        self._size += len(taken)
        self._buffered.append(taken)
        return self._size >= _BUFFER_BYTES

    def write(self) -> None:
        """What came so far, to the file; blocks."""
        with self.path.open("ab") as file:
            file.writelines(self._buffered)
        for chunk in self._buffered:
            self._digest.update(chunk)
        self._buffered, self._size = [], 0

    def close(self) -> int:
        """The offset. An unfinished file is on the disk: its bytes are about to be acknowledged."""
        self.write()
        if self._room:
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
        self.is_zip = is_zip(self.path)
        return self._length - self._room


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


def _close(file: BinaryIO, length: int) -> int:
    """The offset. An unfinished file is on the disk: its bytes are about to be acknowledged."""
    with file:
        file.flush()
        offset = file.tell()
        if offset < length:
            os.fsync(file.fileno())
        return offset
