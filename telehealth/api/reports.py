"""Reports that came with the images of a case: Structured Reports as text, PDFs inside DICOM."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel
from starlette.responses import Response

from telehealth.access import Permission, may
from telehealth.api.studies import iso_day
from telehealth.audit import Act, record
from telehealth.case_images import telling_of
from telehealth.casefile import CaseFile, case_file
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed, NotFound
from telehealth.images import Images
from telehealth.parts import Parts
from viewer import errors
from viewer.free_text import without_identity
from viewer.pool import ProcessCrashed
from viewer.query_store import QueryStore, StoredReport
from viewer.render import bulk_value
from viewer.report_privacy import without_patient
from viewer.store import ImageStore
from viewer.structured_report import Report, ReportLine, report_of
from viewer.study import Refusal

_PDF: Final = "application/pdf"
_ENCAPSULATED_DOCUMENT: Final = ("00420011",)
_READ_SECONDS: Final = 30


class ReportBrief(BaseModel):
    """A report by its SOP Instance UID; `title` is empty for a PDF."""

    sop_uid: str
    kind: Literal["text", "pdf"]
    title: str
    description: str
    study_date: str | None


class Reports(BaseModel):
    """The reports of a case; of PDFs, which name the patient, some learn only how many."""

    items: list[ReportBrief]
    withheld: int


class ReportOut(BaseModel):
    """A Structured Report as lines; `is_cut` when it is longer than what is given."""

    title: str
    at: str
    is_complete: bool
    is_verified: bool
    verified_by: list[str]
    lines: list[ReportLine]
    is_cut: bool


class ReportsApi:
    """Reports of the studies that are shown with a case."""

    def __init__(self, parts: Parts, images: Images) -> None:
        self._parts = parts
        self._images = images

    def doors(self) -> list[Door]:
        """The doors of this class."""
        every = "/api/cases/{case_id}/reports"
        one, needs = every + "/{sop_uid}", Permission.READ_CASE
        refusals = (NotAllowed, NotFound)
        return [
            Door(
                "GET",
                every,
                self.list,
                needs,
                "Reports that came with the images",
                gives=Reports,
                raises=refusals,
            ),
            Door(
                "GET",
                one,
                self.read,
                needs,
                "A Structured Report as text",
                gives=ReportOut,
                raises=refusals,
            ),
            Door(
                "GET",
                one + "/pdf",
                self.pdf,
                needs,
                "A PDF that came as a DICOM object",
                gives_raw=(_PDF,),
                raises=(*refusals, errors.RenderRefused),
            ),
        ]

    async def list(self, call: Call) -> Reports:
        """In the order they came."""
        case_id = call.uuid("case_id")
        async with self._parts.database.reading() as tx:
            file = await case_file(tx, case_id, self._parts.material, call.at)
            file.require(call.caller, Permission.READ_CASE)
            every = await QueryStore(tx).reports_of(case_id)
            known = may(call.caller, Permission.SEE_PATIENT_IDENTITY, file.facts)
            found = [each for each in every if known or each.kind == "text"]
            texts = [each.instance_id for each in found if each.kind == "text"]
            said = await ImageStore(tx).metadata(texts)
        titles = await asyncio.to_thread(_titles, said)
        items = [_brief(each, titles, _telling(each, file, known)) for each in found]
        return Reports(items=items, withheld=len(every) - len(found))

    async def read(self, call: Call) -> ReportOut:
        """Without what names the patient, for those who may not know whom; a line of the trail."""
        found, file = await self._opened(call, "text", Permission.READ_CASE)
        known = may(call.caller, Permission.SEE_PATIENT_IDENTITY, file.facts)
        async with self._parts.database.reading() as tx:
            said = await ImageStore(tx).metadata([found.instance_id])
        report = await asyncio.to_thread(_read, said[found.instance_id])
        if not known:
            report = without_patient(report, telling_of(found.study, file.case))
        return ReportOut.model_validate(asdict(report))

    async def pdf(self, call: Call) -> Response:
        """Shown in the page and never run as a page of ours."""
        found, _ = await self._opened(call, "pdf", Permission.SEE_PATIENT_IDENTITY)
        path = await asyncio.to_thread(self._images.blobs.path, found.sha256)
        try:
            value = await self._images.readers.run(
                _READ_SECONDS, bulk_value, path, _ENCAPSULATED_DOCUMENT
            )
        except ProcessCrashed:
            value = Refusal("no-such-value")
        if isinstance(value, Refusal) or not value.startswith(b"%PDF-"):
            raise errors.RenderRefused("not-pdf")
        headers = {
            "Content-Disposition": "inline",
            "Content-Security-Policy": "sandbox; frame-ancestors 'self'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-cache",
        }
        return Response(value, headers=headers, media_type=_PDF)

    async def _opened(
        self, call: Call, kind: str, permission: Permission
    ) -> tuple[StoredReport, CaseFile]:
        case_id, sop_uid = call.uuid("case_id"), call.text("sop_uid")
        async with self._parts.database.transaction() as tx:
            file = await case_file(tx, case_id, self._parts.material, call.at)
            file.require(call.caller, Permission.READ_CASE)
            file.require(call.caller, permission)
            reports = await QueryStore(tx).reports_of(case_id)
            found = next((r for r in reports if (r.sop_uid, r.kind) == (sop_uid, kind)), None)
            if found is None:
                raise NotFound("report")
            act = Act("report_open", "instance", str(found.instance_id), case_id)
            await record(tx, call.source, act)
        return found, file


def _telling(report: StoredReport, file: CaseFile, known: bool) -> frozenset[str]:
    return frozenset() if known else telling_of(report.study, file.case)


def _brief(
    report: StoredReport, titles: Mapping[UUID, str], telling: frozenset[str]
) -> ReportBrief:
    return ReportBrief(
        sop_uid=report.sop_uid,
        kind=report.kind,
        title=without_identity(titles.get(report.instance_id, ""), telling),
        description=without_identity(report.description, telling),
        study_date=iso_day(report.study.study_date),
    )


def _titles(said: Mapping[UUID, bytes]) -> dict[UUID, str]:
    return {key: _read(body).title for key, body in said.items()}


def _read(body: bytes) -> Report:
    return report_of(json.loads(body))
