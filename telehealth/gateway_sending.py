"""A gateway's way out: one object after the other, in pieces, outward only, for days if need be."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from telehealth.gateway_near import NearFetching
from viewer.gateway_queue import GatewayQueue, Queued
from viewer.gateway_rules import Rates, Step, step_after, wait_seconds
from viewer.upload import CHUNK_TYPE

PIECE_BYTES: Final = 1 << 20
_IDLE_SECONDS: Final = 1.0
_LIFE_SECONDS: Final = 15.0
_SENT_AGAIN_MAX: Final = 3

log = logging.getLogger(__name__)


class SendingFailed(Exception):
    """Nothing more can be sent now; `trouble` is a slug for people."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass
class Sending:
    """Delivers the queue; its state is what the status page shows."""

    queue: GatewayQueue
    client: httpx.AsyncClient
    rates: Rates
    clock: Callable[[], datetime]
    near: NearFetching | None = None
    trouble: str = ""
    delivered: int = 0
    delivered_at: datetime | None = None
    _failures: int = 0
    _again: dict[str, int] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            wait = await self._turn()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)

    async def tell(self, stop: asyncio.Event) -> None:
        """A sign of life now and then; a server out of reach hears the next one."""
        while not stop.is_set():
            totals = await asyncio.to_thread(self.queue.totals)
            told = {
                "files": totals.files,
                "bytes": totals.bytes,
                "refused": totals.refused,
                "trouble": self.trouble or (self.near.trouble if self.near else ""),
                "near": self.near.told() if self.near else None,
            }
            with contextlib.suppress(httpx.TransportError):
                await self.client.put("/api/gateway/status", json=told)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LIFE_SECONDS)

    async def _turn(self) -> float:
        """Deliver one object, if there is one; how long to rest then, in seconds."""
        queued = await asyncio.to_thread(self.queue.first)
        if queued is None:
            return _IDLE_SECONDS
        try:
            await self._deliver(queued)
        except httpx.TransportError:
            return self._failed("unreachable")
        except SendingFailed as failure:
            return self._failed(failure.trouble)
        self._failures, self.trouble = 0, ""
        return 0.0

    def _failed(self, trouble: str) -> float:
        self._failures += 1
        self.trouble = trouble
        log.warning("gateway cannot deliver trouble=%s failures=%d", trouble, self._failures)
        return wait_seconds(self._failures)

    async def _deliver(self, queued: Queued) -> None:
        offset = await self._received(queued)
        while True:
            answer = await self._send_piece(queued, offset)
            match step_after(answer.status_code):
                case Step.GO_ON:
                    offset = int(answer.headers["upload-offset"])
                case Step.DONE:
                    await self._settle(queued, answer.json())
                    return
                case Step.ASK_AGAIN:
                    offset = await self._received(queued)
                case Step.SEND_AGAIN:
                    offset = await self._begin_again(queued)
                case Step.SET_ASIDE:
                    await asyncio.to_thread(self.queue.set_aside, queued, "too-large")
                    return
                case Step.STOP:
                    raise SendingFailed("revoked")
                case Step.WAIT:
                    raise SendingFailed("server-busy")

    async def _send_piece(self, queued: Queued, offset: int) -> httpx.Response:
        loop = asyncio.get_running_loop()
        body = await asyncio.to_thread(_piece, queued.path, offset)
        began = loop.time()
        answer = await self.client.patch(
            f"/api/gateway/objects/{queued.sha256}",
            content=body,
            headers={
                "Content-Type": CHUNK_TYPE,
                "Upload-Offset": str(offset),
                "Upload-Length": str(queued.size),
            },
        )
        await self.rest(len(body), loop.time() - began)
        return answer

    async def rest(self, moved_bytes: int, took_seconds: float) -> None:
        """So long that the hour's rate is kept."""
        hour = self.clock().astimezone().hour
        await asyncio.sleep(self.rates.pause_seconds(hour, moved_bytes, took_seconds))

    async def is_busy(self) -> bool:
        """Whether something waits to be sent."""
        return await asyncio.to_thread(self.queue.first) is not None

    async def _received(self, queued: Queued) -> int:
        """How much the server has of it; never more than there is."""
        answer = await self.client.head(f"/api/gateway/objects/{queued.sha256}")
        if step_after(answer.status_code) is Step.STOP:
            raise SendingFailed("revoked")
        if answer.status_code != httpx.codes.OK:
            raise SendingFailed("server-busy")
        return min(int(answer.headers.get("upload-offset", 0)), queued.size)

    async def _begin_again(self, queued: Queued) -> int:
        """Other bytes arrived than were sent: after a few times the disk here is to blame."""
        count = self._again[queued.sha256] = self._again.get(queued.sha256, 0) + 1
        if count < _SENT_AGAIN_MAX:
            return 0
        await asyncio.to_thread(self.queue.set_aside, queued, "digest-wrong")
        raise SendingFailed("digest-wrong")

    async def _settle(self, queued: Queued, outcome: dict[str, str]) -> None:
        self._again.pop(queued.sha256, None)
        if outcome.get("state") == "stored":
            await asyncio.to_thread(self.queue.delivered, queued)
        else:
            reason = outcome.get("reason_slug") or "refused"
            log.warning("the server refused an object reason=%s", reason)
            await asyncio.to_thread(self.queue.set_aside, queued, reason)
        self.delivered += 1
        self.delivered_at = self.clock()


def _piece(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PIECE_BYTES)
