"""The ledger (docs/archive.md, AR-10 to AR-24); tests/peers tries it on PostgreSQL too."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from recordings import archive_step as life
from recordings.archive_plan import ClosedCase, plan
from recordings.archive_step import LEASE, ArchiveStep, SinkKind, StepState
from recordings.archive_store import ArchiveStore
from recordings.errors import DeliveryFailed, DeliveryRefused, StepNotFound
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.archive import Clock, close_a_case, steps_of

FAILURE = DeliveryFailed("unreachable", "no answer")


async def claim(database: Database, clock: Clock, owner: str) -> ArchiveStep | None:
    async with database.transaction() as tx:
        return await ArchiveStore(tx).claim(owner, clock())


async def keep(database: Database, step: ArchiveStep, owner: str | None) -> bool:
    async with database.transaction() as tx:
        return await ArchiveStore(tx).keep(step, owner)


async def test_ar10_a_plan_stands_or_falls_with_its_transaction(
    database: Database, blobs: FolderBlobs
) -> None:
    case_id = await close_a_case(database, blobs, list(SinkKind))
    steps = await steps_of(database, case_id)
    assert {one.state for one in steps} == {StepState.PLANNED}
    broken = plan_again(steps)

    async def closing_that_breaks() -> None:
        async with database.transaction() as tx:
            await ArchiveStore(tx).add(broken)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await closing_that_breaks()
    assert not await steps_of(database, broken[0].case_id)


def plan_again(steps: list[ArchiveStep]) -> tuple[ArchiveStep, ...]:
    first = steps[0]
    return plan(
        ClosedCase(UUID(int=77), first.facility_id, 1, first.planned_at, "cd" * 32),
        list(SinkKind),
    )


async def test_ar11_many_workers_never_share_a_step_or_a_lane(
    database: Database, blobs: FolderBlobs
) -> None:
    for _ in range(3):
        await close_a_case(database, blobs, list(SinkKind))
    clock = Clock()
    taken = await asyncio.gather(*(claim(database, clock, f"w{n}") for n in range(8)))
    steps = [one for one in taken if one]
    assert len({one.id for one in steps}) == len(steps)
    assert len({one.lane for one in steps}) == len(steps)
    while more := await claim(database, clock, f"w{len(steps)}"):
        steps.append(more)
    assert len(steps) == 3  # three lanes: folder, PACS and FHIR of one hospital


async def test_ar12_a_lane_takes_the_steps_of_a_case_in_order(
    database: Database, blobs: FolderBlobs
) -> None:
    case_id = await close_a_case(database, blobs, [SinkKind.FOLDER])
    clock = Clock()
    orders = []
    while step := await claim(database, clock, "w"):
        orders.append(step.order)
        step = life.sent(step, {}, clock())
        assert await keep(database, life.verified(step, {}, clock()), "w")
    assert orders == list(range(len(await steps_of(database, case_id))))


async def test_ar12_a_failed_step_holds_back_the_later_ones_of_its_case_only(
    database: Database, blobs: FolderBlobs
) -> None:
    clock = Clock()
    early = await close_a_case(database, blobs, [SinkKind.PACS])
    late = await close_a_case(
        database, blobs, [SinkKind.PACS], closed_at=clock() - timedelta(minutes=1)
    )
    first = await claim(database, clock, "w")
    assert first is not None
    await keep(database, life.failed(first, FAILURE, clock(), 0.0), "w")
    following = await claim(database, clock, "w")
    assert following is not None
    assert first.case_id == early
    assert following.case_id == late


async def test_ar13_what_needs_a_person_lets_others_pass_but_not_what_needs_it(
    database: Database, blobs: FolderBlobs
) -> None:
    await close_a_case(database, blobs, [SinkKind.FOLDER])
    clock = Clock()
    first = await claim(database, clock, "w")
    assert first is not None
    await keep(database, life.refused(first, DeliveryRefused("refused", "422")), "w")
    kinds = []
    while step := await claim(database, clock, "w"):
        kinds.append(step.kind)
        await keep(database, life.verified(life.sent(step, {}, clock()), {}, clock()), "w")
    assert "marks" in kinds
    assert "bundle" not in kinds


async def test_ar14_a_dead_workers_step_is_taken_over_and_the_dead_cannot_write(
    database: Database, blobs: FolderBlobs
) -> None:
    case_id = await close_a_case(database, blobs, [SinkKind.FHIR])
    clock = Clock()
    first = await claim(database, clock, "dead")
    assert first is not None
    assert await claim(database, clock, "other") is None
    clock.pass_by(LEASE + timedelta(seconds=1))
    second = await claim(database, clock, "other")
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 2)
    assert not await keep(database, life.sent(first, {"by": "dead"}, clock()), "dead")
    async with database.transaction() as tx:
        assert not await ArchiveStore(tx).renew(first.id, "dead", clock() + LEASE)
        assert await ArchiveStore(tx).renew(first.id, "other", clock() + LEASE)
    [step] = await steps_of(database, case_id)
    assert (step.state, step.receipt) == (StepState.SENDING, {})


async def test_ar15_a_sent_step_is_claimed_for_its_proof_only(
    database: Database, blobs: FolderBlobs
) -> None:
    await close_a_case(database, blobs, [SinkKind.FHIR])
    clock = Clock()
    step = await claim(database, clock, "w")
    assert step is not None
    step = life.sent(step, {"status": 200}, clock())
    await keep(database, step, "w")
    clock.pass_by(LEASE + timedelta(seconds=1))
    again = await claim(database, clock, "v")
    assert again is not None
    assert (again.state, again.receipt, again.sent_at) == (
        StepState.SENT,
        {"status": 200},
        step.sent_at,
    )


async def test_a_step_comes_back_as_it_was_kept(database: Database, blobs: FolderBlobs) -> None:
    case_id = await close_a_case(database, blobs, [SinkKind.FOLDER])
    clock = Clock()
    step = await claim(database, clock, "w")
    assert step is not None
    kept = life.failed(step, DeliveryFailed("busy", "503"), clock(), 0.25)
    await keep(database, kept, "w")
    async with database.reading() as tx:
        store = ArchiveStore(tx)
        assert await store.get(step.id) == kept
        assert len(await store.in_states((StepState.PLANNED,), kept.facility_id, 50)) == len(
            await store.of_case(case_id)
        )
        assert not await store.in_states((), UUID(int=404), 50)
        with pytest.raises(StepNotFound):
            await store.get(life.StepId(UUID(int=404)))
