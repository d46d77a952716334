"""The record excerpt of a case, and its PDF documents."""

import asyncio
import json
import urllib.parse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response, StreamingResponse

from telehealth.access import Permission, may
from telehealth.audit import Act, record
from telehealth.casefile import CaseFile, case_file
from telehealth.doors import Call, Door, read_body
from telehealth.errors import BadBody, BodyTooLarge, FieldFault, NotAllowed, NotFound
from telehealth.images import Images
from telehealth.parts import Parts
from viewer import errors
from viewer.burned_in import BurnedIn, NameSaid, withholds
from viewer.document import DOCUMENT_BYTES_MAX, read_pdf
from viewer.excerpt import parse_excerpt, parse_version
from viewer.excerpt_store import ExcerptStore, SavedExcerpt
from viewer.pool import ProcessCrashed
from viewer.study import Refusal
from viewer.tables import DocumentRow
from viewer.upload import clean_name

_EXCERPT_BYTES_MAX: Final = 512 << 10
_READ_SECONDS: Final = 30
_PDF: Final = "application/pdf"


class ExcerptOut(BaseModel):
    """The newest version of the excerpt; 0 is the empty one nobody saved."""

    model_config = ConfigDict(extra="allow")

    version: int
    saved_by: UUID | None
    saved_at: datetime | None


class DocumentOut(BaseModel):
    """A PDF of a case; its name only for those who may see the identity.

    `name_said` is what a person who looked said of the patient's name in it; `withheld` that this
    caller may therefore not open it.
    """

    id: UUID
    name: str
    size: int
    sha256: str
    pages: int
    added_at: datetime
    added_by: UUID
    name_said: NameSaid | None
    withheld: bool


class Documents(BaseModel):
    """The documents of a case in the order they came."""

    items: list[DocumentOut]


