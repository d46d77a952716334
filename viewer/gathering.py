"""Group commit: what comes while a batch is being worked on makes up the next batch."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathering(Generic[Item, Result]):
    """Hands items to `work` in batches of at most `most`, in their order, `at_once` at a time.

    Nothing waits for company: an item goes at once if fewer batches are on their way. A batch that
    fails is tried again item by item, so that an error reaches only who caused it; `work` must bear
    being repeated.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        most: int,
        at_once: int = 1,
    ) -> None:
        self._work = work
        self._most = most
        self._at_once = at_once
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._working = 0

    async def put(self, item: Item) -> Result:
        """The item's result. Work goes on when the caller is cancelled: others share it."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._workers) < self._at_once:
            worker = asyncio.create_task(self._run())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await future

    async def _run(self) -> None:
        while self._waiting:
            # What came at the same moment is shared out.
            share = math.ceil(len(self._waiting) / (self._at_once - self._working))
            batch = [self._waiting.popleft() for _ in range(min(self._most, share))]
            self._working += 1
            try:
                await self._give_out(batch)
            finally:
                self._working -= 1

    async def _give_out(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        if await self._attempt(batch) is not None:
            for one in batch:
                if (error := await self._attempt([one])) and not one[1].done():
                    one[1].set_exception(error)

    async def _attempt(
        self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]
    ) -> BaseException | None:
        """Give out the results of a batch, or say why there are none."""
        work = self._work([item for item, _ in batch])
        (results,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(results, BaseException):
            return results
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
        return None
