"""Data packets: who gets one, in whose name, and what a returning client missed. No I/O."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from livekit.protocol import models

from signaling.errors import MalformedMessage
from signaling.limits import NAMES_PER_MESSAGE

RELIABLE, LOSSY = models.DataPacket.RELIABLE, models.DataPacket.LOSSY
_KEPT_PACKETS, _KEPT_BYTES = 256, 1024 * 1024
_FORWARDED = frozenset(
    {
        "user",
        "chat_message",
        "rpc_request",
        "rpc_ack",
        "rpc_response",
        "stream_header",
        "stream_chunk",
        "stream_trailer",
        "sip_dtmf",
        "encrypted_packet",
        "transcription",
    }
)


@dataclass(frozen=True)
class Routed:
    """A packet ready to send; empty `identities` means everyone but the sender."""

    packet: bytes
    identities: frozenset[str]
    sequence: int

    def is_for(self, identity: str) -> bool:
        """Whether `identity` shall get it."""
        return not self.identities or identity in self.identities


def route(raw: bytes, kind: int, sid: str, identity: str, is_agent: bool) -> Routed | None:
    """The packet with its sender proven, and whom it is for; None for kinds that stay here."""
    try:
        packet = models.DataPacket.FromString(raw)
    except DecodeError as error:
        raise MalformedMessage("data packet") from error
    what = packet.WhichOneof("value")
    if what not in _FORWARDED or (what == "transcription" and not is_agent):
        return None
    names = list(packet.destination_identities)
    if what == "user":
        names += packet.user.destination_identities
        packet.user.participant_sid, packet.user.participant_identity = sid, identity
    if len(names) > NAMES_PER_MESSAGE:
        raise MalformedMessage("data destinations")
    packet.participant_sid, packet.participant_identity = sid, identity
    packet.kind = models.DataPacket.RELIABLE if kind == RELIABLE else models.DataPacket.LOSSY
    return Routed(packet.SerializeToString(), frozenset(names), packet.sequence)


class ReliableHistory:
    """The last reliable packets of a room, to replay what was lost while a client resumed."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, Routed]] = deque()
        self._bytes = 0

    def keep(self, sender_sid: str, routed: Routed) -> None:
        """Remembers a packet; old ones go when there are too many."""
        self._kept.append((sender_sid, routed))
        self._bytes += len(routed.packet)
        while len(self._kept) > _KEPT_PACKETS or self._bytes > _KEPT_BYTES:
            _, old = self._kept.popleft()
            self._bytes -= len(old.packet)

    def missed(self, identity: str, seen: Iterable[tuple[str, int]]) -> list[bytes]:
        """Packets for `identity` newer than the (sender sid, last sequence) pairs it has seen."""
        last = dict(seen)
        return [
            routed.packet
            for sender, routed in self._kept
            if sender in last and routed.sequence > last[sender] and routed.is_for(identity)
        ]
