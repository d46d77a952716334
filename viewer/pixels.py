"""Decode the image frames of a stored file to arrays a browser can draw; runs in a pool process."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from viewer import codecs
from viewer.part10 import OpenedImage
from viewer.study import Refusal

Pixels = npt.NDArray[Any]
PLAIN: Final = frozenset({ImplicitVRLittleEndian, ExplicitVRLittleEndian})
GRAY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
# Decoding works on one frame at a time; this bounds that one.
FRAME_BYTES_MAX: Final = 512 << 20


def refuse_pixels(dataset: Dataset) -> Refusal | None:
    """Why these pixels have no delivery copy, decided from the header alone."""
    bits = int(dataset.get("BitsAllocated") or 0)
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        return Refusal("unsupported-float-pixels")
    samples = int(dataset.get("SamplesPerPixel") or 1)
    if bits not in (1, 8, 16, 32) or (bits == 32 and samples > 1):
        return Refusal("unsupported-bits", str(bits))
    size = int(dataset.Rows) * int(dataset.Columns) * samples * bits // 8
    if size > FRAME_BYTES_MAX:
        return Refusal("too-large", str(size))
    if not dataset.file_meta.TransferSyntaxUID.is_transfer_syntax:
        return Refusal("unsupported-syntax", str(dataset.file_meta.TransferSyntaxUID))
    return None


def image_frames(image: OpenedImage) -> Iterator[Pixels]:
    """Each frame in order: (rows, columns) or (rows, columns, 3) RGB; stored values, signed as
    (0028,0103) says, unused bits cleared. Raises what the decoders raise.
    """
    plain = _plain_frame(image)
    if plain is not None:
        yield drawable(plain, image.dataset)
        return
    codecs.register()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A deflated file cannot be read in places; its inflated size was bounded on arrival.
        deflated = image.dataset.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian
        for pixels in iter_pixels(pydicom.dcmread(image.path) if deflated else image.path):
            yield drawable(pixels, image.dataset)


def _plain_frame(image: OpenedImage) -> Pixels | None:
    """The only frame of a grey file that is stored as it is drawn: CT and MR of every day."""
    dataset = image.dataset
    bits = int(dataset.BitsAllocated)
    grey = dataset.get("PhotometricInterpretation") in GRAY and dataset.SamplesPerPixel == 1
    single = int(dataset.get("NumberOfFrames") or 1) == 1
    place = image.plain(PLAIN) if grey and single and bits == 16 else None
    if place is None:
        return None
    kind = "<i2" if dataset.PixelRepresentation == 1 else "<u2"
    pixels = np.fromfile(image.path, kind, place[1] // 2, offset=place[0])
    # What a console hides in unused bits is cleared by the decoder; most hide nothing.
    stored = int(dataset.BitsStored) - dataset.PixelRepresentation
    low = -(1 << stored) if dataset.PixelRepresentation == 1 else 0
    clean = low <= int(pixels.min()) and int(pixels.max()) < 1 << stored
    return pixels.reshape(dataset.Rows, dataset.Columns) if clean else None


def drawable(pixels: Pixels, dataset: Dataset) -> Pixels:
    """Palette colour turned into RGB; everything else as it is, contiguous."""
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        pixels = _eight_bits(apply_color_lut(pixels, dataset), dataset)
    # Encoders take the machine's byte order only.
    return np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("="))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Greys of at most 16 bits; the stored value is `pixels * step + low`, exactly."""

    pixels: Pixels
    step: int
    low: int


def narrowed(pixels: Pixels) -> Narrowed | None:
    """What encoders and browsers can take of these greys; None where 16 bits do not suffice.

    Doses and the like have 32 bits, but seldom use them: a step and a start give an exact form.
    """
    if pixels.dtype.itemsize <= 2:
        return Narrowed(pixels, 1, 0)
    wide = pixels.astype(np.int64)
    low = int(wide.min())
    step = max(int(np.gcd.reduce(wide - low, axis=None)), 1)
    steps = (wide - low) // step
    return Narrowed(steps.astype(np.uint16), step, low) if steps.max() <= 0xFFFF else None


def _eight_bits(pixels: Pixels, dataset: Dataset) -> Pixels:
    """Palettes of 16 bits hold colours in the high byte (PS3.3 C.7.6.3.1.6)."""
    depth = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    if pixels.dtype == np.uint8:
        return pixels
    return (pixels >> 8 if depth == 16 else pixels).astype(np.uint8)


def photometric_of(dataset: Dataset) -> str:
    """How the drawable pixels are to be read: MONOCHROME1, MONOCHROME2 or RGB."""
    stored = str(dataset.get("PhotometricInterpretation") or "MONOCHROME2")
    samples = int(dataset.get("SamplesPerPixel") or 1)
    if stored in GRAY:
        return stored
    return "RGB" if samples == 3 or stored == "PALETTE COLOR" else "MONOCHROME2"
