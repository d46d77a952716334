"""A forwarder with a publisher, receivers whose datagrams are kept, a clock turned by hand."""

import struct
from typing import Any

from pylibsrtp import Policy, Session

from signaling import rtcp
from signaling.forwarder import Forwarder
from signaling.media_codecs import Codec
from signaling.media_peer import Announced, MediaPeer
from signaling.mux import send_each
from signaling.outbound import Delivery, OutboundTrack
from signaling.rtp import read_extensions, read_header
from signaling.sdp import (
    LEVEL_EXTENSION,
    MID_EXTENSION,
    RID_EXTENSION,
    TRANSPORT_EXTENSION,
)
from signaling.srtp import PacketBuffer, forget_ssrc, handle_of
from signaling.streams import InboundTrack
from signaling.voices import Voice

KEY = bytes(range(44))
PROFILE = Policy.SRTP_PROFILE_AEAD_AES_256_GCM


class Wire:
    """A transport whose datagrams are kept, and decrypted to look at."""

    def __init__(self) -> None:
        policy = Policy(KEY, Policy.SSRC_ANY_OUTBOUND, srtp_profile=PROFILE)
        policy.allow_repeat_tx = True
        self._session = Session(policy)
        self.tx: Any = handle_of(self._session)
        self.path: Any = self
        self.sent: list[bytes] = []
        self.trains: list[int] = []  # packets of each
        self.rtcp: list[Any] = []
        self.retired: list[tuple[int, bool]] = []  # ssrc, whether anything was sent under it
        self._receiver = Session(Policy(KEY, Policy.SSRC_ANY_INBOUND, srtp_profile=PROFILE))

    def send(self, data: bytes | memoryview) -> bool:
        self.sent.append(bytes(data))
        return True

    def send_train(self, data: memoryview, size: int) -> int:
        self.trains.append(-(-len(data) // size))
        return send_each(self, data, size)

    def send_rtcp(self, data: bytes) -> None:
        self.rtcp += rtcp.read(data)

    def retire(self, ssrc: int) -> None:
        self.retired.append((ssrc, forget_ssrc(self.tx, ssrc)))

    def packets(self) -> list[tuple[Any, bytes]]:
        """(header, payload) of what was sent since the last call."""
        plain = [self._receiver.unprotect(data) for data in self.sent]
        self.sent.clear()
        headers = [read_header(data, len(data)) for data in plain]
        self.numbers = [
            int.from_bytes(dict(read_extensions(data, header)).get(5, b""), "big")
            for header, data in zip(headers, plain, strict=True)
            if header
        ]
        return [(h, d[h.payload_at :]) for h, d in zip(headers, plain, strict=True) if h]


IDS = {MID_EXTENSION: 1, RID_EXTENSION: 2, LEVEL_EXTENSION: 3, TRANSPORT_EXTENSION: 4}
CODECS = {
    "video": {96: Codec(111, "vp8", "", "", rtx=112), 98: Codec(113, "h264", "", "", rtx=114)},
    "audio": {96: Codec(111, "opus", "", ""), 63: Codec(64, "red", "", "")},
}


class ForwardingBench:
    """One publisher, one receiver, a clock that is turned by hand."""

    def __init__(
        self,
        kind: str = "video",
        rids: tuple[str, ...] = (),
        *,
        delivery: Delivery | None = None,
        voice: Voice | None = None,
    ) -> None:
        self.now = 100.0
        self.forwarder = Forwarder(PacketBuffer(), lambda: self.now)
        self.publisher = Wire()
        self.sender = MediaPeer(self.publisher, self.forwarder)
        types = {number: codec.name for number, codec in CODECS[kind].items()}
        self.track = InboundTrack("TR", kind, types, rids, repairs={97: 96}, voice=voice)
        declared = () if rids else (7,)
        self.sender.publish(self.track, Announced("0", declared, IDS, {17: 7}))
        self.forwarder.add(self.track, self.sender)
        self.listener, self.receiver, self.out = self.joins(
            delivery or Delivery(55, {96: Codec(111, types[96], "", "")})
        )

    def joins(self, delivery: Delivery) -> tuple[MediaPeer, Wire, OutboundTrack]:
        """One more receiver."""
        wire = Wire()
        listener = MediaPeer(wire, self.forwarder)
        out = OutboundTrack(self.track, wire, delivery, listener.line.log)
        self.forwarder.connect(listener, out)
        return listener, wire, out

    def packet(  # noqa: PLR0913
        self,
        sequence: int,
        timestamp: int = 0,
        *,
        key: bool = False,
        ssrc: int = 7,
        rid: str = "",
        picture: int = 1,
        payload_type: int = 96,
        level: int = 5,
        payload: bytes | None = None,
        padding: int = 0,
        number: int | None = None,
    ) -> None:
        """A packet arrives."""
        items = bytes([0x10, ord("0")]) + (bytes([0x20, ord(rid)]) if rid else b"")
        items += bytes([0x30, 0x80 | level])
        if number is not None:
            items += struct.pack("!BH", 0x41, number)
        items += bytes(-len(items) % 4)
        extensions = struct.pack("!HH", 0xBEDE, len(items) // 4) + items
        if payload is None:
            descriptor = bytes([0x90, 0x80, 0x80 | picture >> 8, picture & 255])
            payload = descriptor + bytes([0 if key else 1]) + b"picture"
        if padding:
            payload += bytes(padding - 1) + bytes([padding])
        first = 0xB0 if padding else 0x90
        head = struct.pack("!BBHII", first, payload_type, sequence & 0xFFFF, timestamp, ssrc)
        data = head + extensions + payload
        buffer = PacketBuffer()
        buffer.bytes[: len(data)] = data
        self.sender.on_rtp(buffer, len(data))

    def pliers(self) -> list[int]:
        """ssrcs for which a key frame was asked since the last call."""
        asked = [i.ssrc for i in self.publisher.rtcp if isinstance(i, rtcp.KeyFrameRequest)]
        self.publisher.rtcp.clear()
        return asked


def rtx_bench(**more: Any) -> ForwardingBench:
    """Receivers agreed to resends under an ssrc of their own (RFC 4588)."""
    return ForwardingBench(delivery=Delivery(55, CODECS["video"], rtx_ssrc=56, **more))
