"""A real Janus (Debian's package) with its videoroom, and members of a room of it.

Janus offers no loopback device to ICE: run under scripts/loopback-only.
"""

import asyncio
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiortc import RTCCertificate
from websockets.asyncio.client import ClientConnection, connect

from tests.support.load_link import Link
from tests.support.load_sdp import Media, answer, offer, remote_of
from tests.support.ports import free_port
from tests.support.processes import running

ROOM = 1234
_FOLDER = Path("/usr/lib/x86_64-linux-gnu/janus")
_CORE = """
general: {{ admin_secret = "x" }}
nat: {{ ice_lite = true  ice_enforce_list = "lb0" }}
media: {{ rtp_port_range = "{low}-{high}" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
loggers: {{ disable = "libjanus_jsonlog.so" }}
"""
_WEBSOCKETS = """
general: {{ ws = true  ws_port = {port}  ws_ip = "127.0.0.1"  json = "compact" }}
"""
_VIDEOROOM = """
room-1234: { publishers = 100  bitrate = 0  fir_freq = 0  audiocodec = "opus"  videocodec = "vp8" }
"""


@dataclass(frozen=True)
class Janus:
    """A running server."""

    port: int
    pid: int


@contextmanager
def janus_server(folder: Path, prefix: tuple[str, ...] = ()) -> Iterator[Janus]:
    """Janus while the block runs, with the WebSocket transport and the videoroom only."""
    port, low = free_port(), 40_000
    configs = folder / "janus"
    configs.mkdir()
    others = [p.name for p in (_FOLDER / "plugins").glob("*.so") if "videoroom" not in p.name]
    ways = [p.name for p in (_FOLDER / "transports").glob("*.so") if "websockets" not in p.name]
    core = _CORE.format(
        low=low, high=low + 4_000, plugins=",".join(others), transports=",".join(ways)
    )
    (configs / "janus.jcfg").write_text(core)
    (configs / "janus.transport.websockets.jcfg").write_text(_WEBSOCKETS.format(port=port))
    (configs / "janus.plugin.videoroom.jcfg").write_text(_VIDEOROOM)
    command = [*prefix, "janus", "-F", str(configs), "--disable-colors", "--debug-level=3"]

    with running(command, lambda: _listens(port), folder / "janus.log") as process:
        yield Janus(port, process.pid)


def _listens(port: int) -> bool:
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A" for row in rows)


class Session:
    """A connection to Janus's API; many handles on one WebSocket."""

    def __init__(self, server: Janus, certificate: RTCCertificate) -> None:
        self._address = f"ws://127.0.0.1:{server.port}"
        self._certificate = certificate
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._up: dict[int, asyncio.Event] = {}  # by handle, once media flows
        self._id = 0
        self.links: list[Link] = []

    async def open(self) -> None:
        """Connects; call first."""
        self._socket: ClientConnection = await connect(
            self._address,
            subprotocols=["janus-protocol"],  # type: ignore[list-item]
            ping_interval=None,
            proxy=None,
        )
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._beat())]
        self._id = (await self._ask({"janus": "create"}))["data"]["id"]

    async def close(self) -> None:
        """Goes, with all its connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._socket.close()
        for link in self.links:
            await link.close()

    async def publish(self, media: Sequence[Media]) -> tuple[Link, int]:
        """A publisher of these sections, and its feed id."""
        handle = await self._attach()
        join = {"request": "join", "ptype": "publisher", "room": ROOM, "display": "p"}
        feed = (await self._say(handle, join))["plugindata"]["data"]["id"]
        link = Link(self._certificate)
        jsep = {"type": "offer", "sdp": offer(link, media, 1, data=False)}
        answered = await self._say(handle, {"request": "publish"}, jsep)
        await self._connect(link, answered["jsep"]["sdp"])
        await asyncio.wait_for(self._up[handle].wait(), 30)  # before, there is no such feed
        return link, int(feed)

    async def subscribe(self, feeds: Sequence[int]) -> Link:
        """A receiver of everything these feeds send."""
        handle = await self._attach()
        streams = [{"feed": feed} for feed in feeds]
        join = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": streams}
        offered = (await self._say(handle, join))["jsep"]["sdp"]
        link = Link(self._certificate)
        jsep = {"type": "answer", "sdp": answer(link, offered)}
        await self._say(handle, {"request": "start"}, jsep)
        await self._connect(link, offered)
        return link

    async def _connect(self, link: Link, described: str) -> None:
        remote = remote_of(described)
        assert remote is not None, described
        await link.connect(remote)
        self.links.append(link)

    async def _attach(self) -> int:
        attached = await self._ask({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        handle = int(attached["data"]["id"])
        self._up[handle] = asyncio.Event()
        return handle

    async def _say(
        self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None
    ) -> dict[str, Any]:
        message: dict[str, Any] = {"janus": "message", "handle_id": handle, "body": body}
        reply = await self._ask(message | ({"jsep": jsep} if jsep else {}))
        assert "error" not in reply["plugindata"]["data"], reply
        return reply

    async def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        transaction = str(next(self._numbers))
        reply = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        extra = {"session_id": self._id} if self._id else {}
        await self._socket.send(json.dumps(message | extra | {"transaction": transaction}))
        return await asyncio.wait_for(reply, 30)

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if message["janus"] == "webrtcup":
                self._up[message["sender"]].set()
            waiting = self._waiting.get(message.get("transaction", ""))
            if waiting is not None and message["janus"] in ("success", "event", "error"):
                assert message["janus"] != "error", message
                if not waiting.done():
                    waiting.set_result(message)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(2)
            for link in self.links:
                link.check()
            await self._ask_alive()

    async def _ask_alive(self) -> None:
        alive = {"janus": "keepalive", "session_id": self._id, "transaction": "alive"}
        await self._socket.send(json.dumps(alive))
