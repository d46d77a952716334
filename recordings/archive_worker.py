"""Works the archive ledger: claim a step, build its files once, send, read back, finish."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from recordings import archive_step as life
from recordings.archive_build import Siblings, build_files
from recordings.archive_snapshot import ArchiveSnapshot, snapshot_of
from recordings.archive_step import LEASE, ArchiveStep, Claim, SinkKind, StepId, StepState
from recordings.errors import DeliveryAbsent, DeliveryFailed, DeliveryRefused
from recordings.sinks.sink import Parcel, Payloads, Sink

log = logging.getLogger(__name__)

RENEW_EVERY_SECONDS = LEASE.total_seconds() / 3
IDLE_SECONDS = 1.0


class Ledger(Protocol):
    """The part of ArchiveStore the worker uses, within one transaction."""

    async def claim(self, owner: str, now: datetime) -> ArchiveStep | None:
        """Take a step."""

    async def renew(self, step_id: StepId, owner: str, until: datetime) -> bool:
        """Keep holding it."""

    async def keep(self, step: ArchiveStep, owner: str | None) -> bool:
        """Write what became of it, if still held."""

    async def get(self, step_id: StepId) -> ArchiveStep:
        """Any step."""


class LeaseLost(Exception):
    """Another worker holds the step now: whatever is left to do here is void."""


@dataclass(frozen=True)
class Bench:
    """What a worker works with; `ledger()` opens one writing transaction."""

    ledger: Callable[[], AbstractAsyncContextManager[Ledger]]
    sinks: Mapping[SinkKind, Sink]
    payloads: Payloads
    clock: Callable[[], datetime]
    jitter: Callable[[], float]


class ArchiveWorker:
    """One worker; several may run, in one process or many. `owner` is unique to each."""

    def __init__(self, bench: Bench, owner: str) -> None:
        self._bench = bench
        self._owner = owner

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; the step at hand is let go at once, nothing is half told."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                working = asyncio.ensure_future(self.work_once())
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not working.done():
                    working.cancel()
                    await asyncio.wait({working})
                elif not working.result():
                    await asyncio.wait({stopping}, timeout=IDLE_SECONDS)
        finally:
            stopping.cancel()

    async def work_once(self) -> bool:
        """Take one step and bring it as far as it goes; False when none is due."""
        async with self._bench.ledger() as ledger:
            step = await ledger.claim(self._owner, self._bench.clock())
        if step is None:
            return False
        holding = asyncio.ensure_future(self._hold(step.id))
        performing = asyncio.ensure_future(self._perform(step))
        try:
            await asyncio.wait({holding, performing}, return_when=asyncio.FIRST_COMPLETED)
            if performing.done():
                await self._ended(step.id, performing)
        finally:
            holding.cancel()
            if not performing.done():
                performing.cancel()
                await asyncio.wait({performing})
        return True

    async def _hold(self, step_id: StepId) -> None:
        """Renew the lease until told to stop; returns when it is lost."""
        held = True
        while held:
            await asyncio.sleep(RENEW_EVERY_SECONDS)
            async with self._bench.ledger() as ledger:
                held = await ledger.renew(step_id, self._owner, self._bench.clock() + LEASE)

    async def _perform(self, step: ArchiveStep) -> None:
        try:
            await self._deliver(step)
        except LeaseLost:
            log.warning("archive step taken over step_id=%s", step.id)
        except asyncio.CancelledError:
            async with self._bench.ledger() as ledger:
                now = await ledger.get(step.id)
                if now.claim and now.claim.owner == self._owner:
                    await ledger.keep(life.released(now, self._bench.clock()), self._owner)
            raise

    async def _deliver(self, step: ArchiveStep) -> None:
        """One attempt and its outcome; `step` follows the state, so a failure is told of it."""
        try:
            snapshot = await self._snapshot(step)
            if step.state is StepState.SENDING:
                step = await self._built(step, snapshot)
                parcel = self._parcel(step, snapshot)
                receipt = await self._sink(step).send(parcel)
                step = await self._kept(life.sent(step, receipt, self._bench.clock()))
            proof = await self._sink(step).verify(self._parcel(step, snapshot))
        except DeliveryFailed as failure:
            await self._failed(step, failure)
        except DeliveryRefused as refusal:
            await self._kept(life.refused(step, refusal))
            log.warning("archive step needs a person step_id=%s why=%s", step.id, refusal.slug)
        else:
            await self._kept(life.verified(step, proof, self._bench.clock()))
            log.info("archive step verified step_id=%s sink=%s", step.id, step.sink)

    async def _ended(self, step_id: StepId, performing: asyncio.Future[None]) -> None:
        """A step that broke as nobody foresaw must not stop the lanes of the other hospitals."""
        error = performing.exception()
        if not isinstance(error, Exception):
            performing.result()
            return
        name = type(error).__name__
        log.error("archive step broke step_id=%s error=%s", step_id, name, exc_info=error)
        async with self._bench.ledger() as ledger:
            step = await ledger.get(step_id)
        if step.claim and step.claim.owner == self._owner:
            await self._failed(step, DeliveryFailed("unexpected", name))

    async def _failed(self, step: ArchiveStep, failure: DeliveryFailed) -> None:
        absent = isinstance(failure, DeliveryAbsent)
        now = self._bench.clock()
        await self._kept(life.failed(step, failure, now, self._bench.jitter(), absent))
        log.warning("archive step failed step_id=%s why=%s", step.id, failure.slug)

    async def _built(self, step: ArchiveStep, snapshot: ArchiveSnapshot) -> ArchiveStep:
        """The step with its files, built and kept before the first byte leaves the house."""
        if step.files:
            return step
        siblings: Siblings = {}
        async with self._bench.ledger() as ledger:
            for needed in step.depends_on:
                siblings[needed] = (await ledger.get(needed)).files
        payloads = self._bench.payloads
        files = await asyncio.to_thread(build_files, step, snapshot, payloads, siblings)
        return await self._kept(replace(step, files=files))

    async def _snapshot(self, step: ArchiveStep) -> ArchiveSnapshot:
        try:
            data = await asyncio.to_thread(self._bench.payloads.read, step.snapshot_sha256)
        except FileNotFoundError as error:
            raise DeliveryRefused("snapshot-missing", "the closed case is not stored") from error
        return snapshot_of(data)

    def _sink(self, step: ArchiveStep) -> Sink:
        sink = self._bench.sinks.get(step.sink)
        if sink is None:
            raise DeliveryFailed("sink-not-configured", f"no {step.sink} is configured")
        return sink

    def _parcel(self, step: ArchiveStep, snapshot: ArchiveSnapshot) -> Parcel:
        return Parcel(step.id, snapshot.folder, step.files, self._bench.payloads)

    async def _kept(self, step: ArchiveStep) -> ArchiveStep:
        if step.claim:  # it may have been renewed meanwhile: never write the old end
            step = replace(step, claim=Claim(self._owner, self._bench.clock() + LEASE))
        async with self._bench.ledger() as ledger:
            if not await ledger.keep(step, self._owner):
                raise LeaseLost
        return step
