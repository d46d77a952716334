"""Fuzz targets below the signal connection: STUN, RTP, RTCP, TCP frames, SCTP."""

import asyncio
import struct
from types import SimpleNamespace
from typing import Any, cast

from aiortc.rtcsctptransport import (
    CookieEchoChunk,
    DataChunk,
    InitChunk,
    RTCSctpTransport,
    SackChunk,
    parse_packet,
)
from google_crc32c import value as crc32c

from signaling import rtcp
from signaling.mux import Mux
from signaling.sdp import Credentials
from signaling.srtp import PacketBuffer
from signaling.tcp import TcpPath, TcpPort
from signaling.transport import _GuardedSctp
from signaling.twcc import Feedback, write_feedback
from tests.fuzz.target import Target, framed, frames
from tests.support.forwarding import ForwardingBench
from tests.support.load_link import binding_check

LOOP = asyncio.new_event_loop()
OURS = Credentials("ours", "p" * 24)
FROM_PUBLISHER, TO_PUBLISHER, TO_RECEIVER = 0, 1, 2  # what the first byte of a frame says


# -- RTP and RTCP of one publisher and one receiver


def _carried(kind: str, data: bytes) -> None:
    bench = ForwardingBench(kind)
    for frame in frames(data):
        body = frame[1:2048]
        match frame[0] % 3 if frame else TO_RECEIVER:
            case 0:
                packet = PacketBuffer()
                packet.bytes[: len(body)] = body
                bench.sender.on_rtp(packet, len(body))
            case 1:
                bench.sender.on_rtcp(body)
            case 2:
                bench.listener.on_rtcp(body)
        bench.now += 0.02
    bench.sender.tick(bench.now)
    bench.listener.tick(bench.now)
    bench.forwarder.tick(bench.now)
    bench.forwarder.report(bench.sender, 3_000_000)


def _sent_by(bench: ForwardingBench) -> list[bytes]:
    """The bench's packets from now on, as frames of an input."""
    sent: list[bytes] = []
    hand_on = bench.sender.on_rtp

    def note(packet: PacketBuffer, length: int) -> None:
        sent.append(bytes([FROM_PUBLISHER]) + bytes(packet.view[:length]))
        hand_on(packet, length)

    bench.sender.on_rtp = note  # type: ignore[method-assign]
    return sent


def _pictures() -> tuple[bytes, ...]:
    bench = ForwardingBench()
    sent = _sent_by(bench)
    for number in range(4):
        bench.packet(number, 3000 * number, key=number == 0, picture=number, number=number)
    bench.packet(9, 30_000, padding=4)
    bench.packet(11, payload_type=98, payload=b"\x78\x00\x03\x67\x01\x02\x00\x02\x65\x01")
    bench.packet(12, payload_type=98, payload=b"\x7c\x85\x88\x84")
    bench.packet(1, payload_type=97, ssrc=17, payload=struct.pack("!H", 10) + b"\x90\x80\x85\x01")
    feedback = Feedback(1, (0.1, None, 0.12, 0.5))
    told = [
        rtcp.write_nack(55, [1, 2, 3, 40]),
        rtcp.write_key_frame_request(55),
        rtcp.write_remb([55], 800_000),
        rtcp.write_receiver_report([rtcp.Reception(55, 10, 2, 99, 3, 7, 8)]),
        write_feedback(1, 55, 0, feedback),
    ]
    reports = [rtcp.write_sender_report(7, 1 << 40, 3000, 4, 400)]
    return (
        framed(*sent),
        framed(sent[0], *(bytes([TO_RECEIVER]) + each for each in told)),
        framed(sent[0], *(bytes([TO_PUBLISHER]) + each for each in reports)),
    )


def _voices() -> tuple[bytes, ...]:
    bench = ForwardingBench("audio")
    sent = _sent_by(bench)
    bench.packet(1, payload=b"opus")
    redundant = bytes([0x80 | 96, 0, 10 << 2 & 0xFF, 4, 96]) + b"oldopus"
    bench.packet(2, 960, payload_type=63, payload=redundant)
    bench.packet(3, 1920, payload=b"")
    return (framed(*sent),)


# -- STUN, and its way over TCP


class _Nowhere:
    """A path, and the end of a TCP connection, that take everything."""

    address, via = ("10.0.0.2", 5000), "nowhere"

    def __init__(self) -> None:
        self._is_closing = False

    def send(self, data: bytes | memoryview) -> bool:
        return True

    def send_train(self, data: memoryview, size: int) -> int:
        return 1

    def get_extra_info(self, name: str) -> tuple[str, int]:
        return self.address

    def set_write_buffer_limits(self, high: int) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes) -> None: ...

    def is_closing(self) -> bool:
        return self._is_closing

    def abort(self) -> None:
        self._is_closing = True


