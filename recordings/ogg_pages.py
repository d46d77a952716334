"""Ogg pages (RFC 3533): build one, and walk the whole ones in a file that may end in mid-page."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FIRST, LAST = 2, 4  # header type flags, RFC 3533 6
LACES_PER_PAGE = 255

_HEAD = struct.Struct("<4sBBqIIIB")
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class OggPage:
    """One page; `packets` are whole ones, since this project never splits a packet over pages."""

    flags: int
    granule: int
    serial: int
    number: int
    packets: tuple[bytes, ...]
    end: int
    """Offset of the first byte after the page."""


def laces(size: int) -> int:
    """Lacing values a packet of `size` bytes needs."""
    return size // 255 + 1


def page_bytes(
    packets: Sequence[bytes], *, flags: int, granule: int, serial: int, number: int
) -> bytes:
    """One page with its checksum; the packets must fit into 255 lacing values."""
    lacing = b"".join(
        b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,)) for packet in packets
    )
    if len(lacing) > LACES_PER_PAGE:
        raise ValueError("packets do not fit into one page")
    body = lacing + b"".join(packets)
    blank = _HEAD.pack(b"OggS", 0, flags, granule, serial, number, 0, len(lacing)) + body
    return blank[:22] + struct.pack("<I", _checksum(blank)) + blank[26:]


def whole_pages(data: bytes) -> Iterator[OggPage]:
    """Pages from the start of `data` up to the first that is cut off or damaged."""
    at = 0
    while (page := _page_at(data, at)) is not None:
        yield page
        at = page.end


def _page_at(data: bytes, at: int) -> OggPage | None:
    if len(data) < at + _HEAD.size:
        return None
    magic, version, flags, granule, serial, number, crc, count = _HEAD.unpack_from(data, at)
    body = at + _HEAD.size + count
    lacing = data[at + _HEAD.size : body]
    end = body + sum(lacing)
    if (magic, version) != (b"OggS", 0) or len(lacing) < count or len(data) < end:
        return None
    if _checksum(data[at : at + 22] + bytes(4) + data[at + 26 : end]) != crc:
        return None
    return OggPage(flags, granule, serial, number, tuple(_split(lacing, data[body:end])), end)


def _split(lacing: bytes, body: bytes) -> Iterator[bytes]:
    start = size = 0
    for lace in lacing:
        size += lace
        if lace < 255:
            yield body[start : start + size]
            start, size = start + size, 0


def _checksum(data: bytes) -> int:
    # CRC-32 0x04c11db7, start 0, not mirrored. zlib has the mirrored one with inverted ends: feed
    # it mirrored bytes, undo the inversion, mirror the answer. 100 x faster than a Python table.
    mirrored = zlib.crc32(data.translate(_MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRROR), "big")
