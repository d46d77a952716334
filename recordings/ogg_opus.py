"""Ogg Opus (RFC 7845): packets unchanged into pages, and reading such a file back."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from recordings.errors import NotOurOgg
from recordings.ogg_pages import (
    FIRST,
    LACES_PER_PAGE,
    LAST,
    OggPage,
    laces,
    page_bytes,
    whole_pages,
)
from recordings.opus_packet import SAMPLES_PER_SECOND, packet_samples

PRE_SKIP_SAMPLES = (
    312  # look-ahead of the sender's libopus; skipping more would swallow a first word
)
_VENDOR = b"telehealth"


class OpusPages:
    """The pages of one stream: gathers packets, hands out bytes; holds no file and no clock."""

    def __init__(self, serial: int, channels: int, tags: Mapping[str, str]) -> None:
        """Start a stream; `channels` is 1 or 2, `tags` are the comments of its header."""
        self._serial = serial
        self._number = 0
        self._samples = 0
        self._waiting: list[bytes] = []
        self._laces = 0
        head = struct.pack("<8sBBHIhB", b"OpusHead", 1, channels, PRE_SKIP_SAMPLES, 48_000, 0, 0)
        self._out = bytearray(self._page([head], FIRST) + self._page([_tags(tags)], 0))

    @property
    def samples(self) -> int:
        """Samples given so far, the pre-skip included."""
        return self._samples

    def add(self, packet: bytes) -> None:
        """Append one valid packet."""
        needed = laces(len(packet))
        if self._laces + needed > LACES_PER_PAGE:
            self._close_page(0)
        self._waiting.append(packet)
        self._laces += needed
        self._samples += packet_samples(packet)

    def take(self) -> bytes:
        """All bytes not handed out yet, up to the last packet."""
        if self._waiting:
            self._close_page(0)
        out, self._out = bytes(self._out), bytearray()
        return out

    def end(self) -> bytes:
        """The remaining bytes with the end-of-stream mark; the stream takes nothing after it."""
        self._close_page(LAST)
        return self.take()

    def _close_page(self, flags: int) -> None:
        self._out += self._page(self._waiting, flags)
        self._waiting, self._laces = [], 0

    def _page(self, packets: list[bytes], flags: int) -> bytes:
        number, self._number = self._number, self._number + 1
        return page_bytes(
            packets, flags=flags, granule=self._samples, serial=self._serial, number=number
        )


@dataclass(frozen=True)
class OpusFile:
    """What a file of ours holds, read from its whole pages."""

    tags: Mapping[str, str]
    samples: int
    """Samples that are played: the last granule position less the pre-skip."""
    whole_bytes: int
    """Size up to the end of the last whole page."""
    closing: bytes
    """Bytes that must stand at `whole_bytes` so that the stream ends properly; empty if it does."""

    @property
    def duration_s(self) -> float:
        """Playing time."""
        return self.samples / SAMPLES_PER_SECOND


def read_opus_file(data: bytes) -> OpusFile:
    """Read a file that may be cut anywhere; NotOurOgg if its two headers are not whole."""
    pages = list(whole_pages(data))
    if len(pages) < 2 or not pages[0].packets or not pages[0].packets[0].startswith(b"OpusHead"):
        raise NotOurOgg
    last = pages[-1]
    return OpusFile(
        tags=_read_tags(pages[1]),
        samples=max(0, last.granule - PRE_SKIP_SAMPLES),
        whole_bytes=last.end,
        closing=b"" if last.flags & LAST else _empty_last_page(last),
    )


def cut_opus_file(data: bytes, samples: int) -> bytes:
    """A whole file of ours without what is played after `samples`, to the packet; same headers."""
    limit = samples + PRE_SKIP_SAMPLES
    kept, end = 0, 0
    for page in whole_pages(data):
        last = page
        if page.number > 1 and page.granule > limit:
            break
        kept, end = page.granule, page.end
    else:
        return data
    packets: list[bytes] = []
    for packet in last.packets:
        if kept + packet_samples(packet) > limit:
            break
        packets.append(packet)
        kept += packet_samples(packet)
    return data[:end] + page_bytes(
        packets, flags=LAST, granule=kept, serial=last.serial, number=last.number
    )


def _empty_last_page(last: OggPage) -> bytes:
    return page_bytes(
        [], flags=LAST, granule=last.granule, serial=last.serial, number=last.number + 1
    )


def _tags(tags: Mapping[str, str]) -> bytes:
    comments = [f"{name}={value}".encode() for name, value in tags.items()]
    parts = [_VENDOR, *comments]
    sized = [struct.pack("<I", len(part)) + part for part in parts]
    return b"OpusTags" + sized[0] + struct.pack("<I", len(comments)) + b"".join(sized[1:])


def _read_tags(page: OggPage) -> dict[str, str]:
    data = page.packets[0] if page.packets else b""
    if not data.startswith(b"OpusTags"):
        raise NotOurOgg
    at = 8
    values: list[str] = []
    while len(values) < 1 or at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        values.append(data[at + 4 : at + 4 + size].decode())
        at += 4 + size + (4 if len(values) == 1 else 0)  # the comment count follows the vendor
    return dict(value.split("=", 1) for value in values[1:])
