"""The worker that derives and publishes delivery copies; all its state is in the database.

After a crash of a pool process, of this process or of the machine it goes on where it was: jobs are
rows, files are written before rows say so, and every step may run twice.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from viewer.delivery_store import DeliveryJob, DeliveryStore
from viewer.pool import ProcessCrashed, ProcessPool
from viewer.publication import DeliveryFolder, SeriesProgress, is_due
from viewer.study import Refusal
from viewer.transcode import transcode

log = logging.getLogger(__name__)

ATTEMPTS_MAX: Final = 3
JOB_SECONDS_MAX: Final = 600
_IDLE_SECONDS: Final = 10.0
_DEBOUNCE_SECONDS: Final = 0.25


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
                await self._pause(_DEBOUNCE_SECONDS if open_ends else _IDLE_SECONDS)
        finally:
            for task in self._running.values():
                task.cancel()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def step(self) -> bool:
        """Start what is waiting, publish what is due; whether anything is left to come."""
        await self._start_jobs()
        async with self._stores() as store:
            series = await store.unpublished()
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
                await asyncio.wait(self._running.values())
                continue
            async with self._stores() as store:
                series = await store.unpublished()
            if not series:
                return
            for progress in series:
                await self._publish(progress)

    async def _start_jobs(self) -> None:
        room = 2 * self._pool.processes - len(self._running)
        if room <= 0 or self._alone:
            return
        async with self._stores() as store:
            jobs = await store.claim(room, list(self._running))
            if not jobs and not self._running:
                # One at a time: the next crash then names its culprit.
                jobs = await store.claim(1, [], suspects=True)
                self._alone = bool(jobs)
        for job in jobs:
            task = asyncio.create_task(self._derive(job))
            self._running[job.instance_id] = task
            task.add_done_callback(partial(self._done, job.instance_id))

    def _done(self, instance_id: UUID, task: asyncio.Task[None]) -> None:
        self._running.pop(instance_id, None)
        self._alone = False
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery job broke off instance_id=%s", instance_id, exc_info=error)

    async def _derive(self, job: DeliveryJob) -> None:
        delivery, reason = await self._outcome(job)
        async with self._stores() as store:
            await store.settle(job.instance_id, delivery, reason)
        if delivery == "failed":
            await asyncio.to_thread(self._folder.forget, [job.instance_id])
            log.warning("image not derived instance_id=%s reason=%s", job.instance_id, reason)

    async def _outcome(self, job: DeliveryJob) -> tuple[str, str]:
        if job.attempts > ATTEMPTS_MAX:
            return "failed", "decoder-crashed"
        try:
            source = await asyncio.to_thread(self._blobs.path, job.sha256)
            stem = self._folder.stem(job.instance_id)
            result = await self._pool.run(JOB_SECONDS_MAX, transcode, source, stem)
        except FileNotFoundError:
            return "failed", "bytes-missing"
        except ProcessCrashed:
            return "waiting", ""
        if isinstance(result, Refusal):
            return "failed", f"{result.reason}: {result.detail}" if result.detail else result.reason
        return "derived", ""

    async def _publish(self, series: SeriesProgress) -> None:
        async with self._stores() as store:
            instances = list(await store.derived(series.series_id))
            lost = [i for i in instances if not self._folder.has_derived(i)]
            for instance_id in lost:  # a power loss took files that rows already named
                await store.settle(instance_id, "waiting")
        if lost:
            return
        images = await asyncio.to_thread(
            self._folder.publish, series.series_id, series.generation, instances
        )
        size = sum(image["length"] for image in images)
        generation = series.generation + 1
        async with self._stores() as store:
            await store.publish(series.series_id, generation, len(images), size, instances)
        await asyncio.to_thread(self._folder.forget, instances)
