"""Fuzz targets of the image doors: files, archives, messages, searches, papers."""

import gzip
import io
import json
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pypdf

from tests.fuzz.target import Target
from tests.support.drawn_over import a_state, key_images, part10, read, segments, with_overlay
from tests.support.image_room import a_sample
from tests.support.shared_case import CT, an_image
from viewer.archive_file import Archive, ArchiveLimits, PlannedEntry, open_archive, plan
from viewer.bit_pictures import overlay_picture, segment_picture
from viewer.bit_planes import overlay_layers, overlay_planes, segments_of
from viewer.dicomweb_multipart import MultipartReader, boundary_of, whole_multipart
from viewer.dicomweb_query import attribute, matches, parse_query
from viewer.document import PdfFacts, read_pdf
from viewer.errors import (
    ExcerptInvalid,
    MultipartInvalid,
    QueryInvalid,
    UploadHeaderInvalid,
    UploadTooLarge,
)
from viewer.excerpt import parse_excerpt
from viewer.header import read_header
from viewer.layers import key_objects
from viewer.presentation import images_of, presentation_of
from viewer.render import Rendering, bulk_value, find_native, native_frames, render, stored_frames
from viewer.structured_report import report_of
from viewer.study import DirectoryIndex, Header, Refusal
from viewer.transcode import Derived, transcode
from viewer.upload import UploadLimits, parse_creation

_FOLDER = tempfile.TemporaryDirectory()  # gone with the process
_FILE, _OUT = Path(_FOLDER.name) / "in", Path(_FOLDER.name) / "out"
# One of each transfer syntax and kind that is small.
_SAMPLES = (
    "MR_small.dcm",
    "reportsi.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jp2klossless.dcm",
    "image_dfl.dcm",
    "SC_rgb_small_odd.dcm",
    "SC_jpeg_no_color_transform.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "JPGExtended.dcm",
    "JPEGLSNearLossless_08.dcm",
    "liver_1frame.dcm",
    "reportsi.dcm",
    "rtplan.dcm",
    "DICOMDIR-nopatient",
)
_SAMPLE_BYTES = 48_000


def _drawn_over() -> tuple[bytes, ...]:
    """An image with an overlay, and what may be said about it."""
    image = read(an_image(CT, 1))
    mask = np.zeros((1, image.Rows, image.Columns), np.uint8)
    mask[0, :9, :9] = 1
    about = (
        a_state([image], f"{CT}.90.1", "u"),
        key_images([image], f"{CT}.91.1", "u"),
        segments([image], mask, f"{CT}.92.1"),
    )
    return (*about, part10(with_overlay(image, mask[0] > 0)))


_LAID_OUT = [
    {
        "sop_uid": f"{CT}.1",
        "frame": 1,
        "rows": 128,
        "columns": 128,
        "position": [-158.1, -179.0, -75.7],
        "orientation": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
    }
]


def _samples() -> tuple[bytes, ...]:
    found = [*_drawn_over(), *(a_sample(name).read_bytes() for name in _SAMPLES)]
    return tuple(body for body in found if len(body) <= _SAMPLE_BYTES)


def _read(data: bytes) -> None:
    _FILE.write_bytes(data)
    found = read_header(_FILE, "/dicomweb")
    assert isinstance(found, Header | DirectoryIndex | Refusal)
    if isinstance(found, Header):
        said = json.loads(gzip.decompress(found.metadata))
        report_of(said)
        images_of(presentation_of(said), said)
        key_objects(said)
        overlay_layers(overlay_planes(said))
        segments_of(said, _LAID_OUT)


# pydicom's reader of JP2 boxes stands still at one without a length; in the product the time limit
# of the pool ends it (docs/image-delivery.md, IN2).
_BOXED = b"\0\0\0\x0cjP  "


def _derived(data: bytes) -> None:
    if _BOXED in data:
        return
    _FILE.write_bytes(data)
    assert isinstance(transcode(_FILE, _OUT), Derived | Refusal)


def _drawn(data: bytes) -> None:
    """What the doors out make of a file that is in the archive."""
    if _BOXED in data:
        return
    _FILE.write_bytes(data)
    for found in (
        render(_FILE, Rendering(side=64)),
        native_frames(_FILE, (1, 2)),
        stored_frames(_FILE, (1,)),
        bulk_value(_FILE, ("7FE00010",)),
        overlay_picture(_FILE, 0x6000, 1, "#e69f00"),
        segment_picture(_FILE, 1, 0, "#e69f00"),
    ):
        assert isinstance(found, bytes | list | Refusal)
    find_native([_FILE])


