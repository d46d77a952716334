"""ICE over TCP: framing (RFC 4571), candidates (RFC 6544), and what a connection may cost."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvloop
from aioice import stun as theirs
from hypothesis import given
from hypothesis import strategies as st

from signaling.limits import (
    DATAGRAM_BYTES,
    TCP_BACKLOG_BYTES,
    TCP_CONNECTIONS_PER_TRANSPORT,
    TCP_STRANGERS_PER_ADDRESS,
)
from signaling.mux import Listen, Mux, Path
from signaling.sdp import Credentials
from signaling.srtp import PacketBuffer
from signaling.tcp import TcpPath, TcpPort

_OURS = Credentials("ours", "secret-password")


class Heard:
    """A receiver that writes down what it is given."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.dtls: list[bytes] = []
        self.media: list[bytes] = []

    def on_check(self, path: Path, nominated: bool) -> None:
        self.paths.append(path)

    def on_dtls(self, data: bytes) -> None:
        self.dtls.append(data)

    def on_media(self, packet: PacketBuffer, length: int) -> None:
        self.media.append(bytes(packet.view[:length]))


class Open:
    """A port on loopback, one receiver behind it, and clients."""

    def __init__(self) -> None:
        self.mux, self.heard = Mux(), Heard()
        self.port = TcpPort(self.mux)
        self.port.open((Listen("127.0.0.1", "203.0.113.9", 0, 0),))
        self.mux.register(_OURS, self.heard)
        self.number = int(self.port.candidates()[0].split()[5])

    async def client(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that has proven nothing."""
        return await asyncio.open_connection("127.0.0.1", self.number)

    async def known(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection whose check was answered."""
        reader, writer = await self.client()
        writer.write(framed(check()))
        answer = theirs.parse_message(await frame(reader))
        assert answer.message_class is theirs.Class.RESPONSE
        return reader, writer


@pytest.fixture
async def open_() -> AsyncIterator[Open]:
    """An open port."""
    made = Open()
    await made.port.start()
    yield made
    made.port.close()
    await asyncio.sleep(0)


def check(ufrag: str = "ours", password: str = "secret-password") -> bytes:
    message = theirs.Message(theirs.Method.BINDING, theirs.Class.REQUEST)
    message.attributes["USERNAME"] = f"{ufrag}:theirs"
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


def framed(packet: bytes) -> bytes:
    return len(packet).to_bytes(2, "big") + packet


async def frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


async def closed(reader: asyncio.StreamReader) -> bool:
    """Waits until the server ended the connection."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def test_tcp1_a_passive_candidate_names_the_advertised_address(open_: Open) -> None:
    (candidate,) = open_.port.candidates()
    assert candidate.startswith("tcp1 1 tcp ")
    assert candidate.endswith(f" 203.0.113.9 {open_.number} typ host tcptype passive")
    assert int(candidate.split()[3]) < 126 << 24  # UDP is tried first


async def test_tcp2_packets_arrive_whole_however_they_were_cut(open_: Open) -> None:
    reader, writer = await open_.client()
    packets = [check(), b"\x16" + b"d" * 700, b"", b"\x80" * 900, b"\x16end"]
    for piece in b"".join(map(framed, packets)):
        writer.write(bytes([piece]))
        await writer.drain()
    await frame(reader)
    while not open_.heard.dtls[1:]:
        await asyncio.sleep(0)
    assert open_.heard.dtls == [packets[1], packets[4]]
    assert open_.heard.media == [packets[3]]
    writer.close()


async def test_tcp2_answers_come_framed_over_the_nominated_connection(open_: Open) -> None:
    reader, writer = await open_.known()
    (path,) = open_.heard.paths
    assert path.send(b"\x80media")
    assert await frame(reader) == b"\x80media"
    assert path.address == writer.get_extra_info("sockname")
    writer.close()


def test_tcp2_it_is_the_same_on_the_loop_that_workers_use() -> None:
    async def talk() -> None:
        made = Open()
        await made.port.start()
        reader, writer = await made.known()
        packets = [b"\x80" + bytes([number]) * 1100 for number in range(50)]
        writer.write(b"".join(map(framed, packets)))
        (path,) = made.heard.paths
        for packet in packets:
            assert path.send(memoryview(packet))
        assert [await frame(reader) for _ in packets] == packets
        while len(made.heard.media) < len(packets):
            await asyncio.sleep(0)
        assert made.heard.media == packets
        writer.write(b"\xff\xff")
        assert await closed(reader)
        writer.close()
        made.port.close()

    uvloop.run(talk())


@pytest.mark.parametrize(
    "bytes_",
    [
        framed(check(password="guess")),
        framed(check(ufrag="unknown")),
        framed(b"\x16hello"),
        framed(b"\x80" * 40),
        framed(b"\x00" * 20),
        (DATAGRAM_BYTES + 1).to_bytes(2, "big"),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
    ids=["guess", "unknown", "dtls", "media", "stun", "oversized", "http", "tls"],
)
async def test_tcp3_a_stranger_without_proof_is_let_go(open_: Open, bytes_: bytes) -> None:
    reader, writer = await open_.client()
    writer.write(bytes_)
    assert await closed(reader)
    assert open_.mux.refused > 0
    assert not open_.heard.paths
    writer.close()


async def test_tcp3_an_oversized_frame_ends_a_known_connection_too(open_: Open) -> None:
    reader, writer = await open_.known()
    writer.write(b"\xff\xff")
    assert await closed(reader)
    writer.close()


async def test_tcp4_strangers_from_one_address_are_few_and_do_not_shut_out_the_known(
    open_: Open,
) -> None:
    reader, writer = await open_.known()
    strangers = [await open_.client() for _ in range(TCP_STRANGERS_PER_ADDRESS)]
    late_reader, late = await open_.client()
    assert await closed(late_reader)
    writer.write(framed(check()))
    await frame(reader)
    strangers[0][1].write(framed(check()))  # who proves itself makes room
    await frame(strangers[0][0])
    welcome = await open_.known()
    for _, each in [(reader, writer), *strangers, (late_reader, late), welcome]:
        each.close()


async def test_tcp4_one_transport_has_few_connections_and_the_oldest_goes(open_: Open) -> None:
    first, writer = await open_.known()
    others = [await open_.known() for _ in range(TCP_CONNECTIONS_PER_TRANSPORT)]
    assert await closed(first)
    for _, each in [(first, writer), *others]:
        each.close()


async def test_tcp4_connections_end_with_their_transport(open_: Open) -> None:
    reader, writer = await open_.known()
    open_.mux.forget(("ours",), open_.heard)
    assert await closed(reader)
    assert not open_.heard.paths[0].send(b"\x80late")
    writer.close()


async def test_tcp5_who_does_not_read_loses_packets_and_then_the_connection(
    open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", open_.number))
        await loop.sock_sendall(sock, framed(check()))
        while not open_.heard.paths:
            await asyncio.sleep(0)
        path = open_.heard.paths[0]
        assert isinstance(path, TcpPath)
        packet, sent = b"\x80" * 1200, 0
        while path.send(packet):
            sent += len(packet)
        assert sent < 2 * 1024 * 1024
        assert not path.is_closing
        monkeypatch.setattr("signaling.tcp._STUCK_SECONDS", 0)
        while not path.is_closing:
            assert not path.send(packet)
            await asyncio.sleep(0)


async def test_tcp5_a_reader_that_catches_up_gets_packets_again(open_: Open) -> None:
    reader, writer = await open_.known()
    (path,) = open_.heard.paths
    packet, sent = b"\x80" * 1200, 0
    while path.send(packet):
        sent += 1
    assert sent * len(packet) > TCP_BACKLOG_BYTES
    for _ in range(sent):
        assert await frame(reader) == packet
    assert path.send(packet)
    assert await frame(reader) == packet
    writer.close()


class _Line(asyncio.Transport):
    """A connection without a network: what is written is counted."""

    def __init__(self) -> None:
        super().__init__({"peername": ("10.0.0.2", 5000)})
        self.written = 0
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += len(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


_PIECES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.binary(max_size=60).map(framed),
        st.binary(min_size=1, max_size=40).map(lambda noise: framed(b"\x00\x01" + noise)),
    ),
    max_size=20,
)


def _fed(pieces: list[bytes], *, known: bool) -> tuple[Heard, _Line, Mux]:
    """One connection that is given these bytes, in pieces, until it is closed."""

    async def feed() -> tuple[Heard, _Line, Mux]:
        mux, heard, line = Mux(), Heard(), _Line()
        mux.register(_OURS, heard)
        path = TcpPath(TcpPort(mux))
        path.connection_made(line)
        for piece in ([framed(check())] if known else []) + pieces:
            if not line.closed:
                path.get_buffer(-1)[: len(piece)] = piece
                path.buffer_updated(len(piece))
        path.connection_lost(None)
        return heard, line, mux

    return asyncio.run(feed())


@given(_PIECES)
def test_tcp6_no_bytes_of_a_stranger_raise_or_reach_a_transport(pieces: list[bytes]) -> None:
    heard, line, mux = _fed(pieces, known=False)
    assert not heard.paths + heard.dtls + heard.media
    assert line.written == 0
    assert line.closed == (mux.refused > 0)


@given(_PIECES)
def test_tcp6_no_bytes_of_a_known_client_raise(pieces: list[bytes]) -> None:
    heard, _, _ = _fed(pieces, known=True)
    assert len(heard.paths) == 1
    assert all(19 < packet[0] < 64 for packet in heard.dtls)
    assert all(127 < packet[0] < 192 for packet in heard.media)
