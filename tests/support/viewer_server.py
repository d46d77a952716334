"""A series of CT images and the viewer's test page, served on a free loopback port."""

import json
import mimetypes
import re
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from pydicom import dcmread
from pydicom.data import get_testdata_file

from viewer.codestream import resolution_ends
from viewer.display_facts import pictures_of
from viewer.transcode import encode

SERIES = "1.2.826.0.1.3680043.10.99.1"
COUNT = 12


@dataclass(frozen=True)
class Packed:
    """A series as the image doors deliver it."""

    manifest: dict[str, Any]
    pack: bytes


AXIAL = (1.0, 0.0, 0.0, 0.0, 0.9563, -0.2924)
LEVEL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def ct_series(
    uid: str = SERIES, apart: float = 5.0, orientation: tuple[float, ...] = AXIAL
) -> Packed:
    """pydicom's CT, each image shifted by its number, on a tilted gantry with uneven spacing.

    Images lie `apart` mm along z, sagittal ones along x. All series share a frame of reference.
    """
    dataset = dcmread(str(get_testdata_file("CT_small.dcm")))
    images: list[dict[str, Any]] = []
    pack = b""
    for number in range(COUNT):
        codestream = encode(np.roll(dataset.pixel_array, number, axis=0))
        place = apart * number
        position = (
            [-120.5, -80.25, place] if orientation is not SAGITTAL else [place - 90, -80.25, 60.0]
        )
        facts = {
            "sop_uid": f"{uid}.3.{number}",
            "position": position,
            "orientation": orientation,
            "slice_location": place,
        }
        images.append(_image(dataset, number, codestream, len(pack)) | facts)
        pack += codestream
    manifest = {
        "series_uid": uid,
        "study_uid": f"{SERIES}.1",
        "frame_of_reference_uid": f"{SERIES}.2",
        "modality": "CT",
        "generation": 1,
        "images": images,
        "total_bytes": len(pack),
    }
    return Packed(manifest, pack)


def ct_pixels(number: int) -> Any:
    """(rows, columns) float: the modality values of image `number`."""
    dataset = dcmread(str(get_testdata_file("CT_small.dcm")))
    stored = np.roll(dataset.pixel_array, number, axis=0).astype(float)
    return stored * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)


def _image(dataset: Any, number: int, codestream: bytes, offset: int) -> dict[str, Any]:
    ends = resolution_ends(codestream)
    return {
        "frame": 1,
        "rows": dataset.Rows,
        "columns": dataset.Columns,
        "instance_number": number + 1,
        "spacing": [0.7, 0.5],
        "bits_stored": dataset.BitsStored,
        "signed": bool(dataset.PixelRepresentation),
        "photometric": dataset.PhotometricInterpretation,
        "slope": float(dataset.RescaleSlope),
        "intercept": float(dataset.RescaleIntercept),
        "window": {"center": 40, "width": 800},
        "number_of_frames": 1,
        "ends": list(ends.of_viewer()),
        "offset": offset,
        "length": len(codestream),
        "codec": "htj2k",
    }


def _series_info(series: Packed) -> dict[str, Any]:
    """A series as the case's list of studies names it."""
    middle = series.manifest["images"][len(series.manifest["images"]) // 2]
    return {
        "series_uid": series.manifest["series_uid"],
        "number": 1,
        "modality": "CT",
        "description": f"CT {series.manifest['series_uid'].rpartition('.')[2]}",
        "body_part": "HEAD",
        "frame_of_reference_uid": series.manifest["frame_of_reference_uid"],
        "image_count": COUNT,
        "published_count": COUNT,
        "state": "ready",
        "default_window": None,
        "thumbnail_url": None,
        "burned_in": "clear",
        "name_said": None,
        "withheld": False,
        "pictures": pictures_of([middle]),
    }


@contextmanager
def serving(page: Path, *series: Packed) -> Iterator[str]:
    """The address of the pages; their images come from the same address."""

    class Handler(_Handler):
        folder, packed = page, {one.manifest["series_uid"]: one for one in series}

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    packed: dict[str, Packed]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        door = re.fullmatch(r"/api/image-series/([0-9.]+)/(manifest|pack|stage/[01])", url.path)
        if url.path == "/studies":
            series = [_series_info(one) for one in self.packed.values()]
            study = {"study_uid": f"{SERIES}.1", "description": "", "study_date": "2026-11-20"}
            self._json([study | {"series": series}])
        elif door is None:
            self._file(url.path)
        elif door[2] == "manifest":
            self._json(self.packed[door[1]].manifest)
        elif door[2] == "pack":
            self._pack(self.packed[door[1]])
        else:
            around = int(parse_qs(url.query)["around"][0])
            stage = self._stage(self.packed[door[1]], int(door[2][-1]), around)
            self._answer(200, stage, "application/octet-stream")

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""

    def _json(self, body: Any) -> None:
        self._answer(200, json.dumps(body).encode(), "application/json")

    def _pack(self, series: Packed) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted is None:
            self._answer(200, series.pack, "application/octet-stream")
        else:
            part = series.pack[int(wanted[1]) : int(wanted[2]) + 1]
            self._answer(206, part, "application/octet-stream")

    def _stage(self, series: Packed, stage: int, around: int) -> bytes:
        parts = []
        for index in sorted(range(COUNT), key=lambda i: abs(i - around)):
            image = series.manifest["images"][index]
            begin = image["offset"] + (image["ends"][stage - 1] if stage else 0)
            body = series.pack[begin : image["offset"] + image["ends"][stage]]
            parts.append(struct.pack(">II", index, len(body)) + body)
        return b"".join(parts)

    def _file(self, path: str) -> None:
        file = self.folder / path.lstrip("/")
        if not file.is_file():
            self._answer(404, b"", "text/plain")
        else:
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            self._answer(200, file.read_bytes(), kind)

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