def _unpacked(data: bytes) -> None:
    _FILE.write_bytes(data)
    archive = open_archive(_FILE)
    if isinstance(archive, Archive):
        planned = plan(archive.entries(), ArchiveLimits())
        for entry in planned if isinstance(planned, list) else ():
            if isinstance(entry, PlannedEntry) and entry.refusal is None:
                archive.extract(entry.place, _OUT)
        archive.close()


def _a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("DICOM/IM1", b"DICM" * 40)
        made.writestr("../IM2", b"")
    return out.getvalue()


class _Parts:
    """Takes the parts of a message, in the order that a sink is promised."""

    def __init__(self) -> None:
        self._is_open = False

    def begin(self, headers: Mapping[str, str]) -> None:
        assert not self._is_open
        self._is_open = True

    def write(self, data: bytes) -> None:
        assert self._is_open

    def end(self) -> None:
        assert self._is_open
        self._is_open = False


def _stowed(data: bytes) -> None:
    """The first byte says how the line cuts the message; up to the first break: Content-Type."""
    kind, _, body = data[1:].partition(b"\n")
    reader = MultipartReader(boundary_of(kind.decode("latin-1"), "application/dicom"), _Parts())
    step = 1 + (data[0] if data else 0)
    for at in range(0, len(body), step):
        reader.feed(body[at : at + step])
    reader.finish()


def _a_message() -> bytes:
    kind = b'multipart/related; type="application/dicom"; boundary=b'
    parts = iter([("application/dicom", b"one"), ("application/dicom", b"")])
    return b"\x10" + kind + b"\n" + whole_multipart("b", parts)


def _searched(data: bytes) -> None:
    query = parse_query(parse_qsl(data.decode("latin-1"), keep_blank_values=True))
    entry = {
        "00080020": attribute("00080020", "20261127", vr="DA"),
        "00100010": attribute("00100010", {"Alphabetic": "SÙNG^A"}, vr="PN"),
        "00100020": attribute("00100020", "ST-261199", vr="LO"),
    }
    matches(entry, query, frozenset(entry))


def _announced(data: bytes) -> None:
    length, _, metadata = data.decode("latin-1").partition("\n")
    headers = {"upload-length": length, "upload-metadata": metadata}
    parse_creation(headers, UploadLimits())


def _a_pdf() -> bytes:
    out, made = io.BytesIO(), pypdf.PdfWriter()
    made.add_blank_page(100, 100)
    made.write(out)
    return out.getvalue()


def _counted(data: bytes) -> None:
    _FILE.write_bytes(data)
    assert isinstance(read_pdf(_FILE), PdfFacts | Refusal)


def _typed(data: bytes) -> None:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return
    parse_excerpt(body)


_EXCERPT = {
    "labs": [{"name": "Hb", "value": "9,1", "unit": "g/dL", "taken_on": "2026-11-20"}],
    "medicines": [{"name": "A", "dose": "1 g"}],
    "history": {"own": "", "family": "", "allergy_state": "none_known", "allergies": ""},
    "vitals": {"pulse": "62"},
}
TARGETS = (
    Target("header", _samples(), _read, max_bytes=_SAMPLE_BYTES),
    Target("derive", _samples(), _derived, max_bytes=_SAMPLE_BYTES),
    Target("draw", _samples(), _drawn, max_bytes=_SAMPLE_BYTES),
    Target("zip", (_a_zip(),), _unpacked),
    Target("stow", (_a_message(),), _stowed, (MultipartInvalid,)),
    Target(
        "search",
        (
            b"StudyDate=20261101-20261130&PatientName=sung*&limit=5&includefield=all&fuzzymatching=true",
        ),
        _searched,
        (QueryInvalid,),
    ),
    Target(
        "upload",
        (b"12\nfilename " + b64encode("Chụp/IM1".encode()) + b",filetype YQ==",),
        _announced,
        (UploadHeaderInvalid, UploadTooLarge),
    ),
    Target("pdf", (_a_pdf(),), _counted),
    Target("excerpt", (json.dumps(_EXCERPT).encode(),), _typed, (ExcerptInvalid,)),
)
