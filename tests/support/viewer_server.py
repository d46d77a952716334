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

import numpy as np
from pydicom import dcmread
from pydicom.data import get_testdata_file

from viewer.codestream import resolution_ends
from viewer.transcode import encode

SERIES = "1.2.826.0.1.3680043.10.99.1"
COUNT = 12


@dataclass(frozen=True)
class Packed:
    """A series as the image doors deliver it."""

    manifest: dict[str, Any]
    pack: bytes


def ct_series() -> Packed:
    """pydicom's CT, each image shifted by its number, on a tilted gantry with uneven spacing."""
    dataset = dcmread(str(get_testdata_file("CT_small.dcm")))
    images: list[dict[str, Any]] = []
    pack = b""
    for number in range(COUNT):
        codestream = encode(np.roll(dataset.pixel_array, number, axis=0))
        images.append(_image(dataset, number, codestream, len(pack)))
        pack += codestream
    manifest = {
        "series_uid": SERIES,
        "study_uid": f"{SERIES}.1",
        "frame_of_reference_uid": f"{SERIES}.2",
        "modality": "CT",
        "images": images,
        "total_bytes": len(pack),
    }
    return Packed(manifest, pack)


def _image(dataset: Any, number: int, codestream: bytes, offset: int) -> dict[str, Any]:
    ends = resolution_ends(codestream)
    return {
        "sop_uid": f"{SERIES}.3.{number}",
        "frame": 1,
        "rows": dataset.Rows,
        "columns": dataset.Columns,
        "instance_number": number + 1,
        "position": [-120.5, -80.25, 5.0 * number],
        "orientation": [1, 0, 0, 0, 0.9563, -0.2924],
        "spacing": [0.7, 0.5],
        "slice_location": 5.0 * number,
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


@contextmanager
def serving(page: Path, series: Packed) -> Iterator[str]:
    """The address of the page; its images come from the same address."""

    class Handler(_Handler):
        folder, packed = page, series

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    packed: Packed

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path.endswith("/manifest"):
            self._answer(200, json.dumps(self.packed.manifest).encode(), "application/json")
        elif path.endswith("/pack"):
            self._pack()
        elif found := re.search(r"/stage/([01])$", path):
            around = int(query.removeprefix("around="))
            self._answer(200, self._stage(int(found[1]), around), "application/octet-stream")
        else:
            self._file(path)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""

    def _pack(self) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted is None:
            self._answer(200, self.packed.pack, "application/octet-stream")
        else:
            part = self.packed.pack[int(wanted[1]) : int(wanted[2]) + 1]
            self._answer(206, part, "application/octet-stream")

    def _stage(self, stage: int, around: int) -> bytes:
        parts = []
        for index in sorted(range(COUNT), key=lambda i: abs(i - around)):
            image = self.packed.manifest["images"][index]
            begin = image["offset"] + (image["ends"][stage - 1] if stage else 0)
            body = self.packed.pack[begin : image["offset"] + image["ends"][stage]]
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
