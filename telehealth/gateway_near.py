"""A gateway's shelf: the week's packs, closed, fetched once and given to the hospital's browsers.

What lies here says nothing to who reads it: the keys are the server's, and given by it to whoever
may see the images. So the door to the hospital's network asks nobody who he is.
"""

import asyncio
import contextlib
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from viewer.near import TAG_BYTES, piece_length, pieces

_LOOK_SECONDS: Final = 60.0
_AGAIN_SECONDS: Final = 15.0
_ROOM_LEFT_BYTES: Final = 1 << 30  # for images on their way to the server

log = logging.getLogger(__name__)


@dataclass
class NearShelf:
    """The folder: a pack's pieces by number. One that is not as long as it should be is none."""

    folder: Path

    def has(self, pack_id: UUID, number: int, total: int) -> bool:
        """Whether a piece of a pack of `total` bytes is here."""
        try:
            size = self.path(pack_id, number).stat().st_size
        except FileNotFoundError:
            return False
        return size == piece_length(total, number) + TAG_BYTES

    def path(self, pack_id: UUID, number: int) -> Path:
        """Where it is, or will be."""
        return self.folder / str(pack_id) / str(number)

    def missing(self, pack_id: UUID, total: int) -> list[int]:
        """Numbers of the pieces that are not here."""
        return [n for n in range(pieces(total)) if not self.has(pack_id, n, total)]

    def put(self, pack_id: UUID, number: int, closed: bytes) -> None:
        """Whole or not at all, also after a power loss."""
        path = self.path(pack_id, number)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(closed)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def keep_only(self, wanted: Mapping[UUID, int]) -> None:
        """Let all else go: its session is over."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {str(pack_id) for pack_id in wanted}
        for folder in self.folder.iterdir():
            if folder.name not in names:
                shutil.rmtree(folder)

    def free_bytes(self) -> int:
        """Room on the disk beyond what stays for images on their way."""
        return shutil.disk_usage(self.folder).free - _ROOM_LEFT_BYTES


@dataclass
class NearFetching:
    """Fetches what the hospital will need, the next session's first, while nothing is to be sent.

    `address` is told to browsers, `limit_bytes` bounds the shelf, `rest` keeps the hour's rate.
    """

    shelf: NearShelf
    client: httpx.AsyncClient
    address: str
    limit_bytes: int
    is_busy: Callable[[], Awaitable[bool]]
    rest: Callable[[int, float], Awaitable[None]]
    whole: dict[UUID, int] = field(default_factory=dict)
    wanted: int = 0
    trouble: str = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            wait = await self.turn(stop)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)

    async def turn(self, stop: asyncio.Event) -> float:
        """Bring the shelf up to what is wanted now; how long to rest then, in seconds."""
        try:
            answer = await self.client.get("/api/gateway/packs")
            answer.raise_for_status()
            items = answer.json()["items"]
            every = {UUID(each["pack_id"]): int(each["bytes"]) for each in items}
            return await self._bring(every, stop)
        except (httpx.HTTPError, OSError) as error:
            # Browsers go on with what is here, and with the server.
            log.warning("gateway cannot fetch packs error=%s", type(error).__name__)
            return _AGAIN_SECONDS

    def told(self) -> dict[str, object]:
        """For the sign of life."""
        packs = [{"pack_id": str(key), "bytes": size} for key, size in self.whole.items()]
        return {"address": self.address, "packs": packs}

    async def _bring(self, every: Mapping[UUID, int], stop: asyncio.Event) -> float:
        """Images on their way to the server go first."""
        fitting = self._fitting(every)
        self.wanted = len(every)
        await asyncio.to_thread(self.shelf.keep_only, fitting)
        self.whole = {key: size for key, size in self.whole.items() if fitting.get(key) == size}
        for pack_id, total in fitting.items():
            for number in await asyncio.to_thread(self.shelf.missing, pack_id, total):
                if stop.is_set() or await self.is_busy():
                    return _AGAIN_SECONDS
                if not await self._fetch(pack_id, number, total):
                    return _LOOK_SECONDS
            self.whole[pack_id] = total
        return _LOOK_SECONDS

    def _fitting(self, every: Mapping[UUID, int]) -> dict[UUID, int]:
        """As many as the shelf may hold, by the order of need."""
        fitting, held = dict[UUID, int](), 0
        for pack_id, total in every.items():
            held += total + TAG_BYTES * pieces(total)
            if held > self.limit_bytes:
                self.trouble = "near-full"
                return fitting
            fitting[pack_id] = total
        self.trouble = ""
        return fitting

    async def _fetch(self, pack_id: UUID, number: int, total: int) -> bool:
        """False when the disk is too full to go on."""
        length = piece_length(total, number)
        if await asyncio.to_thread(self.shelf.free_bytes) < length:
            self.trouble = "near-full"
            return False
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await self.client.get(f"/api/gateway/packs/{pack_id}/pieces/{number}")
        answer.raise_for_status()
        if len(answer.content) != length + TAG_BYTES:
            raise httpx.DecodingError("a piece of another length", request=answer.request)
        await asyncio.to_thread(self.shelf.put, pack_id, number, answer.content)
        await self.rest(length, loop.time() - began)
        return True


def near_app(shelf: NearShelf, origin: str) -> Starlette:
    """What browsers ask: one address, nothing is listed, one origin's pages may read."""

    async def piece(request: Request) -> Response:
        headers = {
            "Access-Control-Allow-Origin": origin,
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if request.method == "OPTIONS":  # before a page reaches into a private network
            headers |= {"Access-Control-Allow-Private-Network": "true"}
            return Response(status_code=204, headers=headers)
        path = shelf.path(request.path_params["pack"], request.path_params["number"])
        if not await asyncio.to_thread(path.is_file):
            return Response(status_code=404, headers=headers)
        return FileResponse(path, headers=headers, media_type="application/octet-stream")

    route = Route("/near/{pack:uuid}/{number:int}", piece, methods=["GET", "OPTIONS"])
    return Starlette(routes=[route])
