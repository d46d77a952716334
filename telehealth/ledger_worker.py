"""The job worker: delivers closed cases to real sinks, and fetches studies from PACS peers."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
from pydantic import SecretStr
from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.archive_step import ArchiveStep, SinkKind, StepState
from recordings.archive_store import ArchiveStore
from recordings.archive_worker import ArchiveWorker, Bench
from recordings.minutes import CaseId
from recordings.minutes_store import MinutesStore
from recordings.sinks.fhir import FhirSink
from recordings.sinks.folder import FolderSink
from recordings.sinks.http import TIMEOUT
from recordings.sinks.pacs import PacsSink
from recordings.sinks.sink import Sink
from scheduling.case import CaseEvent, allows
from telehealth.blobs import FolderBlobs
from telehealth.casefile import Doing, case_file, no_material, take_step
from telehealth.database import Database
from telehealth.identity import Clock
from telehealth.pull_worker import pull
from telehealth.settings import Settings

LANES_AT_ONCE = 3  # the sinks of one hospital do not wait for each other


def _now() -> datetime:
    return datetime.now(UTC)


async def run(
    database: Database,
    blobs: FolderBlobs,
    settings: Settings,
    stop: asyncio.Event,
    clock: Clock = _now,
) -> None:
    """Deliver what closed cases planned, until `stop`."""
    async with AsyncExitStack() as stack:
        sinks = await _sinks(settings, stack)
        bench = Bench(ledger_of(database, clock), sinks, blobs, clock, random.random)
        name = f"{socket.gethostname()[:20]}:{os.getpid()}"
        workers = [ArchiveWorker(bench, f"{name}:{uuid4().hex[:12]}") for _ in range(LANES_AT_ONCE)]
        async with asyncio.TaskGroup() as group:
            for worker in workers:
                group.create_task(worker.run(stop))


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """The whole worker process: opens what it needs, delivers and fetches until `stop`."""
    database = Database(settings.database())
    blobs = FolderBlobs(settings.data_dir / "blobs")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(run(database, blobs, settings, stop))
            group.create_task(pull(settings, database, blobs, stop))
    finally:
        await database.close()


class CaseLedger(ArchiveStore):
    """The ledger that moves a case on when the last of its steps is verified."""

    def __init__(self, tx: AsyncSession, now: datetime) -> None:
        super().__init__(tx)
        self._case_tx = tx
        self._now = now

    async def keep(self, step: ArchiveStep, owner: str | None) -> bool:
        """Write it; in the same transaction the case is delivered when nothing is left."""
        kept = await super().keep(step, owner)
        if kept and step.state is StepState.VERIFIED:
            await self._deliver_case(step.case_id)
        return kept

    async def _deliver_case(self, case_id: UUID) -> None:
        if any(one.state is not StepState.VERIFIED for one in await self.of_case(case_id)):
            return
        file = await case_file(self._case_tx, case_id, no_material, self._now)
        closed_by = (await MinutesStore(self._case_tx).get(CaseId(case_id))).closed_by
        if closed_by and allows(file.case.state, CaseEvent.DELIVER):
            await take_step(self._case_tx, file, CaseEvent.DELIVER, Doing(closed_by, self._now))


def ledger_of(
    database: Database, clock: Clock
) -> Callable[[], AbstractAsyncContextManager[CaseLedger]]:
    """Opens one writing transaction over the ledger."""

    @asynccontextmanager
    async def ledger() -> AsyncIterator[CaseLedger]:
        async with database.transaction() as tx:
            yield CaseLedger(tx, clock())

    return ledger


async def _sinks(settings: Settings, stack: AsyncExitStack) -> dict[SinkKind, Sink]:
    sinks: dict[SinkKind, Sink] = {}
    if settings.archive_folder is not None:
        sinks[SinkKind.FOLDER] = FolderSink(settings.archive_folder)
    if settings.pacs_url is not None:
        auth = _basic(settings.pacs_user, settings.pacs_password)
        client = httpx.AsyncClient(base_url=f"{settings.pacs_url}", auth=auth, timeout=TIMEOUT)
        sinks[SinkKind.PACS] = PacsSink(await stack.enter_async_context(client))
    if settings.fhir_url is not None:
        headers = _bearer(settings.fhir_token)
        client = httpx.AsyncClient(
            base_url=f"{settings.fhir_url}", headers=headers, timeout=TIMEOUT
        )
        sinks[SinkKind.FHIR] = FhirSink(await stack.enter_async_context(client))
    return sinks


def _basic(user: str | None, password: SecretStr | None) -> httpx.BasicAuth | None:
    return httpx.BasicAuth(user, password.get_secret_value()) if user and password else None


def _bearer(token: SecretStr | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
