"""Pictures for eyes, not for diagnosis: one image frame windowed, scaled, as JPEG or PNG.

Runs in a pool process.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
from PIL import Image
from pydicom.encaps import generate_frames

from viewer.damage import DAMAGE
from viewer.image_facts import image_facts
from viewer.part10 import open_image
from viewer.pixels import PLAIN, Pixels, image_frames, photometric_of, refuse_pixels
from viewer.study import Refusal
from viewer.transcode import full_range

SIDE_MAX: Final = 4096
_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG"}


@dataclass(frozen=True, slots=True)
class Rendering:
    """What to draw; no window means the image's own. `side` bounds width and height."""

    image_frame: int = 1
    window: tuple[float, float] | None = None
    side: int = SIDE_MAX
    kind: str = "image/jpeg"


def render(path: Path, wanted: Rendering) -> bytes | Refusal:
    """The picture, or why there is none."""
    try:
        image = open_image(path)
        if refusal := refuse_pixels(image.dataset):
            return refusal
        for number, pixels in enumerate(image_frames(image), 1):
            if number == wanted.image_frame:
                return _picture(_shades(pixels, image.dataset, wanted), wanted)
    except MemoryError:
        return Refusal("too-large", "memory")
    except DAMAGE as error:
        return Refusal("decode-failed", type(error).__name__)
    return Refusal("no-such-image-frame")


def _shades(pixels: Pixels, dataset: Any, wanted: Rendering) -> Pixels:
    """(rows, columns) or (rows, columns, 3) uint8, ready to be seen."""
    if pixels.ndim == 3:
        return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    facts = image_facts(dataset, wanted.image_frame)
    center, width = wanted.window or facts.window or _own_window(pixels, facts)
    values = pixels.astype(np.float64) * facts.slope + facts.intercept
    # PS3.3 C.11.2.1.2.1, linear function.
    grey = ((values - (center - 0.5)) / max(width - 1, 1e-6) + 0.5) * 255
    shades = np.clip(grey, 0, 255).astype(np.uint8)
    return 255 - shades if photometric_of(dataset) == "MONOCHROME1" else shades


def _own_window(pixels: Pixels, facts: Any) -> tuple[float, float]:
    window = full_range(pixels, facts)
    return window["center"], window["width"]


def _picture(shades: Pixels, wanted: Rendering) -> bytes:
    picture = Image.fromarray(shades)
    picture.thumbnail((wanted.side, wanted.side))
    out = io.BytesIO()
    options = {"quality": 90} if wanted.kind == "image/jpeg" else {}
    picture.save(out, _FORMATS[wanted.kind], **options)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class NativeFrames:
    """Where uncompressed image frames lie in a file: from `offset` on, each of `length` bytes."""

    offset: int
    length: int


def find_native(paths: Sequence[Path]) -> list[NativeFrames | None]:
    """The frames of files whose pixels are stored as their headers describe them; else None."""
    return [_native(path) for path in paths]


def _native(path: Path) -> NativeFrames | None:
    try:
        place = open_image(path).plain(PLAIN)
    except DAMAGE:
        return None
    return NativeFrames(*place) if place else None


def native_frames(path: Path, numbers: tuple[int, ...]) -> list[bytes] | Refusal:
    """Image frames as plain samples, for clients that decode nothing.

    Uncompressed files are cut, so that the samples are those the header describes.
    """
    try:
        if native := _native(path):
            return _cut(path, native, numbers)
        return _decoded(path, numbers)
    except MemoryError:
        return Refusal("too-large", "memory")
    except DAMAGE as error:
        return Refusal("decode-failed", type(error).__name__)


def _cut(path: Path, native: NativeFrames, numbers: tuple[int, ...]) -> list[bytes]:
    """These frames of a file."""
    with path.open("rb") as file:
        frames = []
        for number in numbers:
            file.seek(native.offset + (number - 1) * native.length)
            frames.append(file.read(native.length))
    return frames


def _decoded(path: Path, numbers: tuple[int, ...]) -> list[bytes] | Refusal:
    wanted = dict.fromkeys(numbers, b"")
    for number, pixels in enumerate(image_frames(open_image(path)), 1):
        if number in wanted:
            wanted[number] = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
        if number >= max(numbers):
            break
    return [wanted[number] for number in numbers]


def stored_frames(path: Path, numbers: tuple[int, ...]) -> list[bytes] | Refusal:
    """Image frames of a compressed file as they are stored."""
    try:
        dataset = pydicom.dcmread(path)
        count = int(dataset.get("NumberOfFrames") or 1)
        frames = generate_frames(dataset.PixelData, number_of_frames=count)
        found = {number: frame for number, frame in enumerate(frames, 1) if number in numbers}
        return [found[number] for number in numbers]
    except DAMAGE as error:
        return Refusal("decode-failed", type(error).__name__)


def bulk_value(path: Path, steps: tuple[str, ...]) -> bytes | Refusal:
    """A binary value by its path: tag, or tag, item number, tag, ..."""
    try:
        place: Any = pydicom.dcmread(path)
        for step, tag in zip(steps[1::2], steps[::2], strict=False):
            place = place[int(tag, 16)].value[int(step) - 1]
        value = place[int(steps[-1], 16)].value
    except DAMAGE as error:
        return Refusal("no-such-value", type(error).__name__)
    return value if isinstance(value, bytes) else Refusal("no-such-value")
