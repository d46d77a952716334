"""Metadata of whole series as one gzip-compressed answer, made once and kept in memory."""

import asyncio
import gzip
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from telehealth.database import Database
from viewer.store import ImageStore, SeriesSummary

_KEPT_BYTES_MAX: Final = 64 << 20
_Key = tuple[tuple[UUID, datetime, int], ...]


class KeptMetadata:
    """DICOM JSON of instances; what a series has changed since is made again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[_Key, bytes] = {}
        self._size = 0

    async def of_series(self, series: Sequence[SeriesSummary]) -> bytes:
        """Every instance of these series: a gzip-compressed JSON list."""
        key = tuple((each.row.id, each.row.changed_at, each.instances) for each in series)
        if key not in self._kept:
            async with self._database.reading() as tx:
                store = ImageStore(tx)
                ids = [i.id for each in series for i in await store.instances(each.row.id)]
            self._keep(key, await self.of_instances(ids))
        return self._kept[key]

    async def of_instances(self, instances: Sequence[UUID]) -> bytes:
        """These instances, in their order."""
        async with self._database.reading() as tx:
            bodies = await ImageStore(tx).metadata(instances)
        return await asyncio.to_thread(_joined, [bodies[each] for each in instances])

    def _keep(self, key: _Key, body: bytes) -> None:
        self._size += len(body)
        while self._kept and self._size > _KEPT_BYTES_MAX:
            self._size -= len(self._kept.pop(next(iter(self._kept))))
        self._kept[key] = body


def _joined(bodies: Iterable[bytes]) -> bytes:
    return gzip.compress(b"[" + b",".join(bodies) + b"]", 6, mtime=0)
