"""The desk of the DIMSE server: its threads ask, the loop of the process answers."""

import asyncio
import logging
import secrets
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from telehealth.arrivals import Arrivals, PeerTrail
from telehealth.audit import Act, record
from telehealth.database import Database
from telehealth.dimse_reading import find_entries, find_files
from telehealth.identity import Clock
from telehealth.images import Images
from viewer.dicomweb_query import Json
from viewer.dimse_commitment import Held, judge, report, report_of
from viewer.dimse_convert import convert
from viewer.dimse_desk import SopPair
from viewer.dimse_query import Wanted
from viewer.dimse_sending import StoredFile
from viewer.dimse_stack import OwnEntity
from viewer.pacs import Peer
from viewer.pacs_store import PacsStore

log = logging.getLogger(__name__)
T = TypeVar("T")

CONVERT_SECONDS_MAX: Final = 120
# A peer that cannot be told at once is told later; then it has to ask again.
REPORT_AFTER_SECONDS: Final = (0.5, 10.0, 60.0, 300.0)


@dataclass
class DimseDesk:
    """Implements `viewer.dimse_desk.Desk` over the product's own stores."""

    database: Database
    images: Images
    own: OwnEntity
    folder: Path
    clock: Clock
    loop: asyncio.AbstractEventLoop
    _reports: set[asyncio.Task[None]] = field(default_factory=set)

    @cached_property
    def arrivals(self) -> Arrivals:
        """The way in."""
        return Arrivals(self.images, PeerTrail(self.database, self.clock))

    def _asked(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def peers(self) -> Sequence[Peer]:
        """Every known peer, now."""
        return self._asked(self._peers())

    def keep(self, peer: Peer, path: Path, sop_uid: str) -> str:
        """Store a received file; returns when it would survive a power loss."""
        return self._asked(self.arrivals.keep(peer, path, sop_uid))

    def find(self, peer: Peer, wanted: Wanted) -> list[Json]:
        """What of the peer's facility fits; the question is written to the trail."""
        return self._asked(self._find(peer, wanted))

    def files(self, peer: Peer, wanted: Wanted) -> list[StoredFile]:
        """The files of a retrieval."""
        return self._asked(self._files(peer, wanted))

    def destination(self, peer: Peer, ae_title: str) -> Peer | None:
        """Images go to the asker, or to another peer of its hospital: never elsewhere."""
        near = [each for each in self.peers() if each.facility_id == peer.facility_id]
        named = [each for each in near if each.ae_title == ae_title]
        return next((each for each in named if each.id == peer.id), next(iter(named), None))

    @contextmanager
    def converted(self, file: StoredFile, syntax: str) -> Iterator[Path]:
        """The file in another syntax, made in a pool process. Raises ValueError."""
        target = self.folder / secrets.token_hex(16)
        pool = self.images.readers
        try:
            work = pool.run(CONVERT_SECONDS_MAX, convert, file.path, syntax, target)
            if (refusal := self._asked(work)) is not None:
                raise ValueError(refusal.reason)
            yield target
        finally:
            target.unlink(missing_ok=True)

    def commit(self, peer: Peer, transaction_uid: str, items: Sequence[SopPair]) -> None:
        """Check and report later, on a line of our own."""
        self.loop.call_soon_threadsafe(self._begin_report, peer, transaction_uid, items)

    async def _peers(self) -> list[Peer]:
        async with self.database.reading() as tx:
            return await PacsStore(tx).peers()

    async def _find(self, peer: Peer, wanted: Wanted) -> list[Json]:
        async with self.database.transaction() as tx:
            found = await find_entries(tx, peer.facility_id, wanted)
            detail = {"level": wanted.level.value, "found": len(found)}
            await record(
                tx,
                self.arrivals.trail.source(peer),
                Act("dimse_find", "peer", str(peer.id), detail=detail),
            )
        return found

    async def _files(self, peer: Peer, wanted: Wanted) -> list[StoredFile]:
        async with self.database.reading() as tx:
            found = await find_files(tx, self.images.blobs, peer.facility_id, wanted)
        studies = dict.fromkeys(file.study_id for file in found)
        await self.arrivals.trail.note("dimse_retrieve", peer, studies)
        return found

    def _begin_report(self, peer: Peer, transaction_uid: str, items: Sequence[SopPair]) -> None:
        task = asyncio.create_task(self._report(peer, transaction_uid, items))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _report(self, peer: Peer, transaction_uid: str, items: Sequence[SopPair]) -> None:
        verdicts = judge(items, await self._held(peer, items))
        event_type, information = report_of(transaction_uid, verdicts)
        reason = ""
        for seconds in REPORT_AFTER_SECONDS:
            await asyncio.sleep(seconds)
            reason = await asyncio.to_thread(report, self.own, peer, event_type, information)
            if not reason:
                log.info("dimse commitment told peer_id=%s instances=%d", peer.id, len(items))
                return
        log.warning("dimse commitment not told peer_id=%s reason=%s", peer.id, reason)

    async def _held(self, peer: Peer, items: Sequence[SopPair]) -> dict[str, Held]:
        async with self.database.reading() as tx:
            rows = await PacsStore(tx).instances_named(
                peer.facility_id, [sop_uid for _, sop_uid in items]
            )
        here = await asyncio.to_thread(
            lambda: [self.images.blobs.exists(row.sha256) for row in rows]
        )
        return {
            row.sop_uid: Held(row.sop_class_uid, exists)
            for row, exists in zip(rows, here, strict=True)
        }
