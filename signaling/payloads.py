"""What a forwarder must read inside payloads other than VP8's; nothing is decoded.

H264 (RFC 6184)  where a picture begins that needs no other
RED (RFC 2198)   the newest of the blocks, for receivers who know no RED
RTX (RFC 4588)   a resent packet becomes what it was
"""

from signaling.rtp import HEADER, NO_DESCRIPTOR, Buffer, Descriptor, Header
from signaling.srtp import PacketBuffer

_KEY = NO_DESCRIPTOR._replace(starts_key_frame=True)
_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28
_NAL_UNITS_AT_MOST = 32  # looked at in one aggregate
_RED_BLOCKS_AT_MOST = 8


def read_h264(packet: Buffer, at: int, length: int) -> Descriptor:
    """Whether a key frame begins at `packet[at:length]`: with parameter sets, or without them."""
    kind = packet[at] & 31
    if kind in (_IDR, _SPS):
        return _KEY
    if kind == _FU_A and at + 1 < length:
        second = packet[at + 1]
        return _KEY if second & 0x80 and second & 31 in (_IDR, _SPS) else NO_DESCRIPTOR
    if kind == _STAP_A:
        return _KEY if _holds_key(packet, at + 1, length) else NO_DESCRIPTOR
    return NO_DESCRIPTOR


def _holds_key(packet: Buffer, at: int, length: int) -> bool:
    for _ in range(_NAL_UNITS_AT_MOST):
        if at + 2 >= length:
            return False
        if packet[at + 2] & 31 in (_IDR, _SPS):
            return True
        at += 2 + (packet[at] << 8 | packet[at + 1])
    return False


def primary_of_red(packet: Buffer, at: int, length: int) -> int:
    """Where the newest block of a RED payload at `packet[at:length]` begins; 0 when broken."""
    redundant = 0
    for _ in range(_RED_BLOCKS_AT_MOST):
        if at >= length:
            return 0
        if not packet[at] & 0x80:
            start = at + 1 + redundant
            return start if start <= length else 0
        if at + 4 > length:
            return 0
        redundant += (packet[at + 2] & 3) << 8 | packet[at + 3]
        at += 4
    return 0


def restore(packet: PacketBuffer, header: Header, length: int, ssrc: int, payload_type: int) -> int:
    """Turns an RTX packet into the one it repeats, in place; its length, 0 for mere padding."""
    at, end = header.payload_at, length
    if header.padding:
        end -= packet.bytes[length - 1]
    if end - at <= 2:
        return 0
    original = packet.bytes[at] << 8 | packet.bytes[at + 1]
    first = packet.bytes[0] & ~0x20
    second = header.marker | payload_type
    packet.bytes[at : end - 2] = packet.bytes[at + 2 : end]
    HEADER.pack_into(packet.bytes, 0, first, second, original, header.timestamp, ssrc)
    return end - 2
