"""The way DTLS datagrams take between aiortc's transport and ours, loss of some included."""

import asyncio

from signaling.mux import Path

_BACKLOG = 64  # DTLS records waiting for their task
# OpenSSL repeats after 1, 3, 7 and 15 s (RFC 6347 4.2.4.1), for lines of unknown length; here ICE
# has just measured one. A copy too many is dropped by the peer as a replay (RFC 6347 4.1.2.6).
REPEATED_AFTER_SECONDS = (0.15, 0.3, 0.6, 1.2, 2.4)


class DtlsPipe:
    """What aiortc's DTLS transport sees as its ICE transport.

    Until the handshake is done what was sent last is sent again and again: a flight of ours is one
    datagram.
    """

    role = "controlled"

    def __init__(self) -> None:
        self._records: asyncio.Queue[bytes | None] = asyncio.Queue(_BACKLOG)
        self._last = b""
        self._repeats: asyncio.TimerHandle | None = None
        self._is_settled = False
        self.path: Path | None = None

    def push(self, record: bytes) -> None:
        """A record from the client."""
        if not self._records.full():  # DTLS and SCTP repeat what is lost
            self._records.put_nowait(record)

    def settle(self, is_answered: bool) -> None:
        """The handshake is over here; a server's last flight may still be on its way in vain."""
        self._is_settled = True
        if is_answered and self._repeats:
            self._repeats.cancel()
            self._repeats = None

    def close(self) -> None:
        """Ends whoever waits for records."""
        self.settle(is_answered=True)
        if self._records.full():
            self._records.get_nowait()
        self._records.put_nowait(None)

    def _repeat(self, count: int) -> None:
        if self.path is not None:
            self.path.send(self._last)
        self._plan(count)

    def _plan(self, count: int) -> None:
        if self._repeats:
            self._repeats.cancel()
        if count < len(REPEATED_AFTER_SECONDS):
            later = asyncio.get_running_loop().call_later
            self._repeats = later(REPEATED_AFTER_SECONDS[count], self._repeat, count + 1)

    async def _recv(self) -> bytes:
        record = await self._records.get()
        if record is None:
            raise ConnectionError
        return record

    async def _send(self, data: bytes) -> None:
        if self.path is not None:
            self.path.send(data)
        if not self._is_settled:
            self._last = data
            self._plan(0)
