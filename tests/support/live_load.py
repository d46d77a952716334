"""Sites that watch a live session, as cheap as asyncio allows: raw WebSocket frames, no JSON."""

import asyncio
import re
import time

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

_VIEW = re.compile(rb'"frame": ?(\d+)[,}]')
_ACKNOWLEDGED = b'"type":"ack"'


class Site(asyncio.Protocol):
    """One connection; `seen` is when each view, by its frame number, had come; `acks` what was
    acknowledged since one last looked."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._handshake = WSConnection(ConnectionType.CLIENT)
        self._transport: asyncio.Transport
        self.accepted = asyncio.get_running_loop().create_future()
        self.seen: dict[int, float] = {}
        self.acks: asyncio.Queue[None] = asyncio.Queue()
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._handshake.send(Request("127.0.0.1", self._path)))

    def data_received(self, data: bytes) -> None:
        if not self.accepted.done():
            self._handshake.receive_data(data)
            for event in self._handshake.events():
                assert isinstance(event, AcceptConnection), event
                self.accepted.set_result(None)
            return
        now = time.perf_counter()
        for _ in range(data.count(_ACKNOWLEDGED)):
            self.acks.put_nowait(None)
        found = _VIEW.findall(self._rest + data)
        self._rest = data[-16:] if data[-1:] != b"}" else b""
        for number in found:
            self.seen.setdefault(int(number), now)

    def say(self, text: str) -> None:
        """Sends one message."""
        self._transport.write(self._handshake.send(TextMessage(text)))

    def close(self) -> None:
        """Goes."""
        self._transport.abort()


async def enter(port: int, path: str) -> Site:
    """A site whose WebSocket is open."""
    loop = asyncio.get_running_loop()
    _, site = await loop.create_connection(lambda: Site(path), "127.0.0.1", port)
    await site.accepted
    return site
