"""Image delivery to our own viewer: manifest, packed bytes by range, stages, thumbnails."""

import asyncio
import gzip
import json
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from telehealth.access import Permission
from telehealth.audit import Act, record
from telehealth.case_images import ImageAccess, SeenSeries
from telehealth.codings import accepted_codings
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed
from telehealth.images import Images
from telehealth.parts import Parts
from viewer import errors
from viewer.pack import (
    STAGES,
    ByteRange,
    RangeUnsatisfiable,
    Slice,
    parse_range,
    stage_slices,
)
from viewer.pool import ProcessCrashed
from viewer.publication import read_part
from viewer.query_store import QueryStore
from viewer.render import Rendering, render
from viewer.study import Refusal

# The bytes under one range of a pack never change: a pack is only ever added to.
IMMUTABLE: Final = "private, max-age=31536000, immutable"
_CHUNK_BYTES: Final = 1 << 20
# Slices are gathered to about this much for one trip to a thread.
_GATHER_BYTES: Final = 256 << 10
_THUMBNAIL_SIDE: Final = 160
_RENDER_SECONDS: Final = 60


class Manifest(BaseModel):
    """All a viewer needs of a series; no words about the patient."""

    series_uid: str
    study_uid: str
    frame_of_reference_uid: str
    modality: str
    generation: int
    pack_id: str
    images: list[dict[str, Any]]
    total_bytes: int


