"""The packed delivery copy of one image series: order, manifest, stages. Pure.

One file holds the codestreams of a series; images that come later are added at its end. The
manifest, in viewing order, says where each image lies and where each of its resolutions ends; a
stage is one resolution step of every image, the
image looked at first.
"""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Image = Mapping[str, Any]
STAGES: Final = 3
_STAGE_HEADER: Final = struct.Struct(">II")


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of the pack that belong to one image of a stage."""

    index: int
    offset: int
    length: int

    def header(self) -> bytes:
        """Before the bytes in a stage: u32be index, u32be length."""
        return _STAGE_HEADER.pack(self.index, self.length)


def in_viewing_order(images: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Along the slice normal when all images are parallel, else by instance and frame number."""
    normal = _common_normal(images)
    if normal is None:
        return sorted(images, key=_number_key)
    return sorted(images, key=lambda image: (_distance(image, normal), *_number_key(image)))


def _number_key(image: Image) -> tuple[int, int, str]:
    number = image["instance_number"]
    return (number if number is not None else 1 << 31, image["frame"], image["sop_uid"])


def _common_normal(images: Sequence[Image]) -> tuple[float, float, float] | None:
    """The shared normal; None when images are not parallel or several lie in one plane."""
    if len(images) < 2 or any(not i["orientation"] or not i["position"] for i in images):
        return None
    first = images[0]["orientation"]
    if any(
        max(abs(a - b) for a, b in zip(first, i["orientation"], strict=True)) > 1e-3 for i in images
    ):
        return None
    (a, b, c), (d, e, f) = first[:3], first[3:]
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    places = {round(_distance(image, normal), 3) for image in images}
    # A cine or a dynamic series visits one plane many times: its own order is meant then.
    return normal if len(places) == len(images) else None


def _distance(image: Image, normal: tuple[float, float, float]) -> float:
    return math.fsum(n * p for n, p in zip(normal, image["position"], strict=True))


def with_offsets(images: Sequence[Image], start: int = 0) -> list[dict[str, Any]]:
    """The manifest entries with the place of each image in the pack, from `start` on."""
    placed, offset = [], start
    for image in images:
        placed.append({**image, "offset": offset})
        offset += image["length"]
    return placed


def centre_out(count: int, around: int) -> Iterator[int]:
    """Every index once, nearest to `around` first, the later neighbour before the earlier."""
    around = min(max(around, 0), count - 1)
    if count > 0:
        yield around
    for step in range(1, count):
        if around + step < count:
            yield around + step
        if around - step >= 0:
            yield around - step


def stage_slices(images: Sequence[Image], stage: int, around: int) -> list[Slice]:
    """The slices of one stage: 0 up to 1/8, 1 from there to 1/4, 2 from there to full."""
    if stage not in range(STAGES):
        raise ValueError(stage)
    slices = []
    for index in centre_out(len(images), around):
        image = images[index]
        eighth, quarter, _half, full = image["ends"]
        start, end = ((0, eighth), (eighth, quarter), (quarter, full))[stage]
        slices.append(Slice(index, image["offset"] + start, end - start))
    return slices


@dataclass(frozen=True, slots=True)
class ByteRange:
    """First and last byte, both inclusive."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.last - self.first + 1


class RangeUnsatisfiable(ValueError):
    """The asked range lies outside (RFC 9110 15.5.17)."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """One byte range of a Range header (RFC 9110 14.1.2); None means the whole.

    Several ranges, other units and malformed headers are ignored, as the RFC allows.
    Raises RangeUnsatisfiable.
    """
    unit, _, spec = (header or "").partition("=")
    first, dash, last = spec.strip().partition("-")
    numbers_ok = all(part.isascii() and part.isdigit() for part in (first, last) if part)
    if unit.strip().lower() != "bytes" or not dash or not numbers_ok or not (first or last):
        return None
    if len(spec) > 40:
        return None
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
    if start >= size or start > end:
        raise RangeUnsatisfiable(size)
    return ByteRange(start, end)
