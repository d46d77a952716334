"""The worker that derives and publishes delivery copies; all its state is in the database.

After a crash of a pool process, of this process or of the machine it goes on where it was: jobs are
rows, files are written before rows say so, and every step may run twice.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from viewer.delivery_store import DeliveryJob, DeliveryStore
from viewer.pool import ProcessCrashed, ProcessPool
from viewer.publication import DeliveryFolder, DerivedLost, SeriesProgress, is_due
from viewer.study import Refusal
from viewer.transcode import Derived, transcode_all

log = logging.getLogger(__name__)

ATTEMPTS_MAX: Final = 3
JOB_SECONDS_MAX: Final = 600
# One trip to a process takes so many small instances, or one large one.
_TOGETHER: Final = 8
_TOGETHER_BYTES: Final = 16 << 20
_IDLE_SECONDS: Final = 10.0
_DEBOUNCE_SECONDS: Final = 0.1
# Between two steps at least: files arrive in quick succession, and each step asks the database.
_BREATH_SECONDS: Final = 0.05


class BlobPaths(Protocol):
    """Where stored bytes can be read as a file."""

    def path(self, sha256: str) -> Path:
        """The file; FileNotFoundError if the bytes are gone."""


Stores = Callable[[], AbstractAsyncContextManager[DeliveryStore]]


class DeliveryWorker:
    """Keeps delivery copies up to date until cancelled; `wake` after each ingest."""

    def __init__(
        self,
        stores: Stores,
        blobs: BlobPaths,
        folder: DeliveryFolder,
        pool: ProcessPool,
        clock: Callable[[], datetime],
    ) -> None:
        self._stores = stores
        self._blobs = blobs
        self._folder = folder
        self._pool = pool
        self._clock = clock
        self._woken = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._alone = False

    def wake(self) -> None:
        """Something arrived."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                self._woken.clear()
                open_ends = await self.step()
                await asyncio.sleep(_BREATH_SECONDS)
                await self._pause(_DEBOUNCE_SECONDS if open_ends else _IDLE_SECONDS)
        finally:
            for task in set(self._running.values()):
                task.cancel()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def step(self) -> bool:
        """Start what is waiting, publish what is due; whether anything is left to come."""
        async with self._stores() as store:
            jobs = await self._claimed(store)
            series = await store.unpublished()
        self._start(jobs)
        now = self._clock()
        for progress in series:
            if is_due(progress, now):
                await self._publish(progress)
        return bool(series or self._running)

    async def settle(self) -> None:
        """Work until nothing waits: for tests and for seeding, publication without debounce."""
        while True:
            await self._start_jobs()
            if self._running:
                await asyncio.wait(set(self._running.values()))
                continue
            async with self._stores() as store:
                series = await store.unpublished()
            if not series:
                return
            for progress in series:
                await self._publish(progress)

    async def _start_jobs(self) -> None:
        async with self._stores() as store:
            jobs = await self._claimed(store)
        self._start(jobs)

    async def _claimed(self, store: DeliveryStore) -> list[DeliveryJob]:
        busy = set(self._running.values())
        room = 2 * self._pool.processes - len(busy)
        if room <= 0 or self._alone:
            return []
        jobs = await store.claim(room * _TOGETHER, list(self._running))
        if not jobs and not busy:
            # One at a time: the next crash then names its culprit.
            jobs = await store.claim(1, [], suspects=True)
            self._alone = bool(jobs)
        return jobs

    def _start(self, jobs: Sequence[DeliveryJob]) -> None:
        for some in _portions(jobs):
            task = asyncio.create_task(self._derive(some))
            self._running.update((job.instance_id, task) for job in some)
            task.add_done_callback(partial(self._done, some))

    def _done(self, jobs: Sequence[DeliveryJob], task: asyncio.Task[None]) -> None:
        for job in jobs:
            self._running.pop(job.instance_id, None)
        self._alone = False
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            ids = [str(job.instance_id) for job in jobs]
            log.error("delivery job broke off instance_ids=%s", ids, exc_info=error)

    async def _derive(self, jobs: Sequence[DeliveryJob]) -> None:
        outcomes: dict[tuple[str, str], list[UUID]] = defaultdict(list)
        for job, outcome in zip(jobs, await self._outcomes(jobs), strict=True):
            outcomes[outcome].append(job.instance_id)
        async with self._stores() as store:
            for (delivery, reason), instances in outcomes.items():
                await store.settle(instances, delivery, reason)
        for (delivery, reason), instances in outcomes.items():
            if delivery == "failed":
                await asyncio.to_thread(self._folder.forget, instances)
                for each in instances:
                    log.warning("image not derived instance_id=%s reason=%s", each, reason)

    async def _outcomes(self, jobs: Sequence[DeliveryJob]) -> list[tuple[str, str]]:
        """(delivery, reason) of each."""
        found: dict[UUID, tuple[str, str]] = {}
        files = []
        for job in jobs:
            if job.attempts > ATTEMPTS_MAX:
                found[job.instance_id] = "failed", "decoder-crashed"
                continue
            try:
                source = await asyncio.to_thread(self._blobs.path, job.sha256)
            except FileNotFoundError:
                found[job.instance_id] = "failed", "bytes-missing"
            else:
                files.append((job.instance_id, source, self._folder.stem(job.instance_id)))
        try:
            pairs = [(source, stem) for _, source, stem in files]
            results = await self._pool.run(JOB_SECONDS_MAX, transcode_all, pairs) if pairs else []
        except ProcessCrashed:
            return [found.get(job.instance_id, ("waiting", "")) for job in jobs]
        for (instance_id, _, _), result in zip(files, results, strict=True):
            found[instance_id] = _settled(result)
        return [found[job.instance_id] for job in jobs]

    async def _publish(self, series: SeriesProgress) -> None:
        async with self._stores() as store:
            instances = list(await store.derived(series.series_id))
        try:
            images = await asyncio.to_thread(
                self._folder.publish, series.series_id, series.generation, instances
            )
        except DerivedLost as lost:
            async with self._stores() as store:
                await store.settle([lost.instance_id], "waiting")
            return
        size = sum(image["length"] for image in images)
        generation = series.generation + 1
        async with self._stores() as store:
            await store.publish(series.series_id, generation, len(images), size, instances)
        await asyncio.to_thread(self._folder.forget, instances)


def _settled(result: Derived | Refusal) -> tuple[str, str]:
    if isinstance(result, Refusal):
        return "failed", f"{result.reason}: {result.detail}" if result.detail else result.reason
    return "derived", ""


def _portions(jobs: Sequence[DeliveryJob]) -> Iterator[list[DeliveryJob]]:
    """What goes to a process in one trip; those tried before are claimed one by one."""
    some: list[DeliveryJob] = []
    for job in jobs:
        size = job.size + sum(each.size for each in some)
        if some and (len(some) == _TOGETHER or size > _TOGETHER_BYTES):
            yield some
            some = []
        some.append(job)
    if some:
        yield some
