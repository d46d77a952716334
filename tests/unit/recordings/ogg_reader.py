"""A second, slow and literal reader of Ogg pages, to judge the writer by RFC 3533 alone."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    flags: int
    granule: int
    serial: int
    number: int
    crc_holds: bool
    packets: list[bytes]


def checksum(data: bytes) -> int:
    """RFC 3533 6: polynomial 0x04c11db7, start and final value 0, bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def read(data: bytes) -> list[Page]:
    pages, at = [], 0
    while at < len(data):
        assert data[at : at + 4] == b"OggS", f"no page at {at}"
        flags = data[at + 5]
        granule, serial, number, crc = struct.unpack_from("<qIII", data, at + 6)
        count = data[at + 26]
        lacing = data[at + 27 : at + 27 + count]
        body = at + 27 + count
        end = body + sum(lacing)
        blank = data[at : at + 22] + bytes(4) + data[at + 26 : end]
        packets, current = [], b""
        for lace in lacing:
            current += data[body : body + lace]
            body += lace
            if lace < 255:
                packets.append(current)
                current = b""
        pages.append(Page(flags, granule, serial, number, checksum(blank) == crc, packets))
        at = end
    return pages


def audio(data: bytes) -> list[bytes]:
    """The packets after the two headers."""
    return [packet for page in read(data)[2:] for packet in page.packets]
