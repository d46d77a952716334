"""Planes of bits as pictures with one colour on nothing; runs in a pool process."""

import io
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset

from viewer.damage import DAMAGE
from viewer.part10 import OpenedImage, open_image
from viewer.pixels import PLAIN, image_frames, refuse_pixels
from viewer.study import Refusal

_SIDE_MAX: Final = 32_768
Bits = npt.NDArray[np.bool_]


def overlay_picture(path: Path, group: int, image_frame: int, color: str) -> bytes | Refusal:
    """An overlay of an image, as large as the image (PS3.3 C.9.2), as PNG."""
    try:
        image = open_image(path)
        bits = _inside(image, group) if _is_inside(image.dataset, group) else None
        if bits is None:
            bits = _beside(image.dataset, group, image_frame)
        return _picture(bits, color) if bits is not None else Refusal("no-such-value")
    except MemoryError:
        return Refusal("too-large", "memory")
    except DAMAGE as error:
        return Refusal("decode-failed", type(error).__name__)


def _is_inside(dataset: Dataset, group: int) -> bool:
    return bool(_number(dataset, group, 0x0102)) and (group, 0x3000) not in dataset


def _inside(image: OpenedImage, group: int) -> Bits | None:
    """The way of old consoles: a bit of each pixel that the pixel does not use (PS3.5 8.1.2)."""
    place, bit = image.plain(PLAIN), _number(image.dataset, group, 0x0102)
    if place is None or int(image.dataset.BitsAllocated) != 16 or not 0 < bit < 16:
        return None
    rows, columns = int(image.dataset.Rows), int(image.dataset.Columns)
    stored = np.fromfile(image.path, "<u2", rows * columns, offset=place[0])
    return (stored >> bit & 1).astype(bool).reshape(rows, columns)


def _beside(dataset: Dataset, group: int, image_frame: int) -> Bits | None:
    if (group, 0x3000) not in dataset:
        return None
    several = _number(dataset, group, 0x0015)
    at = image_frame - (_number(dataset, group, 0x0051) or 1) if several > 1 else 0
    plane = _unpacked(dataset, group, at)
    if plane is None:
        return None
    origin = dataset.get((group, 0x0050))
    row, column = (int(value) - 1 for value in (origin.value if origin else (1, 1)))
    return _laid(plane, (row, column), (int(dataset.Rows), int(dataset.Columns)))


def _unpacked(dataset: Dataset, group: int, at: int) -> Bits | None:
    """A frame of the plane, each bit a pixel, the lowest bit first (PS3.5 8.1.1)."""
    rows, columns = _number(dataset, group, 0x0010), _number(dataset, group, 0x0011)
    # Words of big-endian files begin with their high byte.
    order = "<u2" if dataset.original_encoding[1] is not False else ">u2"
    words = np.frombuffer(dataset[group, 0x3000].value, order).astype("<u2")
    bits, first = words.view(np.uint8), at * rows * columns
    if at < 0 or not 0 < rows * columns <= bits.size * 8 - first:
        return None
    found = np.unpackbits(bits, count=first + rows * columns, bitorder="little")[first:]
    return found.astype(bool).reshape(rows, columns)


def _laid(plane: Bits, origin: tuple[int, int], size: tuple[int, int]) -> Bits:
    """A plane may begin outside its image and be of another size."""
    whole = np.zeros(size, dtype=bool)
    (row, column), (rows, columns) = origin, plane.shape
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + rows, size[0]), min(column + columns, size[1])
    if top < bottom and left < right:
        whole[top:bottom, left:right] = plane[
            top - row : bottom - row, left - column : right - column
        ]
    return whole


def segment_picture(path: Path, frame: int, label: int, color: str) -> bytes | Refusal:
    """A frame of a segmentation as PNG; fractions count from one half on."""
    try:
        image = open_image(path)
        if refusal := refuse_pixels(image.dataset):
            return refusal
        for number, pixels in enumerate(image_frames(image), 1):
            if number == frame:
                half = int(image.dataset.get("MaximumFractionalValue") or 1) / 2
                return _picture(pixels == label if label else pixels >= half, color)
    except MemoryError:
        return Refusal("too-large", "memory")
    except DAMAGE as error:
        return Refusal("decode-failed", type(error).__name__)
    return Refusal("no-such-image-frame")


def _number(dataset: Dataset, group: int, element: int) -> int:
    found = dataset.get((group, element))
    return int(found.value) if found is not None and found.value not in (None, "") else 0


def _picture(bits: Any, color: str) -> bytes | Refusal:
    if bits.ndim != 2 or max(bits.shape) > _SIDE_MAX:
        return Refusal("too-large", "matrix")
    picture = Image.fromarray(bits.astype(np.uint8), "P")
    picture.putpalette([0, 0, 0, *bytes.fromhex(color.removeprefix("#"))])
    out = io.BytesIO()
    picture.save(out, "PNG", transparency=0, bits=1, optimize=False)
    return out.getvalue()
