"""Is there a name in these pixels? Whoever brings the case looks, and says so."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.access import Permission
from telehealth.audit import Act, record
from telehealth.casefile import CaseFile, case_file
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed, NotFound
from telehealth.live_session import tell_room
from telehealth.parts import Parts
from viewer import errors
from viewer.burned_in import NameSaid
from viewer.excerpt_store import ExcerptStore
from viewer.name_store import NameStore, Said
from viewer.tables import DocumentRow, ImageSeriesRow


class NameOfDocumentIn(BaseModel):
    """What was seen; null takes back what was said before."""

    model_config = ConfigDict(extra="forbid")

    said: Literal["no_name", "name"] | None


class NameOfSeriesIn(NameOfDocumentIn):
    """And how many images the series had when it was looked at."""

    image_count: Annotated[int, Field(ge=0, le=1 << 31)]


class PixelNamesApi:
    """Words about series and documents; they open or shut them to those without the identity."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        refusals = (NotAllowed, NotFound, errors.StudyUnknown)
        return [
            Door(
                "PUT",
                "/api/cases/{case_id}/image-series/{series_uid}/name",
                self.of_series,
                Permission.EDIT_CASE,
                "Say whether the pixels of a series show the patient's name",
                takes=NameOfSeriesIn,
                status=204,
                raises=(*refusals, errors.PixelsUnseen),
            ),
            Door(
                "PUT",
                "/api/documents/{document_id}/name",
                self.of_document,
                Permission.EDIT_CASE,
                "Say whether a document shows the patient's name",
                takes=NameOfDocumentIn,
                status=204,
                raises=refusals,
            ),
        ]

    async def of_series(self, call: Call) -> None:
        """Counts within seconds (rule DO3)."""
        body, case_id = call.parsed(NameOfSeriesIn), call.uuid("case_id")
        async with self._parts.database.transaction() as tx:
            file = await self._file(tx, call, case_id)
            names = NameStore(tx)
            row = await names.series_of_case(case_id, call.text("series_uid"))
            act = Act("pixels_judge", "image_series", str(row.id), case_id, detail=_said(row, body))
            await names.say_of_series(row, body.image_count, _of(call, body))
            await record(tx, call.source, act)
        await self._tell(file)

    async def of_document(self, call: Call) -> None:
        """Counts from the next opening on."""
        body = call.parsed(NameOfDocumentIn)
        async with self._parts.database.transaction() as tx:
            row = await ExcerptStore(tx).document(call.uuid("document_id"))
            file = await self._file(tx, call, row.case_id)
            act = Act("pixels_judge", "document", str(row.id), row.case_id, detail=_said(row, body))
            await NameStore(tx).say_of_document(row, _of(call, body))
            await record(tx, call.source, act)
        await self._tell(file)

    async def _file(self, tx: AsyncSession, call: Call, case_id: UUID) -> CaseFile:
        file = await case_file(tx, case_id, self._parts.material, call.at)
        file.require(call.caller, Permission.EDIT_CASE)
        return file

    async def _tell(self, file: CaseFile) -> None:
        told: dict[str, object] = {"case_id": str(file.case.id)}
        await tell_room(self._parts.live, file.session, "papers_changed", told)


def _of(call: Call, body: NameOfDocumentIn) -> Said:
    what = None if body.said is None else NameSaid(body.said)
    return Said(what, call.caller.person_id, call.at)


def _said(row: ImageSeriesRow | DocumentRow, body: NameOfDocumentIn) -> dict[str, str | None]:
    return {"said": body.said, "before": row.name_said}
