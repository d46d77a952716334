"""STOW-RS (PS3.18 10.5): instances into a case, each answered for on its own."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID, uuid4

from starlette.responses import Response

from telehealth.access import Permission
from telehealth.dicomweb_reading import DicomwebReading
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, BodyTooLarge, NotAllowed, NotFound
from telehealth.image_senders import Senders
from telehealth.images import Images
from telehealth.stow_parts import Part, PartFiles, received_parts
from viewer import errors
from viewer.dicomweb_multipart import boundary_of
from viewer.dicomweb_stow import StowItem, stow_answer
from viewer.header import Read
from viewer.ingest import Arrival
from viewer.intake import Sender
from viewer.study import DirectoryIndex, Header, Refusal
from viewer.upload import LIFE
from viewer.upload_store import Upload

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
        files = PartFiles(self._images.uploads_folder)
        try:
            inspected = await self._inspected(call, boundary, files)
            senders = await self._senders_for(call, sender, inspected)
            items = await asyncio.gather(
                *(self._take(call, part, read, senders) for part, read in inspected)
            )
        finally:
            await asyncio.to_thread(files.remove)
        if not items:
            raise errors.MultipartInvalid("no-parts")
        status, body = stow_answer(items, self._reading.root)
        return Response(json.dumps(body), status, media_type="application/dicom+json")

    async def _inspected(
        self, call: Call, boundary: str, files: PartFiles
    ) -> list[tuple[Part, Read]]:
        """Every part with its header, read while the next ones arrive.

        Nothing is stored before the message is known to be whole.
        """
        parts: list[Part] = []
        reading: list[asyncio.Task[Read]] = []
        try:
            async for complete in received_parts(call.request, boundary, files):
                parts += complete
                reading += [asyncio.create_task(self._inspect(part)) for part in complete]
            return list(zip(parts, await asyncio.gather(*reading), strict=True))
        finally:
            for task in reading:
                task.cancel()

    async def _inspect(self, part: Part) -> Read:
        return await self._images.ingest.inspect(part.path)

    async def _senders_for(
        self, call: Call, named: Sender | None, inspected: Sequence[tuple[Part, Read]]
    ) -> Mapping[str, Sender | None]:
        """The sender by study, asked once for each; None where the caller may send nothing."""
        studies = {read.study.study_uid for _, read in inspected if isinstance(read, Header)}
        return {uid: named or await self._case_of_study(call, uid) for uid in studies}

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

    async def _take(
        self, call: Call, part: Part, read: Read, senders: Mapping[str, Sender | None]
    ) -> StowItem:
        if isinstance(read, Refusal):
            return StowItem("", "", "", "", "refused", read.reason)
        if isinstance(read, DirectoryIndex):
            return StowItem("", "", "", "", "refused", "not-dicom")
        wanted = call.request.path_params.get("study_uid")
        if wanted not in (None, read.study.study_uid):
            return _item(read, "refused", "wrong-study")
        sender = senders[read.study.study_uid]
        if sender is None:
            return _item(read, "refused", "not-allowed")
        upload = _upload(sender, read, part.size, call)
        arrival = Arrival(part.path, read, upload, call.at, sender.sent_by, sha256=part.sha256)
        done = await self._images.ingest.take(arrival)
        return _item(read, done.state, done.reason)


def _item(header: Header, state: str, reason: str) -> StowItem:
    return StowItem(
        header.instance.sop_class_uid,
        header.instance.sop_uid,
        header.study.study_uid,
        header.series.series_uid,
        state,
        reason,
    )


def _upload(sender: Sender, header: Header, size: int, call: Call) -> Upload:
    return Upload(
        id=uuid4(),
        case_id=sender.case_id,
        facility_id=sender.facility_id,
        name=header.instance.sop_uid,
        length=size,
        created_by=sender.person_id,
        created_at=call.at,
        expires_at=call.at + LIFE,
    )
