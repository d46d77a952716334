"""Group commit: who comes meanwhile goes together; an error reaches only who caused it."""

import asyncio
from collections.abc import Sequence

import pytest

from viewer.gathering import Gathering


class Work:
    """Notes its batches; the first waits for the gate, negative numbers fail."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        await self.gate.wait()
        if bad := [item for item in items if item < 0]:
            raise ValueError(bad)
        return [10 * item for item in items]


async def test_the_first_goes_at_once_and_the_rest_in_bounded_batches() -> None:
    work = Work()
    gathering = Gathering(work, 3)
    results = [asyncio.create_task(gathering.put(n)) for n in range(8)]
    first = asyncio.create_task(gathering.put(8))
    work.gate.set()
    assert await asyncio.gather(*results, first) == [10 * n for n in range(9)]
    assert [n for batch in work.batches for n in batch] == list(range(9))
    assert max(map(len, work.batches)) == 3
    assert await gathering.put(9) == 90


async def test_an_error_reaches_only_who_caused_it() -> None:
    work = Work()
    work.gate.set()
    gathering = Gathering(work, 10)
    results = await asyncio.gather(*(gathering.put(n) for n in (1, -2, 3)), return_exceptions=True)
    assert (results[0], results[2]) == (10, 30)
    assert isinstance(results[1], ValueError)


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    work = Work()
    gathering = Gathering(work, 10)
    leaving, staying = (asyncio.create_task(gathering.put(n)) for n in (1, 2))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    work.gate.set()
    assert await staying == 20


async def test_several_batches_go_at_once_and_share_what_came_together() -> None:
    work = Work()
    gathering = Gathering(work, 3, at_once=2)
    results = [asyncio.create_task(gathering.put(n)) for n in range(4)]
    later = [asyncio.create_task(gathering.put(n)) for n in range(4, 9)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(work.batches) == 2
    work.gate.set()
    assert await asyncio.gather(*results, *later) == [10 * n for n in range(9)]
    assert sorted(n for batch in work.batches for n in batch) == list(range(9))
    assert max(map(len, work.batches)) == 3
    assert await gathering.put(9) == 90
