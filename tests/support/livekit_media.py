"""The other engine for tests of the media protocol: livekit-server, and our page beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from signaling.workers import Workers
from tests.support.livekit_server import LiveKit, livekit_server
from tests.support.media import KEY, SECRET, MediaServer, page_routes, until


@dataclass
class LiveKitMedia(MediaServer):
    """As MediaServer, but joins and RoomService go to livekit-server."""

    engine: LiveKit = field(default_factory=lambda: LiveKit(0, 0))

    @property
    def http(self) -> str:
        return self.engine.http

    @property
    def ws(self) -> str:
        return self.engine.ws

    @property
    def pages(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def livekit_media(folder: Path, redis: str = "", **rtc: Any) -> AsyncIterator[LiveKitMedia]:
    """A livekit-server that tells its webhooks to us; `rtc` changes that part of its settings."""
    hooks: list[tuple[str, bytes]] = []
    listening = uvicorn.Config(Starlette(), host="127.0.0.1", port=0).bind_socket()
    port = listening.getsockname()[1]
    web = uvicorn.Server(uvicorn.Config(Starlette(routes=page_routes(hooks)), log_level="warning"))
    serving = asyncio.create_task(web.serve(sockets=[listening]))

    async def started() -> bool:
        return web.started

    await until(started, "the web server")
    hook = f"http://127.0.0.1:{port}/hook"
    try:
        with livekit_server(folder, {KEY: SECRET}, webhook=hook, redis=redis, **rtc) as engine:
            yield LiveKitMedia(port, Workers(()), (), hooks, engine=engine)
    finally:
        web.should_exit = True
        await serving
