"""Decoders for pydicom from imagecodecs (BSD), for what its own plugins cannot read.

JPEG extended at 12 bits, JPEG lossless, JPEG 2000 in colour above 8 bits, HTJ2K. The widespread
pylibjpeg-libjpeg is GPL and not used.
"""

from typing import Any, Final

import imagecodecs
import numpy as np
from pydicom import uid
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder

_JPEG: Final = (
    uid.JPEGBaseline8Bit,
    uid.JPEGExtended12Bit,
    uid.JPEGLossless,
    uid.JPEGLosslessSV1,
)
_JPEG2000: Final = (uid.JPEG2000Lossless, uid.JPEG2000)
_HTJ2K: Final = (uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K)
# Asked for by pydicom of every plugin module.
DECODER_DEPENDENCIES: Final = dict.fromkeys(
    (*_JPEG, *_JPEG2000, *_HTJ2K), ("numpy", "imagecodecs>=2026.1")
)
_LABEL: Final = "imagecodecs"


def is_available(syntax: str) -> bool:
    """Whether this module decodes the transfer syntax."""
    return syntax in DECODER_DEPENDENCIES


def decode_jpeg(source: bytes, runner: DecodeRunner) -> bytearray:
    """One JPEG frame, 8 to 16 bits, without colour conversion: pydicom does that by the header."""
    colour = "YCBCR" if runner.samples_per_pixel == 3 else None
    image = imagecodecs.jpeg_decode(source, colorspace=colour, outcolorspace=colour)
    return _plain(image, runner)


def decode_jpeg2000(source: bytes, runner: DecodeRunner) -> bytearray:
    """One JPEG 2000 frame; a multiple component transform is undone by the decoder."""
    _undone_transform(runner)
    return _plain(imagecodecs.jpeg2k_decode(source), runner)


def decode_htj2k(source: bytes, runner: DecodeRunner) -> bytearray:
    """One HTJ2K frame."""
    _undone_transform(runner)
    return _plain(imagecodecs.htj2k_decode(source), runner)


def _undone_transform(runner: DecodeRunner) -> None:
    if runner.photometric_interpretation in ("YBR_ICT", "YBR_RCT"):
        runner.set_option("photometric_interpretation", "RGB")


def _plain(image: Any, runner: DecodeRunner) -> bytearray:
    if image.dtype.itemsize > 2:
        raise ValueError("more than 16 bits")
    runner.set_option("bits_allocated", 8 * image.dtype.itemsize)
    if image.ndim == 3:
        runner.set_option("planar_configuration", 0)
    return bytearray(np.ascontiguousarray(image).tobytes())  # pydicom corrects signs in place


def register() -> None:
    """Add these to pydicom's decoders, which are tried first; once in each process."""
    for syntaxes, function in (
        (_JPEG, "decode_jpeg"),
        (_JPEG2000, "decode_jpeg2000"),
        (_HTJ2K, "decode_htj2k"),
    ):
        for syntax in syntaxes:
            decoder = get_decoder(syntax)
            if _LABEL not in decoder.available_plugins:
                decoder.add_plugin(_LABEL, (__name__, function))
    for syntax in _JPEG2000:
        # Pillow's answer is read-only: pydicom then fails to correct a wrong sign in place.
        if "pillow" in get_decoder(syntax).available_plugins:
            get_decoder(syntax).remove_plugin("pillow")
