"""Group commit: what comes while a batch is being worked on makes up the next batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathering(Generic[Item, Result]):
    """Hands items to `work` in batches of at most `most`, one batch at a time, in their order.

    Nothing waits for company: the first item goes at once. A batch that fails is tried again item
    by item, so that an error reaches only who caused it; `work` must bear being repeated.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], most: int
    ) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> Result:
        """The item's result. Work goes on when the caller is cancelled: others share it."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                count = min(self._most, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(count)]
                if await self._attempt(batch) is not None:
                    for one in batch:
                        if (error := await self._attempt([one])) and not one[1].done():
                            one[1].set_exception(error)
        finally:
            self._worker = None

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
