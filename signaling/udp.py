"""One UDP socket per address of the machine, shared by every transport of a worker.

Datagrams find their transport by ICE username first, then by source address (RFC 7983 tells
STUN, DTLS and SRTP apart by the first byte). An ICE-lite agent only answers checks: the address
that was nominated last is where media goes, so a client may change networks at will.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from signaling import stun
from signaling.errors import MalformedMessage
from signaling.sdp import Credentials
from signaling.srtp import PacketBuffer

_DATAGRAMS_PER_WAKE = 256  # then other work on the loop gets its turn
_SOCKET_BUFFER_BYTES = 4 * 1024 * 1024
_HOST_PREFERENCE = 126

Address = tuple[str, int]


@dataclass(frozen=True)
class Listen:
    """An address to bind, and the one clients are told when a router maps it (NAT 1:1)."""

    bind: str
    advertise: str
    port: int = 0


class Path:
    """Where a transport's packets go now."""

    __slots__ = ("_send", "address")

    def __init__(self, sock: socket.socket, address: Address) -> None:
        self.address = address
        self._send = sock.sendto

    def send(self, data: bytes | memoryview) -> bool:
        """Sends one datagram; False when the machine cannot take it now."""
        try:
            self._send(data, self.address)
        except OSError:
            return False
        return True


class Receiver(Protocol):
    """What a transport offers to the port."""

    def on_check(self, path: Path, nominated: bool) -> None:
        """A signed connectivity check came over `path`."""

    def on_dtls(self, data: bytes) -> None:
        """A DTLS record came."""

    def on_media(self, packet: PacketBuffer, length: int) -> None:
        """An encrypted RTP or RTCP packet lies in the shared buffer."""


class UdpPort:
    """The sockets of one worker."""

    def __init__(self) -> None:
        self.packet = PacketBuffer()  # what came in last
        self.packet_out = PacketBuffer()  # what goes out next
        self._sockets: list[tuple[socket.socket, Listen]] = []
        self._owners: dict[str, tuple[Credentials, Receiver]] = {}
        self._by_address: list[dict[Address, Receiver]] = []
        self.refused = 0

    def open(self, listens: tuple[Listen, ...]) -> None:
        """Binds every address; OSError names the one that cannot be had."""
        loop = asyncio.get_running_loop()
        for listen in listens:
            family = socket.AF_INET6 if ":" in listen.bind else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setblocking(False)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER_BYTES)
            sock.bind((listen.bind, listen.port))
            paths: dict[Address, Receiver] = {}
            self._sockets.append((sock, listen))
            self._by_address.append(paths)
            loop.add_reader(sock.fileno(), self._drain, sock, paths)

    def candidates(self) -> tuple[str, ...]:
        """Values of a=candidate, in order of preference (RFC 8839)."""
        found = []
        for index, (sock, listen) in enumerate(self._sockets):
            port = sock.getsockname()[1]
            priority = (_HOST_PREFERENCE << 24) + ((65535 - index) << 8) + 255
            found.append(f"{index + 1} 1 udp {priority} {listen.advertise} {port} typ host")
        return tuple(found)

    def register(self, credentials: Credentials, receiver: Receiver) -> None:
        """Checks signed with `credentials` belong to `receiver` from now on."""
        self._owners[credentials.ufrag] = (credentials, receiver)

    def forget(self, ufrags: tuple[str, ...], receiver: Receiver | None = None) -> None:
        """Drops credentials and, if given, every address of a receiver."""
        for ufrag in ufrags:
            self._owners.pop(ufrag, None)
        if receiver is not None:
            for paths in self._by_address:
                for address in [a for a, owner in paths.items() if owner is receiver]:
                    del paths[address]

    def close(self) -> None:
        """Closes all sockets."""
        loop = asyncio.get_running_loop()
        for sock, _ in self._sockets:
            loop.remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()

    def _drain(self, sock: socket.socket, paths: dict[Address, Receiver]) -> None:
        packet, data = self.packet, self.packet.bytes
        room = len(data)
        for _ in range(_DATAGRAMS_PER_WAKE):
            try:
                length, address = sock.recvfrom_into(data, room)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier send
                continue
            if not length:
                continue
            first = data[0]
            if first < 4:
                self._check(sock, paths, bytes(packet.view[:length]), address)
                continue
            receiver = paths.get(address)
            if receiver is None:
                self.refused += 1
            elif 127 < first < 192:
                receiver.on_media(packet, length)
            elif 19 < first < 64:
                receiver.on_dtls(bytes(packet.view[:length]))

    def _check(
        self, sock: socket.socket, paths: dict[Address, Receiver], data: bytes, address: Address
    ) -> None:
        try:
            request = stun.read_binding_request(data)
        except (MalformedMessage, ValueError, IndexError):
            self.refused += 1
            return
        owner = self._owners.get(request.local_ufrag) if request else None
        if request is None or owner is None or not request.is_signed_with(owner[0].password):
            self.refused += 1
            return
        credentials, receiver = owner
        path = Path(sock, address)
        path.send(stun.write_binding_success(request, address[:2], credentials.password))
        paths[address] = receiver
        receiver.on_check(path, request.nominates)


def machine_addresses(adapters: Mapping[str, tuple[str, ...]], loopback: bool) -> tuple[str, ...]:
    """The IPv4 addresses worth advertising out of {adapter: addresses}; loopback only on demand."""
    every = [address for addresses in adapters.values() for address in addresses]
    far = [address for address in every if not address.startswith("127.")]
    near = [address for address in every if address.startswith("127.")] if loopback else []
    return tuple(dict.fromkeys(far + near))
