"""Resumable uploads into a case: tus 1.0.0, and the list of what became of every file."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from telehealth.access import Permission, may
from telehealth.casefile import case_file
from telehealth.doors import Call, Door, Open
from telehealth.errors import NotAllowed, NotFound
from telehealth.image_senders import Senders
from telehealth.images import Images
from telehealth.parts import Parts
from viewer import errors
from viewer.intake import Sender
from viewer.store import ImageStore
from viewer.upload import (
    CHUNK_TYPE,
    EXTENSIONS,
    VERSION,
    chunk_room,
    parse_creation,
    require_version,
)
from viewer.upload_store import Upload, UploadStore

_TUS: Final = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
_REFUSALS: Final = (
    NotAllowed,
    NotFound,
    errors.UploadUnknown,
    errors.UploadHeaderInvalid,
    errors.UploadVersionUnsupported,
    errors.UploadTooLarge,
)


class IndexReport(BaseModel):
    """What a DICOMDIR names, and what of it has not arrived."""

    referenced: int
    missing: list[str]


class Outcome(BaseModel):
    """One sent file: on its way, or what became of it."""

    id: UUID
    name: str
    state: Literal["receiving", "stored", "duplicate", "refused", "unpacked", "index"]
    reason_slug: str | None = None
    sop_uid: str | None = None
    entries: int | None = None
    parent_id: UUID | None = None
    received: int | None = None
    length: int
    index: IndexReport | None = None


class Totals(BaseModel):
    """How many files in which state; archives themselves are not counted."""

    stored: int = 0
    duplicate: int = 0
    refused: int = 0
    receiving: int = 0


class Outcomes(BaseModel):
    """Everything sent for a case."""

    items: list[Outcome]
    totals: Totals


def _totals(counts: Mapping[str, int]) -> Totals:
    return Totals(**{name: counts.get(name, 0) for name in Totals.model_fields})


class UploadsApi:
    """The desk as HTTP. Finished files are checked and stored before the last answer."""

    def __init__(self, parts: Parts, images: Images) -> None:
        self._parts = parts
        self._intake = images.intake
        self._senders = Senders(parts)

    def doors(self) -> list[Door]:
        """The doors of this class."""
        case, one = "/api/cases/{case_id}/uploads", "/api/uploads/{upload_id}"
        needs, raw = Permission.UPLOAD_IMAGES, (CHUNK_TYPE,)
        changed = (*_REFUSALS, errors.UploadOffsetConflict, errors.UploadTypeWrong)
        return [
            Door("OPTIONS", case, self.options, Open.PUBLIC, "What of tus is spoken", status=204),
            Door(
                "POST",
                case,
                self.create,
                needs,
                "Begin an upload (tus creation)",
                takes_raw=raw,
                gives_raw=("text/plain",),
                status=201,
                raises=changed,
                believes=True,
            ),
            Door(
                "GET",
                case,
                self.list,
                Permission.READ_CASE,
                "What became of every file sent for the case",
                gives=Outcomes,
                raises=(NotAllowed, NotFound),
            ),
            Door(
                "GET",
                "/api/cases/{case_id}/upload-totals",
                self.totals,
                Permission.READ_CASE,
                "How many files sent for the case are in which state",
                gives=Totals,
                raises=(NotAllowed, NotFound),
            ),
            Door("HEAD", one, self.head, needs, "How much has arrived (tus)", raises=_REFUSALS),
            Door(
                "PATCH",
                one,
                self.patch,
                needs,
                "Continue an upload (tus)",
                takes_raw=raw,
                status=204,
                raises=changed,
                believes=True,
            ),
            Door("DELETE", one, self.terminate, needs, "Give an upload up", raises=_REFUSALS),
        ]

    async def options(self, _call: Call) -> Response:
        """tus discovery."""
        return Response(
            status_code=204,
            headers=_TUS
            | {
                "Tus-Version": VERSION,
                "Tus-Extension": EXTENSIONS,
                "Tus-Max-Size": str(self._intake.limits.bytes_max),
            },
        )

    async def create(self, call: Call) -> Response:
        """Open an upload; with a body, take its first bytes at once."""
        require_version(call.request.headers)
        new = parse_creation(call.request.headers, self._intake.limits)
        sender = await self._sender(call, call.uuid("case_id"))
        offset = 0
        if new.has_body or new.length == 0:
            upload, offset = await self._intake.take(sender, new, call.request.stream())
        else:
            upload = await self._intake.create(sender, new)
        location = {"Location": f"/api/uploads/{upload.id}"}
        return _answer(201, upload, offset, location)

    async def head(self, call: Call) -> Response:
        """Where to continue."""
        require_version(call.request.headers)
        upload, offset = await self._intake.find(call.uuid("upload_id"))
        await self._sender(call, upload.case_id)
        return _answer(200, upload, offset)

    async def patch(self, call: Call) -> Response:
        """Take more bytes; with the last one, check and store the file."""
        require_version(call.request.headers)
        upload, received = await self._intake.find(call.uuid("upload_id"))
        sender = await self._sender(call, upload.case_id)
        room = chunk_room(call.request.headers, received, upload.length)
        upload, offset = await self._receive(call, sender, upload, received, room)
        return _answer(204, upload, offset)

    async def terminate(self, call: Call) -> Response:
        """Forget an unfinished upload."""
        require_version(call.request.headers)
        upload, _ = await self._intake.find(call.uuid("upload_id"))
        await self._sender(call, upload.case_id)
        await self._intake.terminate(upload.id)
        return Response(status_code=204, headers=_TUS)

    async def list(self, call: Call) -> Outcomes:
        """Outcomes by file; a DICOMDIR says what it names and what is missing.

        Files are often called after their patient: names only for those who may know whose.
        """
        case_id = call.uuid("case_id")
        async with self._parts.database.reading() as tx:
            file = await case_file(tx, case_id, self._parts.material, call.at)
            file.require(call.caller, Permission.READ_CASE)
            uploads = await UploadStore(tx).of_case(case_id)
            items = [await self._outcome(ImageStore(tx), upload) for upload in uploads]
        if not may(call.caller, Permission.SEE_PATIENT_IDENTITY, file.facts):
            items = [item.model_copy(update={"name": ""}) for item in items]
        return Outcomes(items=items, totals=_totals(Counter(item.state for item in items)))

    async def totals(self, call: Call) -> Totals:
        """For pages that say how far it is and name no file."""
        case_id = call.uuid("case_id")
        async with self._parts.database.reading() as tx:
            file = await case_file(tx, case_id, self._parts.material, call.at)
            file.require(call.caller, Permission.READ_CASE)
            return _totals(await UploadStore(tx).states_of(case_id))

    async def _outcome(self, images: ImageStore, upload: Upload) -> Outcome:
        index = None
        if upload.referenced is not None:
            known = await images.known_sop_uids(upload.case_id, upload.referenced)
            missing = [uid for uid in upload.referenced if uid not in known]
            index = IndexReport(referenced=len(upload.referenced), missing=missing)
        return Outcome(**_said(upload), index=index)

    async def _sender(self, call: Call, case_id: UUID) -> Sender:
        return await self._senders.of(call, case_id, "image_upload")

    async def _receive(
        self, call: Call, sender: Sender, upload: Upload, received: int, room: int
    ) -> tuple[Upload, int]:
        if upload.state != "receiving":
            return upload, received
        try:
            offset = await self._intake.append(upload, received, room, call.request.stream())
        except ClientDisconnect:
            # Nobody hears this answer; what came is on the disk for the next PATCH.
            _, offset = await self._intake.find(upload.id)
            return upload, offset
        if offset < upload.length:
            return upload, offset
        return await self._intake.finish(upload, sender.sent_by), offset


def _said(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "name": upload.name,
        "state": upload.state,
        "reason_slug": upload.reason or None,
        "sop_uid": upload.sop_uid,
        "entries": upload.entries,
        "parent_id": upload.parent_id,
        "length": upload.length,
    }


def _answer(
    status: int, upload: Upload, offset: int, more: dict[str, str] | None = None
) -> Response:
    outcome = Outcome(**_said(upload), received=offset).model_dump(mode="json", exclude_none=True)
    headers = _TUS | {
        "Upload-Offset": str(offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "X-Outcome": json.dumps(outcome, separators=(",", ":"))[:7000],  # ASCII by default
    }
    return Response(status_code=status, headers=headers | (more or {}))