def _mux() -> Mux:
    def nothing(*_: object) -> None: ...

    receiver = SimpleNamespace(on_check=nothing, on_dtls=nothing, on_media=nothing)
    mux = Mux()
    mux.register(OURS, cast(Any, receiver))
    return mux


def _checked(data: bytes) -> None:
    _mux().check(cast(Any, _Nowhere()), data)


async def _framed_by_tcp(data: bytes) -> None:
    port = TcpPort(_mux())
    path = TcpPath(port)
    path.connection_made(cast(Any, _Nowhere()))
    while data and not path.is_closing:
        room = path.get_buffer(-1)
        piece, data = data[: len(room)], data[len(room) :]
        room[: len(piece)] = piece
        path.buffer_updated(len(piece))
    path.connection_lost(None)


# -- SCTP


class _Dtls:
    """What SCTP sees as its DTLS transport; `sent` is what it would have encrypted."""

    state, _role = "connected", "server"

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def _register_data_receiver(self, receiver: object) -> None: ...

    def _unregister_data_receiver(self, receiver: object) -> None: ...

    async def _send_data(self, data: bytes) -> None:
        self.sent.append(data)


def _sctp_packet(tag: int, chunks: bytes) -> bytes:
    """With the verification tag and checksum that let it in."""
    head = struct.pack("!HHL", 5000, 5000, tag)
    checksum = crc32c(head + bytes(4) + chunks)
    return head + struct.pack("<L", checksum) + chunks


async def _associated(data: bytes) -> None:
    """Chunks after a handshake; each frame is one packet."""
    dtls, broken = _Dtls(), list[bool]()
    sctp = RTCSctpTransport(cast(Any, dtls))
    guarded = _GuardedSctp(sctp, lambda: broken.append(True))
    await sctp.start(cast(Any, SimpleNamespace(maxMessageSize=65_536)), 5000)
    await guarded._handle_data(_sctp_packet(0, bytes(_init())))
    cookie = next(v for k, v in _last_chunk(dtls).params if k == 7)
    echo = CookieEchoChunk()
    echo.body = cookie
    await guarded._handle_data(_sctp_packet(sctp._local_verification_tag, bytes(echo)))
    for frame in frames(data):
        if not broken:
            await guarded._handle_data(_sctp_packet(sctp._local_verification_tag, frame))
    await sctp.stop()
    await asyncio.sleep(0)  # what it began to send ends


def _last_chunk(dtls: _Dtls) -> Any:
    return parse_packet(dtls.sent[-1])[3][0]


def _init() -> InitChunk:
    init = InitChunk()
    init.initiate_tag, init.advertised_rwnd, init.initial_tsn = 7, 1 << 17, 1
    init.outbound_streams = init.inbound_streams = 16
    return init


def _channel_and_data() -> bytes:
    opening = struct.pack("!BBHLHH", 3, 0, 0, 0, 9, 0) + b"_reliable"
    messages = []
    for tsn, protocol, body in ((1, 50, opening), (2, 53, b"hello"), (3, 51, b"words")):
        chunk = DataChunk(flags=3)
        chunk.tsn, chunk.stream_id, chunk.stream_seq = tsn, 1, tsn - 1
        chunk.protocol, chunk.user_data = protocol, body
        messages.append(bytes(chunk))
    sack = SackChunk()
    sack.cumulative_tsn, sack.advertised_rwnd = 1, 1 << 17
    reset = bytes.fromhex("82000014000d0010000000010000000000000003") + b"\x00\x01\x00\x00"
    return framed(*messages, bytes(sack), bytes(_init()), reset)


_CHECK = binding_check(OURS, "theirs")
TARGETS = (
    Target("pictures", _pictures(), lambda data: _carried("video", data)),
    Target("voices", _voices(), lambda data: _carried("audio", data)),
    Target("stun", (_CHECK,), _checked, max_bytes=2048),
    Target(
        "tcp-frames",
        (framed(_CHECK, b"\x16\xfe\xfd" + bytes(10), b"\x80" + bytes(20)), framed(b"", _CHECK)),
        lambda data: LOOP.run_until_complete(_framed_by_tcp(data)),
    ),
    Target(
        "sctp",
        (_channel_and_data(),),
        lambda data: LOOP.run_until_complete(_associated(data)),
    ),
)