class ExcerptsApi:
    """What the asking doctor typed or attached beside the images."""

    def __init__(self, parts: Parts, images: Images) -> None:
        self._parts = parts
        self._images = images

    def doors(self) -> list[Door]:
        """The doors of this class."""
        excerpt, documents = "/api/cases/{case_id}/excerpt", "/api/cases/{case_id}/documents"
        refusals = (NotAllowed, NotFound)
        return [
            Door(
                "GET",
                excerpt,
                self.read,
                Permission.READ_CASE,
                "The record excerpt",
                gives=ExcerptOut,
                raises=refusals,
            ),
            Door(
                "PUT",
                excerpt,
                self.save,
                Permission.EDIT_CASE,
                "Save the next version of the record excerpt",
                takes_raw=("application/json",),
                gives=ExcerptOut,
                raises=(*refusals, errors.ExcerptInvalid, errors.ExcerptOutdated, BodyTooLarge),
            ),
            Door(
                "GET",
                documents,
                self.documents,
                Permission.READ_CASE,
                "The PDF documents of the case",
                gives=Documents,
                raises=refusals,
            ),
            Door(
                "POST",
                documents,
                self.add,
                Permission.EDIT_CASE,
                "Attach a PDF (X-File-Name percent-encoded)",
                takes_raw=(_PDF,),
                gives=DocumentOut,
                status=201,
                raises=(*refusals, errors.DocumentRefused, BodyTooLarge),
            ),
            Door(
                "GET",
                "/api/documents/{document_id}",
                self.open,
                Permission.READ_CASE,
                "A PDF document",
                gives_raw=(_PDF,),
                raises=(*refusals, errors.StudyUnknown, errors.PixelsWithheld),
            ),
        ]

    async def read(self, call: Call) -> ExcerptOut:
        """The newest version."""
        case_id = call.uuid("case_id")
        async with self._parts.database.transaction() as tx:
            await self._file(tx, call, case_id, Permission.READ_CASE)
            saved = await ExcerptStore(tx).newest(case_id)
            await record(tx, call.source, Act("excerpt_read", "case", str(case_id), case_id))
        return _excerpt_out(saved)

    async def save(self, call: Call) -> ExcerptOut:
        """The next version, unless somebody saved in between."""
        case_id = call.uuid("case_id")
        body = _json(await read_body(call.request, _EXCERPT_BYTES_MAX))
        version, excerpt = parse_version(body), parse_excerpt(body)
        async with self._parts.database.transaction() as tx:
            await self._file(tx, call, case_id, Permission.EDIT_CASE)
            saved = await ExcerptStore(tx).save(
                case_id, version, excerpt, call.caller.person_id, call.at
            )
            detail = {"version": saved.version}
            act = Act("excerpt_save", "case", str(case_id), case_id, detail=detail)
            await record(tx, call.source, act)
        return _excerpt_out(saved)

    async def documents(self, call: Call) -> Documents:
        """Names and sizes."""
        case_id = call.uuid("case_id")
        async with self._parts.database.reading() as tx:
            file = await self._file(tx, call, case_id, Permission.READ_CASE)
            rows: Sequence[DocumentRow] = await ExcerptStore(tx).documents(case_id)
        identity = may(call.caller, Permission.SEE_PATIENT_IDENTITY, file.facts)
        return Documents(items=[_document_out(row, identity) for row in rows])

    async def add(self, call: Call) -> DocumentOut:
        """Check the PDF in a process of its own, store the bytes, then list it."""
        case_id = call.uuid("case_id")
        async with self._parts.database.reading() as tx:
            await self._file(tx, call, case_id, Permission.EDIT_CASE)
        draft = self._images.uploads_folder / f"{uuid4().hex}.pdf"
        try:
            pages = await self._received(call, draft)
            ref = await asyncio.to_thread(self._parts.blobs.put_file, draft)
        finally:
            await asyncio.to_thread(draft.unlink, missing_ok=True)
        row = DocumentRow(
            case_id=case_id,
            name=clean_name(urllib.parse.unquote(call.request.headers.get("x-file-name", "")))[
                :255
            ],
            size=ref.size,
            sha256=ref.sha256,
            pages=pages,
            added_by=call.caller.person_id,
            added_at=call.at,
        )
        async with self._parts.database.transaction() as tx:
            await ExcerptStore(tx).add_document(row)
            detail = {"size": row.size, "pages": pages}
            act = Act("document_add", "document", str(row.id), case_id, detail=detail)
            await record(tx, call.source, act)
        return _document_out(row, identity=True)

    async def open(self, call: Call) -> Response:
        """The stored bytes, shown in the page and never run as a page of ours."""
        async with self._parts.database.transaction() as tx:
            row = await ExcerptStore(tx).document(call.uuid("document_id"))
            file = await self._file(tx, call, row.case_id, Permission.READ_CASE)
            named = may(call.caller, Permission.SEE_PATIENT_IDENTITY, file.facts)
            if _withheld(row) and not named:
                raise errors.PixelsWithheld
            act = Act("document_open", "document", str(row.id), row.case_id)
            await record(tx, call.source, act)
        name = urllib.parse.quote(row.name if named else f"{row.id}.pdf")
        headers = {
            "Content-Disposition": f"inline; filename*=UTF-8''{name}",
            "Content-Length": str(row.size),
            "Content-Security-Policy": "sandbox; frame-ancestors 'self'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-cache",
        }
        body = self._parts.blobs.stream(row.sha256)
        return StreamingResponse(body, headers=headers, media_type=_PDF)

    async def _file(
        self, tx: AsyncSession, call: Call, case_id: UUID, permission: Permission
    ) -> CaseFile:
        file = await case_file(tx, case_id, self._parts.material, call.at)
        file.require(call.caller, permission)
        return file

    async def _received(self, call: Call, draft: Path) -> int:
        body = await read_body(call.request, DOCUMENT_BYTES_MAX)
        await asyncio.to_thread(draft.write_bytes, body)
        try:
            facts = await self._images.readers.run(_READ_SECONDS, read_pdf, draft)
        except ProcessCrashed:
            facts = Refusal("pdf-damaged")
        if isinstance(facts, Refusal):
            raise errors.DocumentRefused(facts.reason)
        return facts.pages


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise BadBody([FieldFault("", "json", "not JSON")]) from None


def _excerpt_out(saved: SavedExcerpt) -> ExcerptOut:
    return ExcerptOut(
        version=saved.version, saved_by=saved.saved_by, saved_at=saved.saved_at, **saved.body
    )


def _withheld(row: DocumentRow) -> bool:
    """A paper of a record names its patient until somebody says otherwise."""
    return withholds(BurnedIn.MAY_SHOW_A_NAME, row.name_said)


def _document_out(row: DocumentRow, identity: bool) -> DocumentOut:
    return DocumentOut(
        **row.model_dump(include=set(DocumentOut.model_fields) - {"name", "withheld"}),
        name=row.name if identity else "",
        withheld=_withheld(row) and not identity,
    )
