"""Reads headers apart from the web process; a file that crashes its reader harms only itself."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from viewer.gathering import Gathering
from viewer.header import Read, read_headers
from viewer.pool import ProcessCrashed, ProcessPool
from viewer.study import Refusal

READ_SECONDS_MAX: Final = 60
_READ_AT_ONCE: Final = 8


class HeaderReaders:
    """Some pools of one process each, so that a crash ends one batch and no other.

    A batch that crashed is read again file by file.
    """

    def __init__(self, pools: Sequence[ProcessPool], bulk_root: str) -> None:
        self._pools = pools
        self._idle = list(pools)
        self._bulk_root = bulk_root
        self._unread = Gathering(self._read_together, _READ_AT_ONCE, len(pools))

    async def read(self, path: Path) -> Read:
        """A file's header, or why it is refused."""
        return await self._unread.put(path)

    async def close(self) -> None:
        """End the processes."""
        for pool in self._pools:
            await asyncio.to_thread(pool.close)

    async def _read_together(self, paths: Sequence[Path]) -> Sequence[Read]:
        pool = self._idle.pop()
        try:
            return await self._read(pool, paths)
        except ProcessCrashed:
            return [await self._read_alone(pool, path) for path in paths]
        finally:
            self._idle.append(pool)

    async def _read_alone(self, pool: ProcessPool, path: Path) -> Read:
        for _ in range(2):
            try:
                return (await self._read(pool, [path]))[0]
            except ProcessCrashed:
                continue
        return Refusal("unreadable", "reader crashed")

    async def _read(self, pool: ProcessPool, paths: Sequence[Path]) -> Sequence[Read]:
        return await pool.run(READ_SECONDS_MAX, read_headers, paths, self._bulk_root)
