"""Open a Part-10 file (PS3.10 7) with the checks on its bytes that pydicom does not make.

pydicom reads a truncated value without complaint and inflates a deflated file whole; both are
decided here before a file is believed.
"""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import read_file_meta_info
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)

from viewer.study import Refusal

PREAMBLE_BYTES: Final = 128
# Elements above this stay on disk while the header is read.
_DEFER_BYTES: Final = 1 << 20
_UNDEFINED: Final = 0xFFFFFFFF
_ITEM: Final = (0xFFFE, 0xE000)
_SEQUENCE_END: Final = (0xFFFE, 0xE0DD)
_PIXEL_TAGS: Final = frozenset({(0x7FE0, 0x0008), (0x7FE0, 0x0009), (0x7FE0, 0x0010)})
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class OpenedHeader:
    """A dataset without its pixels, and whether there are any."""

    dataset: FileDataset
    has_pixels: bool


def open_header(path: Path, inflated_limit_bytes: int) -> OpenedHeader | Refusal:
    """Read everything before the pixels and check that the pixels are all there.

    Raises whatever pydicom meets in a malformed header.
    """
    with path.open("rb") as file:
        head = file.read(PREAMBLE_BYTES + 4)
        if not head:
            return Refusal("empty")
        if head[PREAMBLE_BYTES:] != b"DICM":
            return Refusal("not-dicom")
        meta = read_file_meta_info(path)
        if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            start = PREAMBLE_BYTES + 4 + 12 + int(meta.get("FileMetaInformationGroupLength", 0))
            return _open_deflated(file, start, inflated_limit_bytes)
        file.seek(0)
        dataset = pydicom.dcmread(file, stop_before_pixels=True, defer_size=_DEFER_BYTES)
        if _cut_off(dataset):
            return Refusal("truncated")
        return _with_pixels(file, dataset)


def _open_deflated(file: BinaryIO, start: int, limit_bytes: int) -> OpenedHeader | Refusal:
    file.seek(start)
    inflater, inflated = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while not inflater.eof:
        chunk = inflater.unconsumed_tail or file.read(_CHUNK_BYTES)
        if not chunk:
            return Refusal("truncated", "deflate")
        inflated += len(inflater.decompress(chunk, _CHUNK_BYTES))
        if inflated > limit_bytes:
            return Refusal("inflates-too-much")
    file.seek(0)
    dataset = pydicom.dcmread(file)
    if _cut_off(dataset):
        return Refusal("truncated")
    found = [tag for tag in _PIXEL_TAGS if tag in dataset]
    for tag in found:
        del dataset[tag]
    return OpenedHeader(dataset, bool(found))


def _cut_off(dataset: Dataset) -> bool:
    """Whether the last value ends before its announced length."""
    tags = sorted(dataset.keys())
    last = dataset.get_item(tags[-1]) if tags else None
    if not isinstance(last, RawDataElement) or last.value is None:
        return False
    return last.length != _UNDEFINED and len(last.value) < last.length


def _with_pixels(file: BinaryIO, dataset: FileDataset) -> OpenedHeader | Refusal:
    place = _pixels_place(file, dataset)
    if place is None:
        return OpenedHeader(dataset, has_pixels=False)
    end = file.seek(0, 2)
    file.seek(place.offset)
    encapsulated = place.length == _UNDEFINED
    complete = _fragments_end(file, end) if encapsulated else place.offset + place.length <= end
    return OpenedHeader(dataset, has_pixels=True) if complete else Refusal("truncated", "pixels")


@dataclass(frozen=True, slots=True)
class PixelsPlace:
    """Where the value of the pixel element starts in a file, and its length field."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """A file whose header was read; values above 1 MiB and the pixels are still on disk."""

    path: Path
    dataset: FileDataset
    place: PixelsPlace | None

    def plain(self, syntaxes: Collection[str]) -> tuple[int, int] | None:
        """(offset, length) of the first of the frames that lie in the file one after the other.

        None when the pixels are not stored in one of these syntaxes as the header describes them.
        """
        if self.place is None or self.dataset.file_meta.get("TransferSyntaxUID") not in syntaxes:
            return None
        count = max(int(self.dataset.get("NumberOfFrames") or 1), 1)
        bits = get_expected_length(self.dataset, "pixels") * int(self.dataset.BitsAllocated)
        whole = bits % (8 * count) == 0 and 8 * self.place.length >= bits
        return (self.place.offset, bits // (8 * count)) if whole else None


def open_image(path: Path) -> OpenedImage:
    """Raises whatever pydicom meets in a malformed header."""
    with path.open("rb") as file:
        dataset = pydicom.dcmread(file, stop_before_pixels=True, defer_size=_DEFER_BYTES)
        # pydicom takes a buffer's name for the file to read deferred values from.
        return OpenedImage(path, dataset, _pixels_place(file, dataset))


def _pixels_place(file: BinaryIO, dataset: FileDataset) -> PixelsPlace | None:
    """Of a file that was read up to its pixels; None when there are none."""
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    order = _Order("big" if syntax == ExplicitVRBigEndian else "little", syntax)
    if order.tag(file.read(4)) not in _PIXEL_TAGS:
        return None
    length = order.value_length(file)
    return PixelsPlace(file.tell(), length)


@dataclass(frozen=True, slots=True)
class _Order:
    byte_order: str
    syntax: str | None

    def number(self, raw: bytes) -> int:
        return int.from_bytes(raw, "big" if self.byte_order == "big" else "little")

    def tag(self, raw: bytes) -> tuple[int, int]:
        return self.number(raw[:2]), self.number(raw[2:4])

    def value_length(self, file: BinaryIO) -> int:
        """The length field of a pixel element whose tag was just read (PS3.5 7.1.2, 7.1.3)."""
        if self.syntax != ImplicitVRLittleEndian:
            vr = file.read(4)[:2]
            if not vr.isalpha():  # implicit data under an explicit label
                return self.number(vr + b"\0\0")
        return self.number(file.read(4))


def _fragments_end(file: BinaryIO, end: int) -> bool:
    """Walk the fragments of encapsulated pixels to their delimiter (PS3.5 A.4)."""
    little = _Order("little", None)
    while len(item := file.read(8)) == 8:
        tag, length = little.tag(item), little.number(item[4:])
        if tag == _SEQUENCE_END:
            return True
        if tag != _ITEM or file.tell() + length > end:
            return False
        file.seek(length, 1)
    return not item  # some writers leave the delimiter out, but end after a whole fragment
