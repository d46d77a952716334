"""ICE over TCP for networks that block UDP: passive candidates (RFC 6544) on one port a worker.

Packets are framed by a 16-bit length (RFC 4571). A connection has to prove itself by a signed
connectivity check within seconds; until then it is a stranger, and strangers are few. Nothing
waits for a slow reader: packets that do not fit are dropped, as a congested line would.
"""

import asyncio
import socket
from collections import Counter
from typing import cast

from signaling.limits import (
    DATAGRAM_BYTES,
    TCP_BACKLOG_BYTES,
    TCP_CONNECTIONS,
    TCP_CONNECTIONS_PER_TRANSPORT,
    TCP_STRANGERS,
    TCP_STRANGERS_PER_ADDRESS,
)
from signaling.mux import Listen, Mux, Receiver, send_each
from signaling.udp import Address, bound

_HEAD_BYTES = 2
_READ_BYTES = 16 * 1024  # a flood of small frames leaves the loop its turn after so many
_STRANGER_SECONDS = 5
_STUCK_SECONDS = 5  # a reader that takes nothing for so long is let go
_SEND_BUFFER_BYTES = 128 * 1024  # in the kernel, on the way; of that,
_UNSENT_BYTES = 16 * 1024  # not sent yet: what waits there is late already
_DEAD_MILLISECONDS = 20_000
_LISTEN_BACKLOG = 128
# RFC 6544 section 4.2: below every UDP candidate; direction preference 4 is "passive".
_TYPE_PREFERENCE, _DIRECTION_PREFERENCE = 90, 4


