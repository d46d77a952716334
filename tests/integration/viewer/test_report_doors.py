"""Reports that came with the images: who reads them, as what. SR5, SR6."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pydicom
import pytest
from sqlmodel import select

from telehealth.tables import AuditRow
from tests.integration.scheduling.steps import MONDAY
from tests.integration.viewer.test_image_doors import a_pdf
from tests.support.image_doors import image_conference, upload
from tests.support.image_room import a_sample
from tests.support.shared_case import STUDY, SharedCase

TEXT, PDF = f"{STUDY}.8.1", f"{STUDY}.9.1"


def _report(sop_uid: str, **words: Any) -> bytes:
    """A report on the case's study."""
    ds = pydicom.dcmread(a_sample("test-SR.dcm"))
    ds.decode()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "NK-240001", "19540302", "M"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, sop_uid.rpartition(".")[0]
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = sop_uid
    for keyword, value in words.items():
        setattr(ds, keyword, value)
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()


def _pdf_object(body: bytes) -> bytes:
    words = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1", "EncapsulatedDocument": body}
    more = {"MIMETypeOfEncapsulatedDocument": "application/pdf", "SeriesDescription": "PHIẾU"}
    return _report(PDF, **words, **more)


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[SharedCase]:
    async with image_conference(tmp_path, MONDAY) as (meeting, images):
        made = SharedCase(meeting, images)
        await made.prepare()
        client = await meeting.client("bacsi")
        for body in (_report(TEXT), _pdf_object(a_pdf())):
            assert (await upload(client, made.case_id, body)).status_code == 201
        yield made


async def _get(case: SharedCase, who: str, tail: str = "") -> Any:
    return await (await case.meeting.client(who)).get(f"/api/cases/{case.case_id}/reports{tail}")


async def _hide(case: SharedCase) -> None:
    path = f"/api/cases/{case.case_id}/teaching-view"
    await case.meeting.call("chutoa", "PUT", path, {"hidden": True})
    case.meeting.clock.now += timedelta(seconds=6)  # what was believed of rights is old


async def test_sr5_who_knows_the_patient_reads_text_and_pdf(case: SharedCase) -> None:
    listed = (await _get(case, "chutoa")).json()
    assert [(item["kind"], item["title"]) for item in listed["items"]] == [
        ("text", "Diagnosis"),
        ("pdf", ""),
    ]
    assert listed["items"][1]["description"] == "PHIẾU"
    report = (await _get(case, "chutoa", f"/{TEXT}")).json()
    assert (report["title"], report["is_verified"]) == ("Diagnosis", True)
    assert {
        "depth": 0,
        "kind": "text",
        "name": "Text Code",
        "value": "A mass of",
    }.items() <= report["lines"][1].items()
    pdf = await _get(case, "chutoa", f"/{PDF}/pdf")
    assert pdf.content.rstrip(b"\0") == a_pdf()
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-security-policy"].startswith("sandbox")


async def test_sr5_opening_one_is_a_line_of_the_trail(case: SharedCase) -> None:
    await _get(case, "chutoa", f"/{TEXT}")
    async with case.meeting.parts.database.reading() as tx:
        rows = (await tx.exec(select(AuditRow).where(AuditRow.action == "report_open"))).all()
    assert [(str(row.case_id), row.object_kind) for row in rows] == [(case.case_id, "instance")]


async def test_sr6_who_may_not_know_the_patient_reads_what_was_found_and_no_pdf(
    case: SharedCase,
) -> None:
    client = await case.meeting.client("bacsi")
    named = pydicom.dcmread(io.BytesIO(_report(f"{STUDY}.8.2")))
    named.ContentSequence[2].TextValue = "Ông LƯỜNG VĂN MINH HOẠ, 72 tuổi"
    out = io.BytesIO()
    named.save_as(out)
    assert (await upload(client, case.case_id, out.getvalue())).status_code == 201
    listed = (await _get(case, "chuyengia")).json()
    assert [item["kind"] for item in listed["items"]] == ["text", "text"]
    assert listed["withheld"] == 1
    assert (await _get(case, "chuyengia", f"/{PDF}/pdf")).status_code == 403
    answer = await _get(case, "chuyengia", f"/{STUDY}.8.2")
    report = answer.json()
    assert "A mass of" in [line["value"] for line in report["lines"]]
    assert "LƯỜNG" not in answer.text
    assert "1.2.3.4.5" not in [line["value"] for line in report["lines"]]
    hidden = [line["kind"] for line in report["lines"] if line["withheld"]]
    assert hidden == ["uid", "text"]
    whole = await _get(case, "chutoa", f"/{STUDY}.8.2")
    assert "LƯỜNG VĂN MINH HOẠ" in whole.text
    assert not any(line["withheld"] for line in whole.json()["lines"])


async def test_sr6_the_teaching_view_hides_it_from_those_who_knew(case: SharedCase) -> None:
    assert (await _get(case, "dieuphoi", f"/{PDF}/pdf")).status_code == 200
    await _hide(case)
    assert (await _get(case, "dieuphoi", f"/{PDF}/pdf")).status_code == 403
    lines = (await _get(case, "dieuphoi", f"/{TEXT}")).json()["lines"]
    assert [line["value"] for line in lines if line["kind"] == "uid"] == [""]
    assert (await _get(case, "chutoa", f"/{PDF}/pdf")).status_code == 200


async def test_sr6_strangers_and_wrong_names_are_refused(case: SharedCase) -> None:
    for who in ("nguoikhac", "quantri", "hocvien"):
        for tail in ("", f"/{TEXT}", f"/{PDF}/pdf"):
            assert (await _get(case, who, tail)).status_code == 403
    for tail in (f"/{PDF}", f"/{TEXT}/pdf", "/1.2.3", "/x"):
        missing = await _get(case, "bacsi", tail)
        assert missing.status_code == 404
        assert missing.headers["content-type"] == "application/problem+json"


async def test_sr6_what_only_says_that_it_is_a_pdf_is_not_shown(case: SharedCase) -> None:
    client = await case.meeting.client("bacsi")
    fake = pydicom.dcmread(io.BytesIO(_pdf_object(b"<html><script>alert(1)</script>")))
    fake.SOPInstanceUID = fake.file_meta.MediaStorageSOPInstanceUID = f"{STUDY}.9.2"
    out = io.BytesIO()
    fake.save_as(out)
    assert (await upload(client, case.case_id, out.getvalue())).status_code == 201
    refused = await _get(case, "bacsi", f"/{STUDY}.9.2/pdf")
    assert refused.status_code == 422
    assert b"script" not in refused.content
