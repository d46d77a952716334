"""Derive the delivery copy of one instance: lossless HTJ2K, checked pixel by pixel.

Runs in a pool process. Writes `<stem>.j2c` (the codestreams of all image frames, one after the
other) and `<stem>.json` (facts, byte ends and checksum of each), both complete before it returns
but not yet on the disk: whoever packs them checks, and what a power loss took is derived again.
"""

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import imagecodecs
import numpy as np

from viewer.codestream import CodestreamMalformed, resolution_ends
from viewer.damage import DAMAGE
from viewer.image_facts import ImageFacts, image_facts, instance_body
from viewer.part10 import OpenedImage, open_image
from viewer.pixels import Pixels, image_frames, narrowed, refuse_pixels
from viewer.study import Refusal

# Not part of the manifest: says until the publication whether the bytes are those written here.
CHECKSUM: Final = "_crc32"


@dataclass(frozen=True, slots=True)
class Derived:
    """A delivery copy that is ready to be packed."""

    image_frames: int
    size: int


def transcode_all(files: Sequence[tuple[Path, Path]]) -> list[Derived | Refusal]:
    """Several instances in one trip to a process, as (source, stem)."""
    return [transcode(source, stem) for source, stem in files]


def transcode(source: Path, stem: Path) -> Derived | Refusal:
    """Encode every image frame of `source`; the reason if that cannot be done losslessly."""
    try:
        image = open_image(source)
        if refusal := refuse_pixels(image.dataset):
            return refusal
        return _write(image, stem)
    except MemoryError:
        return Refusal("too-large", "memory")
    except CodestreamMalformed as error:
        return Refusal("verify-failed", str(error))
    except DAMAGE as error:
        # Its text may quote header values, a patient's among them: reasons are shown and logged.
        return Refusal("decode-failed", type(error).__name__)


def _write(image: OpenedImage, stem: Path) -> Derived | Refusal:
    dataset = image.dataset
    shared = instance_body(dataset)
    images: list[dict[str, Any]] = []
    with stem.with_suffix(".j2c").open("wb") as file:
        for number, pixels in enumerate(image_frames(image), 1):
            narrow = narrowed(pixels)
            if narrow is None:
                return Refusal("unsupported-bits", str(8 * pixels.dtype.itemsize))
            codestream = encode(narrow.pixels)
            if not is_lossless(codestream, narrow.pixels):
                return Refusal("verify-failed", f"image frame {number}")
            facts = image_facts(dataset, number).stepped(narrow.step, narrow.low)
            images.append(shared | _image_body(narrow.pixels, codestream, facts))
            file.write(codestream)
    text = json.dumps(images, separators=(",", ":"), allow_nan=False)
    stem.with_suffix(".json").write_text(text)
    return Derived(len(images), sum(image["length"] for image in images))


def encode(pixels: Pixels) -> bytes:
    """Lossless HTJ2K in RPCL order with one tile-part per resolution and a TLM marker."""
    return bytes(imagecodecs.htj2k_encode(pixels, reversible=True, tlm=True, tilepart=1))


def is_lossless(codestream: bytes, pixels: Pixels) -> bool:
    """Decode again and compare every pixel, type included."""
    back = imagecodecs.htj2k_decode(codestream)
    return back.dtype == pixels.dtype and bool(np.array_equal(back, pixels))


def _image_body(pixels: Pixels, codestream: bytes, facts: ImageFacts) -> dict[str, Any]:
    body = facts.body()
    if pixels.ndim == 2:  # colour needs no window
        body["window"] = body["window"] or full_range(pixels, facts)
    body["ends"] = resolution_ends(codestream).of_viewer()
    body["length"] = len(codestream)
    body[CHECKSUM] = zlib.crc32(codestream)
    return body


def full_range(pixels: Pixels, facts: ImageFacts) -> dict[str, float]:
    """A window over all values, for images that bring none."""
    ends = [float(end) * facts.slope + facts.intercept for end in (pixels.min(), pixels.max())]
    low, high = min(ends), max(ends)
    return {"center": (low + high) / 2, "width": max(high - low, 1.0)}


def sync(file: Any) -> None:
    """On the disk, not only in the cache."""
    file.flush()
    os.fsync(file.fileno())
