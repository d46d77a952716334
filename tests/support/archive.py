"""A ledger on a real database, a closed case in it, and workers over them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from recordings.archive_plan import plan
from recordings.archive_snapshot import KeptRecording, closed_case, snapshot_bytes
from recordings.archive_step import ArchivedFile, ArchiveStep, SinkKind
from recordings.archive_store import ArchiveStore
from recordings.archive_worker import ArchiveWorker, Bench
from recordings.errors import DeliveryAbsent
from recordings.sinks.sink import Parcel, Payloads, Sink
from telehealth.database import Database
from tests.support.recordings_builders import CONSULTED_AT, some_snapshot

PDF = b"%PDF-1.7 bien ban"
SOUND = b"OggS" + bytes(range(256)) * 400


def ledger_of(database: Database) -> Callable[[], Any]:
    """Transactions over the ledger, as the worker asks for them."""

    @asynccontextmanager
    async def ledger() -> AsyncIterator[ArchiveStore]:
        async with database.transaction() as tx:
            yield ArchiveStore(tx)

    return ledger


async def close_a_case(
    database: Database,
    payloads: Payloads,
    sinks: Sequence[SinkKind],
    case_id: UUID | None = None,
    closed_at: datetime | None = None,
    pdf: bytes = PDF,
) -> UUID:
    """A closed case with its plan in the ledger; every case has a folder of its own."""
    case_id = case_id or uuid4()
    stored, sound = payloads.put(pdf), payloads.put(SOUND)
    document = ArchivedFile("bien-ban-hoi-chan.pdf", "application/pdf", stored.sha256, stored.size)
    track = ArchivedFile("ghi-am-1-1.ogg", "audio/ogg", sound.sha256, sound.size)
    recording = KeptRecording(UUID(int=9), CONSULTED_AT, 61.5, (track,))
    snapshot = some_snapshot(document, (recording,))
    snapshot = replace(
        snapshot,
        case_id=case_id,
        folder=f"2026/ca-{case_id.hex[:8]}",
        closed_at=closed_at or snapshot.closed_at,
    )
    blob = payloads.put(snapshot_bytes(snapshot))
    async with database.transaction() as tx:
        await ArchiveStore(tx).add(plan(closed_case(snapshot, blob.sha256), sinks))
    return case_id


async def steps_of(database: Database, case_id: UUID) -> list[ArchiveStep]:
    """The steps of a case as the ledger has them."""
    async with database.reading() as tx:
        return await ArchiveStore(tx).of_case(case_id)


class Clock:
    """Time that a test moves."""

    def __init__(self, now: datetime = CONSULTED_AT + timedelta(hours=3)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


def wall_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


def worker_over(
    database: Database,
    payloads: Payloads,
    sinks: Mapping[SinkKind, Sink],
    clock: Callable[[], datetime] = wall_clock,
    owner: str = "",
) -> ArchiveWorker:
    """A worker without jitter."""
    bench = Bench(ledger_of(database), sinks, payloads, clock, lambda: 0.0)
    return ArchiveWorker(bench, owner or uuid4().hex)


@dataclass
class Shelf:
    """What a peer holds: bytes by name, and in which order names first came."""

    held: dict[str, str]
    arrivals: list[str]


class ShelfSink:
    """A sink onto a shelf that outlives the worker; `before` may crash at any call."""

    def __init__(self, shelf: Shelf, before: Callable[[str], None] = lambda what: None) -> None:
        self._shelf = shelf
        self._before = before

    async def send(self, parcel: Parcel) -> Mapping[str, Any]:
        self._before("send begins")
        for file in parcel.files:
            name = f"{parcel.folder}/{file.name}"
            if name not in self._shelf.held:
                self._shelf.arrivals.append(name)
            self._shelf.held[name] = file.sha256
        self._before("send ends")
        return {"files": len(parcel.files)}

    async def verify(self, parcel: Parcel) -> Mapping[str, Any]:
        self._before("verify")
        for file in parcel.files:
            if self._shelf.held.get(f"{parcel.folder}/{file.name}") != file.sha256:
                raise DeliveryAbsent("absent", file.name)
        return {}
