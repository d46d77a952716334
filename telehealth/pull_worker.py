"""The pulling part of the job worker: studies from a hospital's PACS into a case."""

import asyncio
import contextlib
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from telehealth.arrivals import Arrivals, PeerTrail
from telehealth.audit import Act, record
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.dimse_process import now, own_entity
from telehealth.identity import Clock
from telehealth.images import Images
from telehealth.sealing import Sealing
from telehealth.settings import Settings
from viewer import pacs_web
from viewer.dimse_client import find
from viewer.dimse_retrieve import Retrieval
from viewer.dimse_stack import OwnEntity
from viewer.errors import PeerUnknown
from viewer.pacs import Ending, Peer, Pull, PullState, Retrieve, Terms, after
from viewer.pacs_store import PacsStore
from viewer.pool import ProcessCrashed
from viewer.store import ImageStore

log = logging.getLogger(__name__)

PULLS_AT_ONCE: Final = 2
FIND_SECONDS_MAX: Final = 60
_IDLE_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.5


async def pull(
    settings: Settings, database: Database, blobs: FolderBlobs, stop: asyncio.Event
) -> None:
    """Fetch until `stop`, a few studies at once."""
    images = Images(settings.data_dir, database, blobs, now)
    folder = settings.data_dir.absolute() / "pulls"
    await asyncio.to_thread(_receive_into, folder)
    own, stall = own_entity(settings), float(settings.dimse_stall_seconds)
    sealing = await asyncio.to_thread(Sealing.of, settings.data_dir)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(PULLS_AT_ONCE):
                one = PullWorker(database, images, own, sealing, folder, stall, now)
                group.create_task(one.run(stop))
    finally:
        await images.close()


