"""A media server on loopback (real worker processes, real uvicorn) and pages that join it."""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableSequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import uvicorn
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from signaling.grant import Grant, write_token
from signaling.workers import Workers
from telehealth.api.rtc import rtc_routes
from telehealth.processes import Child, keep_running

KEY, SECRET, ROOM = "test-key", "a-secret-of-at-least-thirty-two-bytes", "conference"
_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "tests/support/media_page.html"
_CLIENT = _ROOT / "node_modules/livekit-client/dist/livekit-client.umd.js"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]


@dataclass
class MediaServer:
    """A running server and how to talk to it."""

    port: int
    workers: Workers
    sockets: tuple[Path, ...]
    hooks: MutableSequence[tuple[str, bytes]] = field(default_factory=list)  # signature, body
    host: str = "127.0.0.1"

    @property
    def http(self) -> str:
        """Base address."""
        return f"http://{self.host}:{self.port}"

    @property
    def pages(self) -> str:
        """Where the page and the client's code are."""
        return self.http

    @property
    def ws(self) -> str:
        """Base address of signal connections."""
        return f"ws://{self.host}:{self.port}"

    def token(self, identity: str, **rights: Any) -> str:
        """A token; by default for joining the conference."""
        grant = Grant(
            **{"identity": identity, "name": identity, "room": ROOM, "room_join": True} | rights
        )
        return write_token(grant, KEY, SECRET, datetime.now(UTC), timedelta(minutes=10))


async def _page(request: Request) -> Response:
    return FileResponse(_PAGE)


async def _client(request: Request) -> Response:
    return FileResponse(_CLIENT)


def page_routes(hooks: MutableSequence[tuple[str, bytes]]) -> list[Route]:
    """The page, the client's code, and a receiver of webhooks."""

    async def hook(request: Request) -> Response:
        hooks.append((request.headers["authorization"], await request.body()))
        return Response()

    return [
        Route("/", _page),
        Route("/hook", hook, methods=["POST"]),
        Route("/livekit-client.umd.js", _client),
    ]


@asynccontextmanager
async def media_server(
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    workers: int = 2,
    worker: Mapping[str, Any] = MappingProxyType({}),
    hooks_kept: int | None = None,
) -> AsyncIterator[MediaServer]:
    """Workers behind one web server; `worker` changes what they are told."""
    hooks = deque[tuple[str, bytes]](maxlen=hooks_kept)
    listening = uvicorn.Config(Starlette(), host=host, port=port).bind_socket()
    port = listening.getsockname()[1]
    config = {
        "keys": {KEY: SECRET},
        "addresses": [{"bind": host, "advertise": host}],
        "webhook_urls": [f"http://{host}:{port}/hook"],
        **worker,
    }
    sockets = tuple(folder / f"run/media-{number}.sock" for number in range(workers))
    told, stop = json.dumps(config).encode() + b"\n", asyncio.Event()
    children = [Child(p.stem, ("signaling.worker", "--socket", str(p)), told=told) for p in sockets]
    keeping = asyncio.create_task(keep_running(children, stop))
    doors = Workers(sockets)
    app = Starlette(routes=[*rtc_routes(doors), *page_routes(hooks)])
    web = uvicorn.Server(uvicorn.Config(app, ws="wsproto", log_level="warning"))
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    await until(_flag(web), "the web server")
    await until(_answers(doors), "the media workers")
    yield MediaServer(port, doors, sockets, hooks, host)
    stop.set()
    await keeping
    web.should_exit = True
    await serving


def _answers(workers: Workers) -> Callable[[], Awaitable[bool]]:
    async def answered() -> bool:
        return all(reply.status == 200 for reply in await workers.stats())

    return answered


def process_behind(path: Path) -> int:
    """The id of the process that listens on a Unix socket (unix(7), SO_PEERCRED)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.connect(str(path))
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("iII", credentials)[0])


def _flag(web: uvicorn.Server) -> Callable[[], Awaitable[bool]]:
    async def started() -> bool:
        return web.started

    return started


async def join(
    server: MediaServer,
    browser: Browser,
    identity: str,
    *,
    devices: bool = True,
    options: dict[str, Any] | None = None,
    **rights: Any,
) -> Page:
    """A page of its own that has joined the conference."""
    return await enter(
        server, browser, server.ws, server.token(identity, **rights), options, devices=devices
    )


async def enter(
    server: MediaServer,
    browser: Browser,
    url: str,
    token: str,
    options: dict[str, Any] | None = None,
    *,
    devices: bool = True,
) -> Page:
    """A page of its own that has entered a room at this address with this token."""
    page = await (await browser.new_context()).new_page()
    await page.goto(server.pages)
    await page.evaluate(
        "([url, token, options, devices]) => enter(url, token, options, devices)",
        [url, token, options or {}, devices],
    )
    return page


async def until(question: Callable[[], Awaitable[bool]], what: str, seconds: float = 60) -> None:
    """Waits for a condition in the outside world, or fails naming it."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await question():
        assert asyncio.get_running_loop().time() < deadline, f"{what} within {seconds} s"
        await asyncio.sleep(0.1)


async def sees(page: Page, other: str, frames: int = 8) -> None:
    """Waits until `page` has decoded more of the other's video and heard their audio."""
    await media_grows(page, f"{other} video", "decoded", frames)
    await media_grows(page, f"{other} audio", "energy", 0.001)


async def told(page: Page, words: str, seconds: float = 60) -> None:
    """Waits until the page's room reported an event."""

    async def reported() -> bool:
        return any(line.startswith(words) for line in await page.evaluate("seen"))

    await until(reported, f"event {words!r}", seconds)


async def media_grows(page: Page, name: str, field_name: str = "packets", by: float = 8) -> None:
    """Waits until a counter of one incoming track ("carol audio") grew."""
    start = float("inf")

    async def grew() -> bool:
        nonlocal start
        now: dict[str, dict[str, float]] = await page.evaluate("stats()")
        count = now.get(name, {}).get(field_name, 0)
        start = min(start, count)  # a new track, after a reconnect, counts from nought
        return count >= start + by

    await until(grew, f"{field_name} of {name} growing by {by}")
