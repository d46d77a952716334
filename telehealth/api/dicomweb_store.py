"""STOW-RS (PS3.18 10.5): instances into a case, each answered for on its own."""

import asyncio
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID, uuid4

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from telehealth.access import Permission
from telehealth.dicomweb_reading import DicomwebReading
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, BodyTooLarge, NotAllowed, NotFound
from telehealth.image_senders import Senders
from telehealth.images import Images
from viewer import errors
from viewer.dicomweb_multipart import MultipartReader, boundary_of
from viewer.dicomweb_stow import StowItem, stow_answer
from viewer.ingest import Arrival
from viewer.intake import Sender
from viewer.study import DirectoryIndex, Header, Refusal
from viewer.upload import LIFE
from viewer.upload_store import Upload

_BODY_BYTES_MAX: Final = 8 << 30
_PARTS_MAX: Final = 10_000
_FEED_BYTES: Final = 1 << 20
_STUDIES: Final = "/dicomweb/studies"


class DicomwebStoreApi:
    """Takes instances; the case is named by `?case=`, by X-Case-Id, or found by the study."""

    def __init__(self, reading: DicomwebReading, images: Images) -> None:
        self._reading = reading
        self._parts = reading.parts
        self._images = images
        self._senders = Senders(reading.parts)

    def doors(self) -> list[Door]:
        """The doors of this class."""
        raises = (NotAllowed, NotFound, BadParameter, BodyTooLarge, errors.MultipartInvalid)
        return [
            Door(
                "POST",
                path,
                self.store,
                Permission.UPLOAD_IMAGES,
                summary,
                takes_raw=("multipart/related",),
                gives_raw=("application/dicom+json",),
                raises=raises,
                query=("case",),
                believes=True,
            )
            for path, summary in (
                (_STUDIES, "Store instances"),
                (_STUDIES + "/{study_uid}", "Store instances of one study"),
            )
        ]

    async def store(self, call: Call) -> Response:
        """Every part is stored or refused with a code; 200 all, 202 some, 409 none."""
        sender = await self._named_case(call)
        boundary = boundary_of(call.request.headers.get("content-type", ""), "application/dicom")
        with tempfile.TemporaryDirectory(dir=self._images.uploads_folder) as folder:
            sink = _FileSink(Path(folder))
            try:
                await _receive(call, MultipartReader(boundary, sink))
            finally:
                sink.end()
            items = await asyncio.gather(*(self._take(call, p, sender) for p in sink.paths))
        if not items:
            raise errors.MultipartInvalid("no-parts")
        status, body = stow_answer(items, self._reading.root)
        return Response(json.dumps(body), status, media_type="application/dicom+json")

    async def _named_case(self, call: Call) -> Sender | None:
        text = call.query("case", 36) or call.request.headers.get("x-case-id")
        if not text:
            return None
        try:
            case_id = UUID(text)
        except ValueError:
            raise BadParameter("case", "not a UUID") from None
        return await self._sender(call, case_id)

    async def _sender(self, call: Call, case_id: UUID) -> Sender:
        return await self._senders.of(call, case_id, "image_store")

    async def _case_of_study(self, call: Call, study_uid: str) -> Sender | None:
        access = self._reading.access
        try:
            async with self._parts.database.reading() as tx:
                _, case_id = await access.study(
                    tx, call.caller, Permission.UPLOAD_IMAGES, study_uid, call.at
                )
        except errors.StudyUnknown:
            return None
        return await self._sender(call, case_id)

    async def _take(self, call: Call, path: Path, sender: Sender | None) -> StowItem:
        header = await self._images.ingest.inspect(path)
        if isinstance(header, Refusal):
            return StowItem("", "", "", "", "refused", header.reason)
        if isinstance(header, DirectoryIndex):
            return StowItem("", "", "", "", "refused", "not-dicom")
        wanted = call.request.path_params.get("study_uid")
        if wanted not in (None, header.study.study_uid):
            return _item(header, "refused", "wrong-study")
        sender = sender or await self._case_of_study(call, header.study.study_uid)
        if sender is None:
            return _item(header, "refused", "not-allowed")
        upload = _upload(sender, header, path, call)
        arrival = Arrival(path, header, upload, call.at, sender.sent_by)
        done = await self._images.ingest.take(arrival)
        return _item(header, done.state, done.reason)


def _item(header: Header, state: str, reason: str) -> StowItem:
    return StowItem(
        header.instance.sop_class_uid,
        header.instance.sop_uid,
        header.study.study_uid,
        header.series.series_uid,
        state,
        reason,
    )


def _upload(sender: Sender, header: Header, path: Path, call: Call) -> Upload:
    return Upload(
        id=uuid4(),
        case_id=sender.case_id,
        facility_id=sender.facility_id,
        name=header.instance.sop_uid,
        length=path.stat().st_size,
        created_by=sender.person_id,
        created_at=call.at,
        expires_at=call.at + LIFE,
    )


class _FileSink:
    """Parts as files `0`, `1`, … of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: BinaryIO | None = None
        self.paths: list[Path] = []

    def begin(self, _headers: Mapping[str, str]) -> None:
        """A new file."""
        if len(self.paths) >= _PARTS_MAX:
            raise errors.MultipartInvalid("too-many-parts")
        self.paths.append(self._folder / str(len(self.paths)))
        self._open = self.paths[-1].open("wb")

    def write(self, data: bytes) -> None:
        """More of it."""
        if self._open is not None:
            self._open.write(data)

    def end(self) -> None:
        """Close it."""
        if self._open is not None:
            self._open.close()
            self._open = None


async def _receive(call: Call, reader: MultipartReader) -> None:
    buffered, size, total = bytearray(), 0, 0
    try:
        async for chunk in call.request.stream():
            buffered += chunk
            size, total = size + len(chunk), total + len(chunk)
            if total > _BODY_BYTES_MAX:
                raise BodyTooLarge(_BODY_BYTES_MAX)
            if size >= _FEED_BYTES:
                await asyncio.to_thread(reader.feed, bytes(buffered))
                buffered, size = bytearray(), 0
    except ClientDisconnect:
        raise errors.MultipartInvalid("ends-early") from None
    await asyncio.to_thread(reader.feed, bytes(buffered))
    reader.finish()
