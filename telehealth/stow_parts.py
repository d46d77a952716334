"""The body of a store request as files: hashed as they come, each given out when it is complete."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request

from telehealth.errors import BodyTooLarge
from viewer.dicomweb_multipart import MultipartReader
from viewer.errors import MultipartInvalid

BODY_BYTES_MAX: Final = 8 << 30
PARTS_MAX: Final = 10_000
_FEED_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A complete part in a file of its own, not yet on the disk for good."""

    path: Path
    sha256: str
    size: int


class PartFiles:
    """A sink of parts; blocks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: BinaryIO | None = None
        self._paths: list[Path] = []
        self._complete: list[Part] = []

    def begin(self, _headers: Mapping[str, str]) -> None:
        """A new file."""
        if len(self._paths) >= PARTS_MAX:
            raise MultipartInvalid("too-many-parts")
        self._paths.append(self._folder / f"{uuid4().hex}.stow")
        self._open = self._paths[-1].open("wb", buffering=0)
        self._digest, self._size = hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        """More of it."""
        if self._open is not None:
            self._digest.update(data)
            self._size += len(data)
            _write_all(self._open, data)

    def end(self) -> None:
        """It is complete."""
        self._close()
        self._complete.append(Part(self._paths[-1], self._digest.hexdigest(), self._size))

    def taken(self) -> list[Part]:
        """What has become complete since this was last asked."""
        complete, self._complete = self._complete, []
        return complete

    def remove(self) -> None:
        """Leave nothing behind that was not taken over."""
        self._close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _write_all(file: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


async def received_parts(
    request: Request, boundary: str, files: PartFiles
) -> AsyncIterator[list[Part]]:
    """Some parts at a time, as they are completed.

    Raises MultipartInvalid, at the latest with the end of the body, and BodyTooLarge.
    """
    reader = MultipartReader(boundary, files)
    async for chunks in _gathered(request):
        await asyncio.to_thread(_feed, reader, chunks)
        yield files.taken()
    reader.finish()


def _feed(reader: MultipartReader, chunks: list[bytes]) -> None:
    for chunk in chunks:
        reader.feed(chunk)


async def _gathered(request: Request) -> AsyncIterator[list[bytes]]:
    """About 1 MiB at a time: each is a trip to a thread."""
    chunks: list[bytes] = []
    size, total = 0, 0
    try:
        async for chunk in request.stream():
            chunks.append(chunk)
            size, total = size + len(chunk), total + len(chunk)
            if total > BODY_BYTES_MAX:
                raise BodyTooLarge(BODY_BYTES_MAX)
            if size >= _FEED_BYTES:
                yield chunks
                chunks, size = [], 0
    except ClientDisconnect:
        raise MultipartInvalid("ends-early") from None
    yield chunks
