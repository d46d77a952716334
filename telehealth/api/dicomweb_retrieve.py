"""WADO-RS (PS3.18 10.4): stored instances byte for byte, image frames, pictures, bulk data."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from telehealth.dicomweb_reading import NEEDS, DicomwebReading, Reached
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed
from telehealth.frame_shortcut import FramePlaces
from telehealth.images import Images
from viewer import errors
from viewer.dicomweb_accept import (
    FrameForm,
    choose_frames,
    choose_instance,
    choose_rendered,
    parse_accept,
)
from viewer.dicomweb_multipart import part_header, part_trailer, whole_multipart
from viewer.pixels import PLAIN
from viewer.pool import ProcessCrashed
from viewer.render import (
    SIDE_MAX,
    Rendering,
    bulk_value,
    find_native,
    native_frames,
    render,
    stored_frames,
)
from viewer.store import ImageStore, SeriesSummary
from viewer.study import Refusal

P = ParamSpec("P")
T = TypeVar("T")

_STUDY: Final = "/dicomweb/studies/{study_uid}"
_SERIES: Final = _STUDY + "/series/{series_uid}"
_INSTANCE: Final = _SERIES + "/instances/{sop_uid}"
FRAMES: Final = _INSTANCE + "/frames/{frames}"
_SECONDS: Final = 60
_FRAMES_MAX: Final = 1000
_LEARNT: Final = 50  # files whose frames are looked for in one trip to a process
_BUNDLE_BYTES: Final = 2 << 20
_CACHE: Final = {"Cache-Control": "private, max-age=3600"}


@dataclass(frozen=True, slots=True)
class _Part:
    """A stored file in a multipart message, behind its head."""

    head: bytes
    sha256: str
    size: int


class DicomwebRetrieveApi:
    """What was stored, for those who may see it."""

    def __init__(self, reading: DicomwebReading, images: Images) -> None:
        self._reading = reading
        self._images = images
        self._shortcut = reading.parts.frames
        self._learning: dict[UUID, asyncio.Task[None]] = {}

    def doors(self) -> list[Door]:
        """The doors of this class."""
        multipart = ("multipart/related",)
        pictures = ("image/jpeg", "image/png")
        wanted = [
            (_STUDY, self.whole, "Every instance of a study", multipart),
            (_SERIES, self.whole, "Every instance of a series", multipart),
            (_INSTANCE, self.whole, "An instance", multipart),
            (FRAMES, self.frames, "Image frames", multipart),
            (_INSTANCE + "/rendered", self.rendered, "A picture of an instance", pictures),
            (_INSTANCE + "/thumbnail", self.thumbnail, "A small picture", pictures),
            (
                _INSTANCE + "/frames/{frames}/rendered",
                self.rendered,
                "A picture of an image frame",
                pictures,
            ),
            (_INSTANCE + "/bulkdata/{path:path}", self.bulk, "A binary value", multipart),
        ]
        raises = (
            NotAllowed,
            BadParameter,
            errors.StudyUnknown,
            errors.NotAcceptable,
            errors.RenderRefused,
        )
        return [
            Door(
                "GET",
                path,
                handler,
                NEEDS,
                summary,
                gives_raw=kinds,
                raises=raises,
                believes=True,
            )
            for path, handler, summary, kinds in wanted
        ]

    async def whole(self, call: Call) -> Response:
        """Part-10 files exactly as received."""
        forms = parse_accept(call.request.headers.get("accept", ""))
        reached = await self._reading.reach(call)
        for _, row in reached.instances:
            choose_instance(forms, row.transfer_syntax_uid)
        await self._reading.note(call, reached)
        single = len(reached.instances) == 1 and forms[0].kind == "application/dicom"
        if single and not forms[0].multipart:
            _, row = reached.instances[0]
            headers = _CACHE | {"Content-Length": str(row.size)}
            chunks = self._images.blobs.stream(row.sha256)
            return StreamingResponse(chunks, headers=headers, media_type="application/dicom")
        boundary = secrets.token_hex(16)
        parts, end = self._parts(reached, boundary), part_trailer(boundary)
        size = sum(len(part.head) + part.size for part in parts) + len(end)
        headers = _CACHE | {
            "Content-Type": _related("application/dicom", boundary),
            "Content-Length": str(size),
        }
        return StreamingResponse(self._message(parts, end), headers=headers)

    def _parts(self, reached: Reached, boundary: str) -> list[_Part]:
        between, parts = b"", []
        for series, row in reached.instances:
            place = (
                f"{self._reading.root}/studies/{reached.study.study_uid}"
                f"/series/{series.row.series_uid}/instances/{row.sop_uid}"
            )
            kind = f"application/dicom; transfer-syntax={row.transfer_syntax_uid}"
            head = between + part_header(boundary, kind, place)
            parts.append(_Part(head, row.sha256, row.size))
            between = b"\r\n"
        return parts

    async def _message(self, parts: Sequence[_Part], end: bytes) -> AsyncIterator[bytes]:
        """The next few MiB are read while those before are sent."""
        bundles = self._bundles(parts)
        ahead = asyncio.ensure_future(asyncio.to_thread(next, bundles, []))
        while bundle := await ahead:
            ahead = asyncio.ensure_future(asyncio.to_thread(next, bundles, []))
            for chunk in bundle:
                yield chunk
        yield end

    def _bundles(self, parts: Sequence[_Part]) -> Iterator[list[bytes]]:
        """Heads and files, a few MiB at a time; blocks."""
        bundle: list[bytes] = []
        size = 0
        for part in parts:
            bundle.append(part.head)
            for chunk in self._images.blobs.stream(part.sha256):
                bundle.append(chunk)
                size += len(chunk)
                if size >= _BUNDLE_BYTES:
                    yield bundle
                    bundle, size = [], 0
        if bundle:
            yield bundle

    async def frames(self, call: Call) -> Response:
        """Image frames decoded, as stored, or as HTJ2K when asked for by name."""
        forms = parse_accept(call.request.headers.get("accept", ""))
        reached = await self._reading.reach(call)
        series, row = reached.instances[0]
        numbers = _numbers(call.text("frames"), row.image_frames)
        entries = []
        if row.delivery == "published":
            entries = await asyncio.to_thread(
                self._images.folder.images, series.row.id, series.row.generation
            )
        form = choose_frames(forms, row.transfer_syntax_uid, bool(entries))
        await self._reading.note(call, reached)
        if form.source == "htj2k":
            pack = self._images.folder.pack(series.row.id)
            lie = {e["frame"]: e for e in entries if e["sop_uid"] == row.sop_uid}
            spans = [(lie[n]["offset"], lie[n]["length"]) for n in numbers]
            return _frames_response(form, await asyncio.to_thread(_spans, pack, spans))
        path = await asyncio.to_thread(self._images.blobs.path, row.sha256)
        function = native_frames if form.source == "native" else stored_frames
        bodies = _kept(await self._apart(function, path, numbers))
        if form.source == "native":
            login_id = call.caller.login_id
            self._shortcut.remember(call.request.scope, login_id, series.row.id, form)
            self._learn_soon(series)
        return _frames_response(form, bodies)

    def _learn_soon(self, series: SeriesSummary) -> None:
        """Who read one frame of a series will read the others: find out where they lie."""
        series_id = series.row.id
        if series_id in self._learning or self._shortcut.knows(series_id, series.instances):
            return
        task = asyncio.create_task(self._learn(series_id))
        self._learning[series_id] = task
        task.add_done_callback(lambda _: self._learning.pop(series_id))

    async def _learn(self, series_id: UUID) -> None:
        async with self._reading.parts.database.reading() as tx:
            rows = await ImageStore(tx).instances(series_id)
        plain = [row for row in rows if row.transfer_syntax_uid in PLAIN and row.image_frames]
        known = {}
        for some in (plain[at : at + _LEARNT] for at in range(0, len(plain), _LEARNT)):
            paths = [self._images.blobs.place(row.sha256) for row in some]
            try:
                found = await self._images.readers.run(_SECONDS, find_native, paths)
            except ProcessCrashed:
                return  # each frame then goes the long way
            for row, path, native in zip(some, paths, found, strict=True):
                if native is not None:
                    places = FramePlaces(str(path), native.offset, native.length, row.image_frames)
                    known[row.sop_uid] = places
        self._shortcut.learn(series_id, known, len(rows))

    async def rendered(self, call: Call) -> Response:
        """A picture; `window=center,width[,function]` and `viewport=width,height` are heard."""
        side = _viewport(call.query("viewport", 40))
        return await self._picture(call, side, _window(call.query("window", 80)))

    async def thumbnail(self, call: Call) -> Response:
        """A picture of at most 128 pixels a side."""
        return await self._picture(call, 128, None)

    async def _picture(self, call: Call, side: int, window: tuple[float, float] | None) -> Response:
        kind = choose_rendered(parse_accept(call.request.headers.get("accept", "")))
        reached = await self._reading.reach(call)
        _, row = reached.instances[0]
        frames = call.request.path_params.get("frames")
        numbers = _numbers(frames, row.image_frames) if frames else (max(1, row.image_frames // 2),)
        await self._reading.note(call, reached)
        path = await asyncio.to_thread(self._images.blobs.path, row.sha256)
        wanted = Rendering(numbers[0], window, side, kind)
        body = _kept(await self._apart(render, path, wanted))
        return Response(body, media_type=kind, headers=_CACHE)

    async def bulk(self, call: Call) -> Response:
        """A binary value that the metadata refers to."""
        reached = await self._reading.reach(call)
        _, row = reached.instances[0]
        await self._reading.note(call, reached)
        steps = tuple(call.text("path").split("/"))
        path = await asyncio.to_thread(self._images.blobs.path, row.sha256)
        if steps == ("7FE00010",) and row.image_frames:
            numbers = tuple(range(1, row.image_frames + 1))
            body = b"".join(_kept(await self._apart(native_frames, path, numbers)))
        else:
            body = _kept(await self._apart(bulk_value, path, steps))
        forms = parse_accept(call.request.headers.get("accept", ""))
        if forms[0].multipart:
            return _multipart("application/octet-stream", [body])
        return Response(body, media_type="application/octet-stream", headers=_CACHE)

    async def _apart(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._images.readers.run(_SECONDS, function, *args, **kwargs)
        except ProcessCrashed:
            raise errors.RenderRefused("decoder-crashed") from None


def _kept(result: T | Refusal) -> T:
    if isinstance(result, Refusal):
        raise errors.RenderRefused(result.reason)
    return result


def _numbers(text: str, count: int) -> tuple[int, ...]:
    parts = text.split(",")
    good = all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts)
    numbers = tuple(int(part) for part in parts) if good else ()
    if not numbers or len(numbers) > _FRAMES_MAX:
        raise BadParameter("frames")
    if not all(1 <= number <= count for number in numbers):
        raise errors.StudyUnknown
    return numbers


def _viewport(text: str | None) -> int:
    if text is None:
        return SIDE_MAX
    sides = [part for part in text.split(",")[:2] if part.isascii() and part.isdigit()]
    if not sides or not all(0 < int(side) <= SIDE_MAX for side in sides):
        raise BadParameter("viewport")
    return max(int(side) for side in sides)


def _window(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        center, width = (float(part) for part in text.split(",")[:2])
    except ValueError:
        raise BadParameter("window") from None
    if not (abs(center) < 1e9 and 0 < width < 1e9):
        raise BadParameter("window")
    return center, width


def _spans(path: Path, spans: Iterable[tuple[int, int]]) -> list[bytes]:
    with path.open("rb") as file:
        found = []
        for offset, length in spans:
            file.seek(offset)
            found.append(file.read(length))
    return found


def _frames_response(form: FrameForm, bodies: list[bytes]) -> Response:
    if not form.multipart and len(bodies) == 1:
        return Response(bodies[0], headers=_CACHE | {"Content-Type": form.content_type})
    return _multipart(form.content_type, bodies)


def _multipart(kind: str, bodies: list[bytes]) -> Response:
    boundary = secrets.token_hex(16)
    body = whole_multipart(boundary, ((kind, each) for each in bodies))
    return Response(body, headers=_CACHE | {"Content-Type": _related(kind, boundary)})


def _related(kind: str, boundary: str) -> str:
    return f'multipart/related; type="{kind.split(";")[0]}"; boundary={boundary}'