def _receive_into(folder: Path) -> None:
    """Empty: what a crash left there was never whole, or is fetched again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    tempfile.tempdir = str(folder)  # pynetdicom receives into temporary files


@dataclass
class PullWorker:
    """Fetches what is asked for, one study at a time; what arrived stays, whatever happens."""

    database: Database
    images: Images
    own: OwnEntity
    sealing: Sealing
    folder: Path
    stall_seconds: float
    clock: Clock
    owner: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        self._arrivals = Arrivals(self.images, PeerTrail(self.database, self.clock))

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`."""
        while not stop.is_set():
            if not await self.work_once(stop):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _IDLE_SECONDS)

    async def work_once(self, stop: asyncio.Event | None = None) -> bool:
        """Fetch one study; False if none waits."""
        at = self.clock()
        async with self.database.reading() as tx:
            if not await PacsStore(tx).any_free(at):
                return False
        async with self.database.transaction() as tx:
            pull = await PacsStore(tx).claim(self.owner, at)
        if pull is None:
            return False
        try:
            async with self.database.reading() as tx:
                peer = self.sealing.opened(await PacsStore(tx).peer(pull.peer_id))
        except PeerUnknown:
            await self._keep(replace(pull, state=PullState.FAILED, reason="peer-removed"))
            return True
        await self._fetch(pull, peer, stop or asyncio.Event())
        return True

    async def _fetch(self, pull: Pull, peer: Peer, stop: asyncio.Event) -> None:
        expected = await self._expected(pull, peer)
        if isinstance(expected, str):
            await self._settle(pull, Ending(expected))
            return
        pull = replace(pull, expected=expected, reason="")
        async with self._retrieving(pull, peer) as (task, retrieval):
            pull, ending = await self._watch(pull, task, retrieval, stop)
        if ending is None:  # this worker stops: another one goes on
            await self._keep(replace(pull, state=PullState.WAITING))
        else:
            await self._settle(pull, ending)

    async def _expected(self, pull: Pull, peer: Peer) -> int | str | None:
        """How many instances the peer has of the study, None if it does not say; or a slug."""
        terms = Terms(study_uid=pull.study_uid)
        if peer.retrieve is Retrieve.WEB:
            found = await pacs_web.search(peer, terms)
        else:
            try:
                found = await self.images.askers.run(FIND_SECONDS_MAX, find, self.own, peer, terms)
            except ProcessCrashed:
                return "silent"
        if isinstance(found, str):
            return found
        named = [study for study in found if study.study_uid == pull.study_uid]
        return named[0].instances if named else "study-not-there"

    @asynccontextmanager
    async def _retrieving(
        self, pull: Pull, peer: Peer
    ) -> AsyncIterator[tuple["asyncio.Task[Ending]", Retrieval]]:
        loop = asyncio.get_running_loop()

        def keep(path: Path, sop_uid: str) -> str:
            work = self._arrivals.keep(peer, path, sop_uid)
            return asyncio.run_coroutine_threadsafe(work, loop).result()

        retrieval = Retrieval(self.own, peer, pull.study_uid, keep)
        match peer.retrieve:
            case Retrieve.MOVE:
                task = asyncio.create_task(asyncio.to_thread(retrieval.move))
            case Retrieve.GET:
                task = asyncio.create_task(asyncio.to_thread(retrieval.get))
            case Retrieve.WEB:
                task = asyncio.create_task(self._by_web(peer, pull.study_uid))
        try:
            yield task, retrieval
        finally:
            if peer.retrieve is Retrieve.WEB:
                task.cancel()
            await asyncio.to_thread(retrieval.abandon)
            await asyncio.wait({task})

    async def _by_web(self, peer: Peer, study_uid: str) -> Ending:
        async def keep(path: Path) -> str:
            return await self._arrivals.keep(peer, path)

        return await pacs_web.fetch(peer, study_uid, self.folder, self.stall_seconds, keep)

    async def _watch(
        self,
        pull: Pull,
        task: "asyncio.Task[Ending]",
        retrieval: Retrieval,
        stop: asyncio.Event,
    ) -> tuple[Pull, Ending | None]:
        """Show how far it is, until it ends, stalls, or this worker must stop."""
        loop = asyncio.get_running_loop()
        moved, seen = loop.time(), (pull.arrived, retrieval.heard)
        while not task.done():
            if stop.is_set():
                return pull, None
            await asyncio.wait({task}, timeout=_LOOK_SECONDS)
            pull = await self._look(pull, retrieval)
            if not await self._keep(pull):
                return pull, Ending("cancelled")
            if (now_seen := (pull.arrived, retrieval.heard)) != seen:
                moved, seen = loop.time(), now_seen
            elif loop.time() - moved > self.stall_seconds:
                return pull, Ending("stalled")
        return pull, task.result()

    async def _look(self, pull: Pull, retrieval: Retrieval) -> Pull:
        """Count what is here; show the study with its case as soon as there is one."""
        async with self.database.reading() as tx:
            study = await PacsStore(tx).study(pull.facility_id, pull.study_uid)
            arrived = await PacsStore(tx).instances_of(study.id) if study else 0
        if study is not None and not pull.arrived and arrived:
            await self._link(pull, study.id, self.clock())
        heard = retrieval.heard
        told = heard.remaining + heard.completed + heard.failed if heard else None
        return replace(
            pull,
            arrived=arrived,
            failed=heard.failed if heard else pull.failed,
            expected=pull.expected or told,
        )

    async def _link(self, pull: Pull, study_id: UUID, now: datetime) -> None:
        async with self.database.transaction() as tx:
            peer = await PacsStore(tx).peer(pull.peer_id)
            await ImageStore(tx).link(pull.case_id, study_id, pull.requested_by, now)
            detail = {"peer_id": str(pull.peer_id), "requested_by": str(pull.requested_by)}
            act = Act("pacs_link", "study", str(study_id), pull.case_id, detail=detail)
            await record(tx, self._arrivals.trail.source(peer), act)

    async def _settle(self, pull: Pull, ending: Ending) -> None:
        async with self.database.reading() as tx:
            study = await PacsStore(tx).study(pull.facility_id, pull.study_uid)
            arrived = await PacsStore(tx).instances_of(study.id) if study else 0
        if study is not None and arrived and not pull.arrived:
            await self._link(pull, study.id, self.clock())
        state = after(ending, arrived, pull.expected)
        done = replace(
            pull, state=state, reason=ending.reason, arrived=arrived, failed=ending.failed
        )
        log.info("pull ended pull_id=%s state=%s reason=%s", pull.id, state, ending.reason)
        await self._keep(done)

    async def _keep(self, pull: Pull) -> bool:
        async with self.database.transaction() as tx:
            return await PacsStore(tx).keep_pull(pull, self.owner, self.clock())
