"""Rewrite a stored file for a peer that does not take its syntax. Runs in a pool process."""

from pathlib import Path

import pydicom
from pydicom.uid import UID, ExplicitVRLittleEndian

from viewer.damage import DAMAGE
from viewer.study import Refusal


def convert(source: Path, syntax: str, target: Path) -> Refusal | None:
    """Write `source` in an uncompressed transfer syntax to `target`; lossless, or a refusal."""
    try:
        dataset = pydicom.dcmread(source)
        if dataset.file_meta.TransferSyntaxUID.is_compressed and "PixelData" in dataset:
            dataset.decompress(as_rgb=False, generate_instance_uid=False)
        else:
            dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        wanted = UID(syntax)
        dataset.file_meta.TransferSyntaxUID = wanted
        dataset.save_as(
            target,
            implicit_vr=wanted.is_implicit_VR,
            little_endian=wanted.is_little_endian,
        )
    except DAMAGE as error:
        return Refusal("not-convertible", type(error).__name__)
    return None
