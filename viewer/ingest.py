"""Take files in: read them apart from the web process, store their bytes, then index them.

Files that arrive meanwhile share one barrier on the disk and one transaction, so that hundreds of
small files cost a few of each; every one is answered only after both (docs/image-delivery.md IN1).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from viewer.arrival_store import ArrivalStore, Blob, Stored, StoredInstance
from viewer.gathering import Gathering
from viewer.header import Read
from viewer.header_reading import HeaderReaders
from viewer.study import DirectoryIndex, Header, Refusal
from viewer.upload_store import Upload, UploadStore

# Few enough that a batch holds neither the loop nor the database for long.
BATCH_FILES: Final = 32
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

    def put_files(self, files: Sequence[tuple[Path, str]]) -> Sequence[StoredBlob]:
        """Take over files; returns when all of them survive a power loss.

        Each with its SHA-256 if that was taken as the bytes came, else empty text.
        """


# Writes what became of files to the trail, in the transaction that says so: (upload, who sent it).
Trail = Callable[[Sequence[tuple[Upload, object]]], Awaitable[None]]


async def no_trail(_done: Sequence[tuple[Upload, object]]) -> None:
    """Of a room without an audit."""


@dataclass(frozen=True, slots=True)
class IntakeStores:
    """The stores of one transaction."""

    images: ArrivalStore
    uploads: UploadStore
    trail: Trail = no_trail


Transaction = Callable[[], AbstractAsyncContextManager[IntakeStores]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A received file that was inspected; `sent_by` is for the trail, None writes nothing.

    `is_known` says that the upload has a row; `sha256` is empty if it has still to be taken.
    """

    path: Path
    header: Read
    upload: Upload
    at: datetime
    sent_by: object = None
    is_known: bool = False
    sha256: str = ""


Kept = tuple[Arrival, Blob | None]  # bytes of a refused file and of an index are not kept


class Ingest:
    """Accepts files; tells `on_stored` when there is new work for the delivery."""

    def __init__(
        self,
        transaction: Transaction,
        blobs: BlobKeeper,
        readers: HeaderReaders,
        on_stored: Callable[[], None],
    ) -> None:
        self._transaction = transaction
        self._blobs = blobs
        self._readers = readers
        self._on_stored = on_stored
        self._unkept = Gathering(self._keep, BATCH_FILES)
        self._unindexed = Gathering(self._index, BATCH_FILES)
        self._unheld = Gathering(self._index_held, BATCH_FILES)

    async def accept(
        self, path: Path, upload: Upload, now: datetime, sent_by: object = None
    ) -> Upload:
        """Store or refuse the file at `path`, which is gone afterwards; the upload's last state."""
        return await self.take(Arrival(path, await self.inspect(path), upload, now, sent_by))

    async def take(self, arrival: Arrival) -> Upload:
        """Store or refuse a file that was inspected.

        Blob first, rows second: a crash in between leaves bytes without a row, never the reverse.
        """
        if isinstance(arrival.header, Header):
            blob = await self._unkept.put((arrival.path, arrival.sha256))
            done = await self._unindexed.put((arrival, blob))
            self._on_stored()
            return done
        done = await self._unindexed.put((arrival, None))
        await asyncio.to_thread(arrival.path.unlink, missing_ok=True)
        return done

    async def hold(
        self, path: Path, header: Header, facility_id: UUID, now: datetime, sha256: str = ""
    ) -> StoredInstance:
        """Store an inspected file in a facility's archive, for whatever case shows its study.

        Blob first, row second, as in `take`; the file at `path` is gone afterwards.
        """
        blob = await self._unkept.put((path, sha256))
        stored = await self._unheld.put(_Held(facility_id, header, blob, now))
        self._on_stored()
        return stored

    async def inspect(self, path: Path) -> Read:
        """Read a file's header in a process of its own."""
        return await self._readers.read(path)

    async def _keep(self, files: Sequence[tuple[Path, str]]) -> Sequence[Blob]:
        kept = await asyncio.to_thread(self._blobs.put_files, files)
        return [Blob(ref.sha256, ref.size) for ref in kept]

    async def _index(self, kept: Sequence[Kept]) -> Sequence[Upload]:
        async with self._transaction() as stores:
            done: list[Upload] = []
            for _, some in groupby(kept, _case_of):
                done += await _outcomes(stores, list(some))
            await _save(stores.uploads, done, [arrival.is_known for arrival, _ in kept])
            sent_by = (arrival.sent_by for arrival, _ in kept)
            pairs = zip(done, sent_by, strict=True)
            await stores.trail([pair for pair in pairs if pair[1] is not None])
        return done

    async def _index_held(self, held: Sequence["_Held"]) -> Sequence[StoredInstance]:
        stored: list[StoredInstance] = []
        async with self._transaction() as stores:
            for facility_id, each in groupby(held, lambda one: one.facility_id):
                some = list(each)
                files = [(one.header, one.blob) for one in some]
                at = max(one.at for one in some)
                stored += await stores.images.add_all(facility_id, files, at)
        return stored


async def _save(uploads: UploadStore, done: list[Upload], known: list[bool]) -> None:
    pairs = list(zip(done, known, strict=True))
    await uploads.add([upload for upload, is_known in pairs if not is_known])
    await uploads.conclude([upload for upload, is_known in pairs if is_known])


@dataclass(frozen=True, slots=True)
class _Held:
    """Kept bytes for a facility's archive."""

    facility_id: UUID
    header: Header
    blob: Blob
    at: datetime


def _case_of(kept: Kept) -> tuple[UUID, UUID]:
    return kept[0].upload.facility_id, kept[0].upload.case_id


async def _outcomes(stores: IntakeStores, kept: list[Kept]) -> list[Upload]:
    """What became of files of one case."""
    first, at = kept[0][0].upload, max(arrival.at for arrival, _ in kept)
    files = [(a.header, blob) for a, blob in kept if isinstance(a.header, Header) and blob]
    stored = await stores.images.add_all(first.facility_id, files, at)
    studies = list({each.study_id for each in stored})
    await stores.images.link(first.case_id, studies, first.created_by, at)
    places = iter(stored)
    return [_outcome(arrival, places) for arrival, _ in kept]


def _outcome(arrival: Arrival, places: Iterator[StoredInstance]) -> Upload:
    match arrival.header:
        case Header():
            state, reason = _STATES[next(places).outcome]
            sop_uid = arrival.header.instance.sop_uid
            return replace(arrival.upload, state=state, reason=reason, sop_uid=sop_uid)
        case Refusal():
            return replace(arrival.upload, state="refused", reason=arrival.header.reason)
        case DirectoryIndex():
            uids = arrival.header.sop_uids
            return replace(arrival.upload, state="index", entries=len(uids), referenced=uids)
