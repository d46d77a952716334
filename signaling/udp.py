"""One UDP socket per address of the machine, shared by every transport of a worker."""

import asyncio
import socket
import struct
from typing import Any

from signaling.mux import Listen, Mux, Receiver, send_each

_DATAGRAMS_PER_WAKE = 256  # then other work on the loop gets its turn
_SOCKET_BUFFER_BYTES = 4 * 1024 * 1024
_HOST_PREFERENCE = 126
_SOL_UDP, _UDP_SEGMENT = 17, 103  # linux/udp.h

Address = tuple[Any, ...]  # (address, port), with flow and scope after them for IPv6


class UdpPath:
    """See mux.Path."""

    __slots__ = ("_send", "_send_message", "address", "via")

    def __init__(self, sock: socket.socket, address: Address) -> None:
        self.address, self.via = address, sock
        self._send, self._send_message = sock.sendto, sock.sendmsg

    def send(self, data: bytes | memoryview) -> bool:
        """Sends one datagram; False when the machine cannot take it now."""
        try:
            self._send(data, self.address)
        except OSError:
            return False
        return True

    def send_train(self, data: memoryview, size: int) -> int:
        """One system call for all, which the kernel or the network card cuts up (UDP GSO)."""
        if len(data) <= size:
            return int(self.send(data))
        cut = (_SOL_UDP, _UDP_SEGMENT, struct.pack("=H", size))
        try:
            self._send_message((data,), (cut,), 0, self.address)
        except BlockingIOError:
            return 0
        except OSError:  # this way has a smaller MTU, or a card that cannot
            return send_each(self, data, size)
        return -(-len(data) // size)


class UdpPort:
    """The UDP sockets of one worker."""

    def __init__(self, mux: Mux) -> None:
        self._mux = mux
        self._sockets: list[tuple[socket.socket, Listen]] = []
        self._by_address: list[dict[Address, Receiver]] = []
        mux.add_port(self._drop)

    def open(self, listens: tuple[Listen, ...]) -> None:
        """Binds every address; OSError names the one that cannot be had."""
        loop = asyncio.get_running_loop()
        for listen in listens:
            sock = bound(listen.bind, listen.port, socket.SOCK_DGRAM)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER_BYTES)
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

    def close(self) -> None:
        """Closes all sockets."""
        loop = asyncio.get_running_loop()
        for sock, _ in self._sockets:
            loop.remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()

    def _drop(self, receiver: Receiver) -> None:
        for paths in self._by_address:
            for address in [a for a, owner in paths.items() if owner is receiver]:
                del paths[address]

    def _drain(self, sock: socket.socket, paths: dict[Address, Receiver]) -> None:
        self._mux.begin_turn()
        try:
            self._read(sock, paths)
        finally:
            self._mux.end_turn()

    def _read(self, sock: socket.socket, paths: dict[Address, Receiver]) -> None:
        mux, data, view = self._mux, self._mux.packet.bytes, self._mux.packet.view
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
            if data[0] < 4:
                owner = mux.check(UdpPath(sock, address), bytes(view[:length]))
                if owner is not None:
                    paths[address] = owner
                continue
            receiver = paths.get(address)
            if receiver is None:
                mux.refused += 1
            else:
                mux.deliver(receiver, length)


def bound(address: str, port: int, kind: socket.SocketKind) -> socket.socket:
    """A non-blocking socket of the address's family, bound; OSError names what cannot be had."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
    except OSError as error:
        sock.close()
        raise OSError(error.errno, f"{address} port {port}: {error.strerror}") from error
    return sock