class TcpPath(asyncio.BufferedProtocol):
    """One connection; see mux.Path for what a transport does with it."""

    def __init__(self, port: "TcpPort") -> None:
        self._port = port
        self._buffer = bytearray(_READ_BYTES)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._transport: asyncio.Transport | None = None
        self._full_since: float | None = None
        self.address: Address = ("", 0)
        self.via: object = self
        self.receiver: Receiver | None = None

    # -- what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not subclasses
        self.address = transport.get_extra_info("peername") or ("", 0)
        self._transport.set_write_buffer_limits(high=2 * TCP_BACKLOG_BYTES)
        self._port.came(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """See asyncio.BufferedProtocol."""
        return self._view[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """See asyncio.BufferedProtocol."""
        self._filled += nbytes
        at = 0
        while self._filled - at >= _HEAD_BYTES and not self.is_closing:
            length = int.from_bytes(self._view[at : at + _HEAD_BYTES], "big")
            end = at + _HEAD_BYTES + length
            if length > DATAGRAM_BYTES:
                self._port.refuse(self)
            if end > self._filled:
                break
            if length:
                self._packet(self._view[at + _HEAD_BYTES : end])
            at = end
        self._buffer[: self._filled - at] = self._buffer[at : self._filled]
        self._filled -= at

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._port.went(self)

    # -- what a transport does

    @property
    def is_closing(self) -> bool:
        """Whether nothing more will come or go."""
        return self._transport is None or self._transport.is_closing()

    def send(self, data: bytes | memoryview) -> bool:
        """Frames one packet; False when the line is full, and the end for who stopped reading."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > TCP_BACKLOG_BYTES:
            self._full(asyncio.get_running_loop().time())
            return False
        self._full_since = None
        transport.write(len(data).to_bytes(_HEAD_BYTES, "big") + bytes(data))
        return True

    def send_train(self, data: memoryview, size: int) -> int:
        """Each in a frame of its own."""
        return send_each(self, data, size)

    def abort(self) -> None:
        """Ends the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def _full(self, now: float) -> None:
        if self._full_since is None:
            self._full_since = now
        elif now - self._full_since > _STUCK_SECONDS:
            self.abort()

    def _packet(self, data: memoryview) -> None:
        mux = self._port.mux
        if data[0] < 4:
            owner = mux.check(self, bytes(data))
            if owner is not None:
                self._port.proven(self, owner)
            elif self.receiver is None:
                self.abort()
        elif self.receiver is None:
            self._port.refuse(self)
        else:
            length = len(data)
            mux.packet.bytes[:length] = data
            mux.deliver(self.receiver, length)


class TcpPort:
    """The listening sockets of one worker and all their connections."""

    def __init__(self, mux: Mux) -> None:
        self.mux = mux
        self._sockets: list[tuple[socket.socket, Listen]] = []
        self._servers: list[asyncio.Server] = []
        self._paths: dict[TcpPath, None] = {}  # the oldest first
        self._strangers: Counter[str] = Counter()  # by address
        self._deadlines: dict[TcpPath, asyncio.TimerHandle] = {}
        mux.add_port(self._drop)

    def open(self, listens: tuple[Listen, ...]) -> None:
        """Binds every address that has a TCP port; OSError names what cannot be had."""
        for listen in listens:
            if listen.tcp_port is not None:
                sock = bound(listen.bind, listen.tcp_port, socket.SOCK_STREAM)
                # Accepted connections inherit all four.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_MILLISECONDS)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
                self._sockets.append((sock, listen))

    async def start(self) -> None:
        """Takes connections from now on."""
        loop = asyncio.get_running_loop()
        for sock, _ in self._sockets:
            made = loop.create_server(lambda: TcpPath(self), sock=sock, backlog=_LISTEN_BACKLOG)
            self._servers.append(await made)

    def candidates(self) -> tuple[str, ...]:
        """Values of a=candidate with `tcptype passive` (RFC 6544 section 4.5)."""
        found = []
        for index, (sock, listen) in enumerate(self._sockets):
            port = sock.getsockname()[1]
            local = (_DIRECTION_PREFERENCE << 13) + (8191 - index)
            priority = (_TYPE_PREFERENCE << 24) + (local << 8) + 255
            where = f"{listen.advertise} {port} typ host tcptype passive"
            found.append(f"tcp{index + 1} 1 tcp {priority} {where}")
        return tuple(found)

    def close(self) -> None:
        """Ends listening and every connection."""
        for server in self._servers:
            server.close()
        for path in list(self._paths):
            path.abort()
        for sock, _ in self._sockets:
            sock.close()
        self._sockets.clear()

    # -- what connections tell

    def came(self, path: TcpPath) -> None:
        """A stranger; one too many is turned away."""
        self._paths[path] = None
        self._strangers[path.address[0]] += 1
        patience = asyncio.get_running_loop().call_later(_STRANGER_SECONDS, self.refuse, path)
        self._deadlines[path] = patience
        if (
            len(self._paths) > TCP_CONNECTIONS
            or len(self._deadlines) > TCP_STRANGERS
            or self._strangers[path.address[0]] > TCP_STRANGERS_PER_ADDRESS
        ):
            self.refuse(path)

    def proven(self, path: TcpPath, owner: Receiver) -> None:
        """A signed check came: no stranger any more; of too many ways to one, the oldest goes."""
        self._known(path)
        if path.receiver is not owner:
            ways = [other for other in self._paths if other.receiver is owner]
            path.receiver = owner
            if len(ways) >= TCP_CONNECTIONS_PER_TRANSPORT:
                ways[0].abort()

    def refuse(self, path: TcpPath) -> None:
        """Counts and ends a connection that broke the rules."""
        self.mux.refused += 1
        path.abort()

    def went(self, path: TcpPath) -> None:
        """A connection is gone."""
        self._known(path)
        self._paths.pop(path, None)

    def _known(self, path: TcpPath) -> None:
        patience = self._deadlines.pop(path, None)
        if patience is not None:
            patience.cancel()
            self._strangers[path.address[0]] -= 1
            self._strangers += Counter()  # forgets addresses that count nothing

    def _drop(self, receiver: Receiver) -> None:
        for path in list(self._paths):
            if path.receiver is receiver:
                path.abort()
