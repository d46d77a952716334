"""Whose packet is it? The credentials of every transport of a worker, whatever the packet came by.

Packets find their transport by ICE username first, then by where they came from (RFC 7983 tells
STUN, DTLS and SRTP apart by the first byte). An ICE-lite agent only answers checks: the way that
was nominated last is where media goes, so a client may change networks at will.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from signaling import stun
from signaling.errors import MalformedMessage
from signaling.limits import TRAIN_PACKETS
from signaling.sdp import Credentials
from signaling.srtp import PacketBuffer


@dataclass(frozen=True)
class Listen:
    """An address to bind, and the one clients are told when a router maps it (NAT 1:1)."""

    bind: str
    advertise: str
    port: int = 0  # UDP; 0: any free one, here and below
    tcp_port: int | None = None  # None: no TCP


class Path(Protocol):
    """Where a transport's packets go now."""

    @property
    def address(self) -> tuple[Any, ...]:
        """The client's address and port."""

    @property
    def via(self) -> object:
        """What of ours it goes through: two paths with the same address and `via` are one."""

    def send(self, data: bytes | memoryview) -> bool:
        """Sends one packet; False when the machine or the line cannot take it now."""

    def send_train(self, data: memoryview, size: int) -> int:
        """Sends packets of `size` bytes each, the last may be shorter; how many were taken."""


def send_each(path: Path, data: memoryview, size: int) -> int:
    """A train packet by packet; how many were taken."""
    return sum(path.send(data[at : at + size]) for at in range(0, len(data), size))


class Receiver(Protocol):
    """What a transport offers to the ports."""

    def on_check(self, path: Path, nominated: bool) -> None:
        """A signed connectivity check came over `path`."""

    def on_dtls(self, data: bytes) -> None:
        """A DTLS record came."""

    def on_media(self, packet: PacketBuffer, length: int) -> None:
        """An encrypted RTP or RTCP packet lies in the shared buffer."""


class Mux:
    """Credentials, shared buffers and the count of what was refused."""

    def __init__(self) -> None:
        self.packet = PacketBuffer()  # what came in last
        self.packet_out = PacketBuffer(TRAIN_PACKETS)  # what goes out next
        self.refused = 0
        self._owners: dict[str, tuple[Credentials, Receiver]] = {}
        self._ports: list[Callable[[Receiver], None]] = []
        self.begin_turn: Callable[[], None] = lambda: None  # datagrams follow one another,
        self.end_turn: Callable[[], None] = lambda: None  # and there are no more for now

    def add_port(self, drop: Callable[[Receiver], None]) -> None:
        """A port, by what it does when a receiver is gone for good."""
        self._ports.append(drop)

    def register(self, credentials: Credentials, receiver: Receiver) -> None:
        """Checks signed with `credentials` belong to `receiver` from now on."""
        self._owners[credentials.ufrag] = (credentials, receiver)

    def forget(self, ufrags: tuple[str, ...], receiver: Receiver | None = None) -> None:
        """Drops credentials and, if given, every way to a receiver."""
        for ufrag in ufrags:
            self._owners.pop(ufrag, None)
        if receiver is not None:
            for drop in self._ports:
                drop(receiver)

    def check(self, path: Path, data: bytes) -> Receiver | None:
        """Answers a connectivity check; whose it was, None for what proves nothing."""
        try:
            request = stun.read_binding_request(data)
        except (MalformedMessage, ValueError, IndexError):
            request = None
        owner = self._owners.get(request.local_ufrag) if request else None
        if request is None or owner is None or not request.is_signed_with(owner[0].password):
            self.refused += 1
            return None
        credentials, receiver = owner
        source = (str(path.address[0]), int(path.address[1]))
        path.send(stun.write_binding_success(request, source, credentials.password))
        receiver.on_check(path, request.nominates)
        return receiver

    def deliver(self, receiver: Receiver, length: int) -> None:
        """Hands over what lies in the shared buffer and is no check."""
        packet = self.packet
        first = packet.bytes[0]
        if 127 < first < 192:
            receiver.on_media(packet, length)
        elif 19 < first < 64:
            receiver.on_dtls(bytes(packet.view[:length]))
