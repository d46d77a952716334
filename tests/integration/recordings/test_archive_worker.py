"""The worker over a real ledger: whatever breaks when, each file arrives and is proven once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.archive_step import LEASE, LONGEST_DELAY_SECONDS, SinkKind, StepState, Trouble
from recordings.errors import DeliveryFailed
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.logs import JsonLines
from tests.support.archive import (
    Clock,
    Shelf,
    ShelfSink,
    close_a_case,
    steps_of,
    wall_clock,
    worker_over,
)
from tests.support.databases import make_tables


class PowerCut(BaseException):
    """The process is gone: nothing after this line runs."""


def trouble(script: list[str]) -> Callable[[str], None]:
    """What happens at the n-th call of the sink: nothing, an outage, a bug, or the end."""
    calls = iter(script)

    def before(what: str) -> None:
        match next(calls, "well"):
            case "outage":
                raise DeliveryFailed("unreachable", what)
            case "bug":
                raise ZeroDivisionError(what)
            case "power cut":
                raise PowerCut

    return before


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["well", "well", "outage", "bug", "power cut"]), max_size=24))
def test_ar30_crashed_at_any_call_everything_arrives_once_and_in_order(script: list[str]) -> None:
    asyncio.run(drill(script))


async def drill(script: list[str]) -> None:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/ledger.sqlite3")
        await make_tables(database)
        blobs = FolderBlobs(Path(folder) / "blobs")
        case_id = await close_a_case(database, blobs, [SinkKind.FOLDER])
        clock, shelf = Clock(), Shelf({}, [])
        sinks = {SinkKind.FOLDER: ShelfSink(shelf, trouble(script))}
        for _ in range(200):
            worker = worker_over(database, blobs, sinks, clock)
            try:
                worked = await worker.work_once()
            except PowerCut:
                worked = True
            steps = await steps_of(database, case_id)
            if all(one.state is StepState.VERIFIED for one in steps):
                break
            if not worked:
                clock.pass_by(timedelta(seconds=LONGEST_DELAY_SECONDS))
            clock.pass_by(LEASE / 7)
        steps = sorted(await steps_of(database, case_id), key=lambda one: one.order)
        await database.close()
        assert [one.state for one in steps] == [StepState.VERIFIED] * len(steps)
        names = [file.name for one in steps for file in one.files]
        assert [name.rsplit("/", 1)[1] for name in shelf.arrivals] == names
        assert list(shelf.held.values()) == [file.sha256 for one in steps for file in one.files]


async def test_ar30_what_nobody_foresaw_is_told_by_its_class_alone(
    sqlite: Database, blobs: FolderBlobs, caplog: pytest.LogCaptureFixture
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.FHIR])

    def breaks(_what: str) -> None:
        raise ZeroDivisionError("Lường Văn Thử")

    sinks = {SinkKind.FHIR: ShelfSink(Shelf({}, []), breaks)}
    assert await worker_over(sqlite, blobs, sinks, Clock()).work_once()
    [step] = await steps_of(sqlite, case_id)
    assert step.trouble == Trouble("unexpected", "ZeroDivisionError")
    lines = [JsonLines().format(record) for record in caplog.records]
    assert any(f"archive step broke step_id={step.id} error=ZeroDivisionError" in s for s in lines)
    assert not any("Lường" in line for line in lines)


async def test_ar31_a_worker_that_is_told_to_stop_lets_go_at_once(
    sqlite: Database, blobs: FolderBlobs
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.FHIR], closed_at=wall_clock())
    sending, stop = asyncio.Event(), asyncio.Event()

    class SlowSink(ShelfSink):
        async def send(self, parcel: object) -> dict[str, object]:
            sending.set()
            await asyncio.Event().wait()
            return {}

    worker = worker_over(sqlite, blobs, {SinkKind.FHIR: SlowSink(Shelf({}, []))})
    running = asyncio.create_task(worker.run(stop))
    await sending.wait()
    stop.set()
    await asyncio.wait_for(running, 30)
    [step] = await steps_of(sqlite, case_id)
    assert (step.state, step.claim) == (StepState.PLANNED, None)


async def test_ar32_a_sink_that_is_not_configured_waits_in_sight(
    sqlite: Database, blobs: FolderBlobs
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.PACS])
    assert await worker_over(sqlite, blobs, {}, Clock()).work_once()
    first = min(await steps_of(sqlite, case_id), key=lambda one: one.order)
    assert first.state is StepState.PLANNED
    assert first.trouble is not None
    assert first.trouble.slug == "sink-not-configured"


async def test_ar33_a_snapshot_that_is_gone_needs_a_person(
    sqlite: Database, blobs: FolderBlobs
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.FHIR])
    [step] = await steps_of(sqlite, case_id)
    blobs.delete(step.snapshot_sha256)
    sinks = {SinkKind.FHIR: ShelfSink(Shelf({}, []))}
    assert await worker_over(sqlite, blobs, sinks, Clock()).work_once()
    [step] = await steps_of(sqlite, case_id)
    assert step.state is StepState.NEEDS_PERSON
    assert step.trouble is not None
    assert step.trouble.slug == "snapshot-missing"
