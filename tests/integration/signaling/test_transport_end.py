"""A connection that has ended holds nothing, however it ended."""

import asyncio
import gc
import struct
import weakref
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiortc import RTCCertificate
from google_crc32c import value as crc32c

from signaling.limits import DATA_BACKLOG_BYTES, DATA_PACKET_BYTES
from signaling.mux import Mux
from signaling.sdp import Credentials
from signaling.transport import RELIABLE, Events, PeerTransport


@dataclass(eq=False)
class _Side:
    """One end, whose packets reach the other directly while the line holds."""

    role: str
    certificate: RTCCertificate = field(default_factory=RTCCertificate.generateCertificate)
    address: tuple[str, int] = ("10.0.0.2", 5000)
    via: object = "line"
    open: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    other: "_Side | None" = None

    def __post_init__(self) -> None:
        def nothing(*_: object) -> None: ...

        events = Events(
            nothing, self.closed.set, nothing, lambda _: self.open.set(), nothing, nothing
        )
        credentials = Credentials(self.role, "password")
        self.transport = PeerTransport(Mux(), self.certificate, credentials, self.role, events)

    def meet(self, other: "_Side") -> None:
        self.other = other
        prints = other.certificate.getFingerprints()
        self.transport.trust(tuple((found.algorithm, found.value) for found in prints))
        self.transport.on_check(self, nominated=True)

    def send(self, data: bytes | memoryview) -> bool:
        if self.other is not None:
            self.other.transport.on_dtls(bytes(data))
        return True


@pytest.fixture
async def sides() -> AsyncIterator[tuple[_Side, _Side]]:
    ours, theirs = _Side("server"), _Side("client")
    ours.meet(theirs)
    theirs.meet(ours)
    async with asyncio.timeout(10):
        await ours.open.wait()
        await theirs.open.wait()
    yield ours, theirs
    for side in (ours, theirs):
        side.other = None
        await side.transport.close()


async def test_x4_what_a_silent_client_left_unanswered_is_let_go(
    sides: tuple[_Side, _Side],
) -> None:
    ours, _ = sides
    ours.other = None  # from now on nothing arrives
    for _ in range(DATA_BACKLOG_BYTES // DATA_PACKET_BYTES + 2):
        ours.transport.send_data(RELIABLE, bytes(DATA_PACKET_BYTES))
    assert ours.closed.is_set()
    await ours.transport.close()
    await _is_forgotten(ours)


async def test_x4_a_client_that_says_goodbye_is_let_go(sides: tuple[_Side, _Side]) -> None:
    ours, theirs = sides
    ours.transport.send_data(RELIABLE, bytes(DATA_PACKET_BYTES))
    await theirs.transport.close()
    async with asyncio.timeout(10):
        await ours.closed.wait()
    await ours.transport.close()
    await _is_forgotten(ours)


async def test_x5_a_packet_that_would_be_read_for_ever_ends_only_its_connection(
    sides: tuple[_Side, _Side],
) -> None:
    ours, theirs = sides
    stuck = struct.pack("!BBHHH", 130, 0, 8, 13, 0)  # RE-CONFIG with a parameter of no length
    head = struct.pack("!HHL", 5000, 5000, ours.transport._sctp._local_verification_tag)
    packet = head + struct.pack("<L", crc32c(head + bytes(4) + stuck)) + stuck
    await theirs.transport._dtls._send_data(packet)
    async with asyncio.timeout(10):
        await ours.closed.wait()


async def _is_forgotten(side: _Side) -> None:
    """Whether nothing but the test holds the connection's state, the event loop least of all."""
    held = weakref.ref(side.transport._sctp)
    side.transport = PeerTransport(
        Mux(), side.certificate, Credentials("u", "p"), "client", side.transport._events
    )
    for _ in range(10):  # tasks that were cancelled end in the next rounds of the loop
        await asyncio.sleep(0)
    gc.collect()
    assert held() is None
