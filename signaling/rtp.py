"""Reading RTP (RFC 3550), its header extensions (RFC 8285) and VP8's descriptor (RFC 7741).

Everything works on a reused buffer at fixed offsets: no packet object is built on the hot path.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")
NUMBERED_HEADER = struct.Struct("!BBHIIIBHB")  # and a word with the transport-wide number
_EXTENSION_HEADER = struct.Struct("!HH")
_ONE_BYTE, _TWO_BYTE = 0xBEDE, 0x1000
_PADDING, _EXTENSION = 0x20, 0x10

Buffer = bytes | bytearray | memoryview


class Header(NamedTuple):
    """A parsed RTP header; offsets are bytes from the start of the packet."""

    payload_type: int
    marker: int  # 0 or 0x80, ready to be or-ed with a payload type
    sequence: int
    timestamp: int
    ssrc: int
    payload_at: int
    extensions_at: int  # 0 when there are none
    padding: int  # 0 or 0x20, ready to be or-ed with the version


def read_header(packet: Buffer, length: int) -> Header | None:
    """The header of `packet[:length]`, or None when it is not a whole RTP packet."""
    if length < 12:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
    if first >> 6 != 2:
        return None
    payload_at, extensions_at = 12 + 4 * (first & 15), 0
    if first & _EXTENSION:
        if payload_at + 4 > length:
            return None
        extensions_at = payload_at
        words = packet[payload_at + 2] << 8 | packet[payload_at + 3]
        payload_at += 4 + 4 * words
    if payload_at > length:
        return None
    padding = first & _PADDING
    if padding and not 0 < packet[length - 1] <= length - payload_at:
        return None
    return Header(
        second & 127, second & 128, sequence, timestamp, ssrc, payload_at, extensions_at, padding
    )


def read_extensions(packet: Buffer, header: Header) -> Iterator[tuple[int, bytes]]:
    """Each (id, value) of a packet's header extensions; stops at the first broken one."""
    for name, at, size in _walk(packet, header):
        yield name, bytes(packet[at : at + size])


def _walk(packet: Buffer, header: Header) -> Iterator[tuple[int, int, int]]:
    """(id, start, size) of each header extension."""
    if not header.extensions_at:
        return
    profile, _ = _EXTENSION_HEADER.unpack_from(packet, header.extensions_at)
    at, end = header.extensions_at + 4, header.payload_at
    two_byte = profile & 0xFFF0 == _TWO_BYTE
    if not two_byte and profile != _ONE_BYTE:
        return
    while at < end:
        if packet[at] == 0:
            at += 1
            continue
        if two_byte:
            if at + 2 > end:
                return
            name, size, at = packet[at], packet[at + 1], at + 2
        else:
            name, size, at = packet[at] >> 4, (packet[at] & 15) + 1, at + 1
            if name == 15:
                return
        if at + size > end:
            return
        yield name, at, size
        at += size


def find_two(packet: Buffer, header: Header, first: int, second: int) -> tuple[int, int]:
    """Where the values of two extensions begin, 0 for one that is absent; as `read_extensions`,
    for the hot path: no objects are built."""
    at, end = header.extensions_at, header.payload_at
    if not at:
        return 0, 0
    profile = packet[at] << 8 | packet[at + 1]
    if profile != _ONE_BYTE:
        return _find_two_slowly(packet, header, first, second)
    at += 4
    first_at = second_at = 0
    while at < end:
        head = packet[at]
        if not head:
            at += 1
            continue
        name, following = head >> 4, at + 2 + (head & 15)
        if name == 15 or following > end:
            break
        if name == first:
            first_at = at + 1
        elif name == second:
            second_at = at + 1
        at = following
    return first_at, second_at


def _find_two_slowly(packet: Buffer, header: Header, first: int, second: int) -> tuple[int, int]:
    found = {name: at for name, at, size in _walk(packet, header) if size}
    return found.get(first, 0), found.get(second, 0)


class Descriptor(NamedTuple):
    """What a switch must know and rewrite of a video payload; an offset of 0 means absent.

    Offsets are from the start of the payload, so that they stay true after a header rewrite.
    """

    starts_key_frame: bool
    picture_id_at: int
    picture_id_is_long: bool  # 15 bits, else 7
    picture_id: int
    tl0_at: int
    tl0: int


NO_DESCRIPTOR = Descriptor(False, 0, False, 0, 0, 0)


def read_vp8(packet: Buffer, at: int, length: int) -> Descriptor:
    """The descriptor of a VP8 payload lying at `packet[at:length]`; a neutral one if cut short."""
    try:
        return _read_vp8(packet[at:length])
    except IndexError:
        return NO_DESCRIPTOR


def _read_vp8(payload: Buffer) -> Descriptor:
    first, cursor = payload[0], 1
    picture_at = tl0_at = picture = tl0 = 0
    is_long = False
    if first & 0x80:
        flags, cursor = payload[1], 2
        if flags & 0x80:
            picture_at, picture = cursor, payload[cursor]
            is_long = picture & 0x80 != 0
            if is_long:
                picture = (picture & 0x7F) << 8 | payload[cursor + 1]
            cursor += 2 if is_long else 1
        if flags & 0x40:
            tl0_at, tl0, cursor = cursor, payload[cursor], cursor + 1
        if flags & 0x30:
            cursor += 1
    # S bit set, partition 0, and the frame header's inverse key-frame bit clear.
    starts = first & 0x10 != 0 and first & 7 == 0 and payload[cursor] & 1 == 0
    return Descriptor(starts, picture_at, is_long, picture, tl0_at, tl0)


def shift_vp8(
    packet: bytearray, at: int, vp8: Descriptor, picture_offset: int, tl0_offset: int
) -> None:
    """Adds offsets to picture id and TL0 index of the VP8 payload at `packet[at:]`, in place."""
    if vp8.picture_id_at:
        where = at + vp8.picture_id_at
        if vp8.picture_id_is_long:
            moved = vp8.picture_id + picture_offset & 0x7FFF
            packet[where], packet[where + 1] = 0x80 | moved >> 8, moved & 0xFF
        else:
            packet[where] = vp8.picture_id + picture_offset & 0x7F
    if vp8.tl0_at:
        packet[at + vp8.tl0_at] = vp8.tl0 + tl0_offset & 0xFF


def is_newer(a: int, b: int) -> bool:
    """Whether sequence number `a` comes after `b` on the 16-bit circle (RFC 1982)."""
    return 0 < (a - b & 0xFFFF) < 0x8000
