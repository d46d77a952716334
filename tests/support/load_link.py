"""One media connection of a load client: ICE check, DTLS, then packets as fast as Python can.

Control runs on asyncio; while a measurement runs, nothing does: the socket is read by `Sink` and
written by `load_traffic`, so that the client's own core is enough for 50 receivers.
"""

import asyncio
import ctypes
import hmac
import os
import socket
import struct
import zlib
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, cast

import numpy as np
from aiortc import RTCCertificate
from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceTransport
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport

from signaling.sdp import Credentials
from signaling.srtp import handle_of
from signaling.stun import read_binding_request, write_binding_success

_CHECK_SECONDS, _CHECK_TRIES = 0.1, 100
_COOKIE = 0x2112A442
_BUFFER_BYTES = 4 << 20


@dataclass(frozen=True)
class Remote:
    """What a connection needs to know of the server."""

    address: tuple[str, int]
    credentials: Credentials
    fingerprints: tuple[tuple[str, str], ...]
    is_dtls_server: bool


class _Pipe:
    """What aiortc's DTLS transport sees as its ICE transport."""

    role = "controlling"

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.records: asyncio.Queue[bytes] = asyncio.Queue()

    async def _recv(self) -> bytes:
        return await self.records.get()

    async def _send(self, data: bytes) -> None:
        self._sock.send(data)


class Link:
    """A connection from a free port of 127.0.0.2, where Janus can answer.

    `packets` counts RTP; `streams` holds payload type and SSRC of what came while asyncio read.
    """

    def __init__(self, certificate: RTCCertificate) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self.sock.bind(("127.0.0.2", 0))
        self.credentials = Credentials(os.urandom(4).hex(), os.urandom(12).hex())
        self.packets = 0
        self.streams: set[tuple[int, bytes]] = set()
        self.tx: Any = None  # libsrtp handles
        self.rx: Any = None
        self._pipe = _Pipe(self.sock)
        self._dtls = RTCDtlsTransport(cast(RTCIceTransport, self._pipe), [certificate])
        self._sctp: RTCSctpTransport | None = None
        self._remote: Remote | None = None
        self._reached = asyncio.Event()

    @property
    def fingerprint(self) -> str:
        """As in SDP."""
        found = self._dtls.getLocalParameters().fingerprints[0]
        return f"{found.algorithm} {found.value}"

    async def connect(self, remote: Remote, *, channels: tuple[str, ...] = ()) -> None:
        """Checks, shakes hands, and opens data channels of these labels."""
        self._remote = remote
        self.sock.connect(remote.address)
        asyncio.get_running_loop().add_reader(self.sock.fileno(), self._readable)
        for _ in range(_CHECK_TRIES):
            self.check()
            try:
                await asyncio.wait_for(self._reached.wait(), _CHECK_SECONDS)
                break
            except TimeoutError:
                continue
        assert self._reached.is_set(), f"no ICE answer from {remote.address}"
        self._dtls._set_role("client" if remote.is_dtls_server else "server")
        prints = [RTCDtlsFingerprint(*pair) for pair in remote.fingerprints]
        await self._dtls.start(RTCDtlsParameters(prints))
        assert self._dtls.state == "connected", "DTLS failed"
        self.tx = handle_of(self._dtls._tx_srtp)
        self.rx = handle_of(self._dtls._rx_srtp)
        if channels:
            self._sctp = RTCSctpTransport(self._dtls)
            await self._sctp.start(RTCSctpCapabilities(maxMessageSize=65_536), 5_000)
            for label in channels:
                RTCDataChannel(self._sctp, RTCDataChannelParameters(label=label))

    def check(self) -> None:
        """Sends a nominating check; also what keeps the connection alive (RFC 7675)."""
        if self._remote is not None:
            self.sock.send(binding_check(self._remote.credentials, self.credentials.ufrag))

    async def close(self) -> None:
        """Ends the connection."""
        asyncio.get_running_loop().remove_reader(self.sock.fileno())
        if self._sctp is not None:
            await self._sctp.stop()
        await self._dtls.stop()
        self.sock.close()

    def _readable(self) -> None:
        while True:
            try:
                data = self.sock.recv(2048)
            except OSError:
                return
            first = data[0]
            if first < 4:
                self._stun(data)
            elif first < 64:
                self._pipe.records.put_nowait(data)
            elif not 191 < data[1] < 224:
                self.packets += 1
                self.streams.add((data[1] & 0x7F, data[8:12]))

    def _stun(self, data: bytes) -> None:
        """An answer to our check, or a check of a server that is no ICE-lite agent."""
        request = read_binding_request(data)
        if request is None:
            self._reached.set()
        elif self._remote is not None:
            source = self._remote.address
            self.sock.send(write_binding_success(request, source, self.credentials.password))


def binding_check(remote: Credentials, ufrag: str) -> bytes:
    """A binding request with USE-CANDIDATE (RFC 8445 section 7.2.2)."""
    name = f"{remote.ufrag}:{ufrag}".encode()
    body = struct.pack("!HH", 6, len(name)) + name + bytes(-len(name) % 4)
    body += struct.pack("!HHI", 0x24, 4, 0x7E0000FF) + struct.pack("!HHQ", 0x802A, 8, 1)
    body += struct.pack("!HH", 0x25, 0)
    transaction = os.urandom(12)

    def message(length: int) -> bytes:
        return struct.pack("!HHI", 1, length, _COOKIE) + transaction + body

    digest = hmac.new(remote.password.encode(), message(len(body) + 24), sha1).digest()
    body += struct.pack("!HH", 8, 20) + digest
    crc = zlib.crc32(message(len(body) + 8)) ^ 0x5354554E
    body += struct.pack("!HHI", 0x8028, 4, crc)
    return message(len(body))


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class _Header(ctypes.Structure):  # struct msghdr of recvmsg(2)
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint),
        ("vectors", ctypes.POINTER(_Vector)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):  # struct mmsghdr of recvmmsg(2)
    _fields_ = (("header", _Header), ("length", ctypes.c_uint))


class Sink:
    """Reads many sockets by recvmmsg(2), two bytes a packet, and counts the RTP among them."""

    _BATCH = 128

    def __init__(self, links: list[Link]) -> None:
        self._links = [(link, link.sock.fileno()) for link in links]
        self._bytes = np.zeros((self._BATCH, 2), np.uint8)
        start = self._bytes.ctypes.data
        self._vectors = (_Vector * self._BATCH)(
            *(_Vector(start + 2 * index, 2) for index in range(self._BATCH))
        )
        self._messages = (_Message * self._BATCH)()
        for message, vector in zip(self._messages, self._vectors, strict=True):
            message.header.vectors, message.header.vector_count = ctypes.pointer(vector), 1
        self._read = ctypes.CDLL(None).recvmmsg

    def drain(self) -> int:
        """Everything that lies in the sockets now; how many packets it were."""
        total = 0
        for link, number in self._links:
            while True:
                flags = socket.MSG_DONTWAIT | socket.MSG_TRUNC
                count = self._read(number, self._messages, self._BATCH, flags, None)
                if count <= 0:
                    break
                first, second = self._bytes[:count, 0], self._bytes[:count, 1]
                is_rtp = (first >> 6 == 2) & ((second < 192) | (second > 223))
                arrived = int(np.count_nonzero(is_rtp))
                link.packets += arrived
                total += arrived
                if count < self._BATCH:
                    break
        return total