class ImagesApi:
    """The delivery doors; every answer only for those who may read a case that shows the series."""

    def __init__(self, parts: Parts, images: Images, access: ImageAccess) -> None:
        self._parts = parts
        self._images = images
        self._access = access

    def doors(self) -> list[Door]:
        """The doors of this class."""
        one = "/api/image-series/{series_uid}"
        needs = Permission.READ_CASE
        raises = (
            NotAllowed,
            errors.StudyUnknown,
            errors.PixelsWithheld,
            errors.ImagesNotReady,
            BadParameter,
        )
        raw = ("application/octet-stream",)
        return [
            Door(
                "GET",
                one + "/manifest",
                self.manifest,
                needs,
                "Images of a series and where the bytes of each resolution end",
                gives=Manifest,
                raises=raises,
            ),
            Door(
                "GET",
                one + "/pack",
                self.pack,
                needs,
                "The packed HTJ2K codestreams; answers byte ranges",
                gives_raw=raw,
                query=("at",),
                raises=raises,
                believes=True,
            ),
            Door(
                "GET",
                one + "/stage/{stage}",
                self.stage,
                needs,
                "One resolution step of every image, outwards from one image",
                gives_raw=raw,
                query=("around", "generation", "skip"),
                raises=raises,
                believes=True,
            ),
            Door(
                "GET",
                one + "/thumbnail",
                self.thumbnail,
                needs,
                "A small picture of the middle image",
                gives_raw=("image/jpeg",),
                raises=(*raises, errors.RenderRefused),
                believes=True,
            ),
        ]

    async def manifest(self, call: Call) -> Response:
        """The newest generation; opening it is an audited act."""
        seen = await self._fresh(call)
        images = await self._entries(seen, seen.series.generation)
        zipped = "gzip" in accepted_codings(call.request.headers.get("accept-encoding", ""))
        coding = "-gzip" if zipped else ""
        etag = f'"{seen.series.id.hex}-{seen.series.generation}{coding}"'
        async with self._parts.database.transaction() as tx:
            act = Act("images_open", "image_series", str(seen.series.id), seen.case_id)
            await record(tx, call.source, act)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if call.request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        if zipped:
            headers["Content-Encoding"] = "gzip"
        body = await asyncio.to_thread(_written, _manifest(seen, images), zipped)
        return Response(body, headers=headers, media_type="application/json")

    async def pack(self, call: Call) -> Response:
        """A byte range of the pack, or all of it; `at` only tells ranges apart in caches."""
        seen = await self._seen(call)
        images = await self._entries(seen, seen.series.generation)
        size = sum(image["length"] for image in images)
        etag = f'"{seen.series.id.hex}"'
        headers = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": IMMUTABLE}
        wanted = call.request.headers.get("range")
        if call.request.headers.get("if-range", etag) != etag:
            wanted = None
        try:
            part = parse_range(wanted, size)
        except RangeUnsatisfiable:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        if part is not None:
            headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
        path = self._images.folder.pack(seen.series.id)
        return await _bytes_response(path, part or ByteRange(0, size - 1), headers, part is None)

    async def stage(self, call: Call) -> Response:
        """For each image u32be index, u32be length, bytes; `around` comes first.

        `skip` leaves out the first so many, in this order: what a broken line had brought.
        """
        seen = await self._seen(call)
        stage, around = call.text("stage"), _number(call, "around", 0)
        generation = _number(call, "generation", seen.series.generation)
        if stage not in map(str, range(STAGES)):
            raise BadParameter("stage")
        if not 0 < generation <= seen.series.generation:
            raise errors.ImagesNotReady("receiving")
        images = await self._entries(seen, generation)
        slices = stage_slices(images, int(stage), around)[_number(call, "skip", 0) :]
        path = self._images.folder.pack(seen.series.id)
        length = sum(piece.length + len(piece.header()) for piece in slices)
        return StreamingResponse(
            _gathered(path, slices),
            media_type="application/octet-stream",
            headers={"Content-Length": str(length), "Cache-Control": "private, no-cache"},
        )

    async def thumbnail(self, call: Call) -> Response:
        """Drawn once, then kept beside the pack."""
        seen = await self._seen(call)
        images = await self._entries(seen, seen.series.generation)
        target = self._images.folder.pack(seen.series.id).with_suffix(
            f".{seen.series.generation}.jpg"
        )
        if not await asyncio.to_thread(target.exists):
            await self._draw(seen, images[len(images) // 2], target)
        body = await asyncio.to_thread(target.read_bytes)
        headers = {"Cache-Control": "private, max-age=300"}
        return Response(body, media_type="image/jpeg", headers=headers)

    async def _draw(self, seen: SeenSeries, image: dict[str, Any], target: Path) -> None:
        async with self._parts.database.reading() as tx:
            row = await QueryStore(tx).instance(seen.series.id, image["sop_uid"])
        if row is None:
            raise errors.StudyUnknown
        path = await asyncio.to_thread(self._images.blobs.path, row.sha256)
        wanted = Rendering(image["frame"], None, _THUMBNAIL_SIDE)
        try:
            picture = await self._images.readers.run(_RENDER_SECONDS, render, path, wanted)
        except ProcessCrashed:
            picture = Refusal("decoder-crashed")
        if isinstance(picture, Refusal):
            raise errors.RenderRefused(picture.reason)
        await asyncio.to_thread(_write_whole, target, picture)

    async def _entries(self, seen: SeenSeries, generation: int) -> list[dict[str, Any]]:
        if generation == 0:
            raise errors.ImagesNotReady("receiving")
        return await asyncio.to_thread(self._images.folder.images, seen.series.id, generation)

    async def _seen(self, call: Call) -> SeenSeries:
        known = self._access.believed(
            call.caller, Permission.READ_CASE, call.text("series_uid"), call.at
        )
        if known is None or known.series.generation == 0:
            return await self._fresh(call)  # asked before it was published: it may be by now
        return known

    async def _fresh(self, call: Call) -> SeenSeries:
        async with self._parts.database.reading() as tx:
            return await self._access.series(
                tx, call.caller, Permission.READ_CASE, call.text("series_uid"), call.at
            )


def _manifest(seen: SeenSeries, images: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "series_uid": seen.series.series_uid,
        "study_uid": seen.study.study_uid,
        "frame_of_reference_uid": seen.series.frame_of_reference_uid,
        "modality": seen.series.modality,
        "generation": seen.series.generation,
        "pack_id": str(seen.series.id),
        "images": images,
        "total_bytes": sum(image["length"] for image in images),
    }


def _written(manifest: dict[str, Any], zipped: bool) -> bytes:
    """As JSON. Compressed it tells no secret by its length: nothing in it comes from the asker."""
    text = json.dumps(manifest, separators=(",", ":"), allow_nan=False).encode()
    return gzip.compress(text, 6, mtime=0) if zipped else text


def _number(call: Call, name: str, default: int) -> int:
    value = call.query(name, 9)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit()):
        raise BadParameter(name)
    return int(value)


async def _bytes_response(
    path: Path, part: ByteRange, headers: dict[str, str], whole: bool
) -> Response:
    status = 200 if whole else 206
    if part.length <= _CHUNK_BYTES:
        body = await asyncio.to_thread(read_part, path, part.first, part.length)
        return Response(body, status, headers, "application/octet-stream")
    headers["Content-Length"] = str(part.length)
    return StreamingResponse(
        _chunks(path, part), status, headers, media_type="application/octet-stream"
    )


async def _chunks(path: Path, part: ByteRange) -> AsyncIterator[bytes]:
    for start in range(part.first, part.last + 1, _CHUNK_BYTES):
        length = min(_CHUNK_BYTES, part.last + 1 - start)
        yield await asyncio.to_thread(read_part, path, start, length)


async def _gathered(path: Path, slices: Sequence[Slice]) -> AsyncIterator[bytes]:
    batch: list[Slice] = []
    size = 0
    for piece in slices:
        batch.append(piece)
        size += piece.length
        # The first image alone, at once: somebody is waiting for it.
        if size >= _GATHER_BYTES or len(batch) == len(slices) or piece is slices[0]:
            yield await asyncio.to_thread(_read_slices, path, batch)
            batch, size = [], 0
    if batch:
        yield await asyncio.to_thread(_read_slices, path, batch)


def _read_slices(path: Path, slices: Sequence[Slice]) -> bytes:
    handle = os.open(path, os.O_RDONLY)
    try:
        pieces = [
            part
            for piece in slices
            for part in (piece.header(), os.pread(handle, piece.length, piece.offset))
        ]
    finally:
        os.close(handle)
    return b"".join(pieces)


def _write_whole(target: Path, body: bytes) -> None:
    # Several who ask at once each draw it: none may move away another's draft.
    draft = target.with_suffix(f".{secrets.token_hex(8)}.draft")
    draft.write_bytes(body)
    draft.replace(target)
