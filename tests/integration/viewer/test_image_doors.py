"""A case's images through the HTTP doors: sent, seen, delivered, refused."""

import asyncio
import io
import json
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import imagecodecs
import numpy as np
import pydicom
import pypdf
import pytest
from PIL import Image

from telehealth.images import Images
from tests.integration.scheduling.steps import draft
from tests.support.conference import Conference
from tests.support.image_doors import CHUNK, TUS, image_conference, upload
from tests.support.image_room import CT_SMALL, a_sample

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    async with image_conference(tmp_path, MONDAY) as made:
        yield made


def slices(count: int) -> list[bytes]:
    """A small CT series of the case's patient."""
    made = []
    for number in range(count):
        ds = pydicom.dcmread(CT_SMALL)
        ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "NK-240001", "19540302", "M"
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.{number + 1}"
        ds.InstanceNumber = number + 1
        ds.ImagePositionPatient = [-158.1, -179.0, -75.0 - number]
        buffer = io.BytesIO()
        ds.save_as(buffer)
        made.append(buffer.getvalue())
    return made


async def a_case(meeting: Conference, bodies: list[bytes]) -> tuple[str, httpx.AsyncClient]:
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    for number, body in enumerate(bodies):
        answer = await upload(client, case["id"], body, f"CT/IM{number}")
        assert answer.status_code == 201, answer.text
    return case["id"], client


async def test_series_is_sent_listed_and_delivered_by_range_and_stage(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, images = hospital
    bodies = slices(5)
    case_id, client = await a_case(meeting, bodies)
    await images.worker.settle()
    (study,) = (await client.get(f"/api/cases/{case_id}/studies")).json()["items"]
    (series,) = study["series"]
    assert (series["state"], series["image_count"]) == ("ready", 5)
    assert [picture["image_type"][:2] for picture in series["pictures"]] == [
        ["ORIGINAL", "PRIMARY"]
    ] * 5
    assert all(len(picture["orientation"]) == 6 for picture in series["pictures"])
    assert study["identity"]["status"] == "match"
    case = (await client.get(f"/api/cases/{case_id}")).json()
    assert (case["study_count"], case["image_count"]) == (1, 5)
    assert "images" not in case["missing"]
    place = f"/api/image-series/{series['series_uid']}"
    manifest = (await client.get(f"{place}/manifest")).json()
    assert "NK-240001" not in json.dumps(manifest)
    await check_codings(client, f"{place}/manifest", manifest)
    entries = manifest["images"]
    # Along the slice normal: the highest slice number lies lowest.
    assert [e["instance_number"] for e in entries] == [5, 4, 3, 2, 1]
    pack = (await client.get(f"{place}/pack")).content
    assert len(pack) == manifest["total_bytes"]
    by_uid = {f"1.2.826.0.1.{n + 1}": body for n, body in enumerate(bodies)}
    for entry in entries:
        first, last = entry["offset"], entry["offset"] + entry["length"] - 1
        part = await client.get(f"{place}/pack", headers={"Range": f"bytes={first}-{last}"})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(pack)}"
        assert part.headers["cache-control"].startswith("private")
        original = pydicom.dcmread(io.BytesIO(by_uid[entry["sop_uid"]])).pixel_array
        assert np.array_equal(imagecodecs.htj2k_decode(part.content), original)
    beyond = await client.get(f"{place}/pack", headers={"Range": f"bytes={len(pack)}-"})
    assert beyond.status_code == 416
    await check_stages(client, place, entries, pack)
    thumbnail = await client.get(series["thumbnail_url"])
    assert Image.open(io.BytesIO(thumbnail.content)).size == (128, 128)


async def test_a_thumbnail_is_whole_for_all_who_ask_at_once_as_soon_as_it_is_announced(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, images = hospital
    case_id, client = await a_case(meeting, slices(3))
    (study,) = (await client.get(f"/api/cases/{case_id}/studies")).json()["items"]
    (series,) = study["series"]
    assert (series["state"], series["thumbnail_url"]) == ("receiving", None)
    early = await client.get(f"/api/image-series/{series['series_uid']}/manifest")
    assert early.json()["type"] == "/problems/images-not-ready"
    await images.worker.settle()
    (study,) = (await client.get(f"/api/cases/{case_id}/studies")).json()["items"]
    place = study["series"][0]["thumbnail_url"]
    answers = await asyncio.gather(*(client.get(place) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {answers[0].content}


async def check_codings(client: httpx.AsyncClient, place: str, manifest: dict[str, Any]) -> None:
    etags = set()
    for coding in ("gzip", "identity"):
        answer = await client.get(place, headers={"Accept-Encoding": coding})
        assert answer.json() == manifest
        assert answer.headers.get("content-encoding", "identity") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        etags.add(answer.headers["etag"])
        known = {"Accept-Encoding": coding, "If-None-Match": answer.headers["etag"]}
        assert (await client.get(place, headers=known)).status_code == 304
    assert len(etags) == 2


async def check_stages(
    client: httpx.AsyncClient, place: str, entries: list[dict[str, Any]], pack: bytes
) -> None:
    have = {index: b"" for index in range(5)}
    for stage in range(3):
        body = (await client.get(f"{place}/stage/{stage}?around=3")).content
        order, at = [], 0
        while at < len(body):
            index, length = struct.unpack_from(">II", body, at)
            have[index] += body[at + 8 : at + 8 + length]
            at += 8 + length
            order.append(index)
        assert order == [3, 4, 2, 1, 0]
        for index, prefix in have.items():
            assert len(prefix) == entries[index]["ends"][(0, 1, 3)[stage]]
    for index, whole in have.items():
        offset = entries[index]["offset"]
        assert whole == pack[offset : offset + entries[index]["length"]]
    whole_stage = (await client.get(f"{place}/stage/0?around=3")).content
    rest = (await client.get(f"{place}/stage/0?around=3&skip=2")).content
    assert whole_stage.endswith(rest)
    assert struct.unpack_from(">I", rest) == (2,)
    assert (await client.get(f"{place}/stage/0?around=3&skip=5")).content == b""
    assert (await client.get(f"{place}/stage/0?skip=x")).status_code == 400
    assert (await client.get(f"{place}/stage/3")).status_code == 400
    assert (await client.get(f"{place}/stage/0?around=-1")).status_code == 400


async def test_upload_continues_where_the_line_broke(hospital: tuple[Conference, Images]) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    body = CT_SMALL.read_bytes()
    announced = TUS | {"Upload-Length": str(len(body)), "Upload-Metadata": "filename SU0x"}
    opened = await client.post(f"/api/cases/{case['id']}/uploads", headers=announced)
    assert (opened.status_code, opened.headers["upload-offset"]) == (201, "0")
    place, at = opened.headers["location"], 0
    for end in (10_000, 10_000, 25_000, len(body)):
        headers = TUS | {"Upload-Offset": str(at), "Content-Type": CHUNK}
        answer = await client.patch(place, content=body[at:end], headers=headers)
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(end))
        at = end
        if end < len(body):
            head = await client.head(place, headers=TUS)
            assert head.headers["upload-offset"] == str(end)
    assert json.loads(answer.headers["x-outcome"])["state"] == "stored"
    wrong = TUS | {"Upload-Offset": "7", "Content-Type": CHUNK}
    other = await client.post(f"/api/cases/{case['id']}/uploads", headers=announced)
    conflict = await client.patch(other.headers["location"], content=b"x", headers=wrong)
    assert (conflict.status_code, conflict.json()["offset"]) == (409, 0)
    gone = await client.delete(other.headers["location"], headers=TUS)
    assert gone.status_code == 204
    assert (await client.head(other.headers["location"], headers=TUS)).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 412),
        (TUS, 400),
        (TUS | {"Upload-Length": "-1"}, 400),
        (TUS | {"Upload-Length": "9" * 17}, 413),
        (TUS | {"Upload-Length": "1", "Upload-Metadata": "filename %%%"}, 400),
    ],
)
async def test_malformed_upload_is_a_problem(
    hospital: tuple[Conference, Images], headers: dict[str, str], status: int
) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    answer = await client.post(f"/api/cases/{case['id']}/uploads", headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_refusals_are_listed_by_name_and_directory_says_what_is_missing(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    for name, body in {
        "ghi chú.txt": b"khong phai anh",
        "cut.dcm": CT_SMALL.read_bytes()[:-1000],
        "DICOMDIR": a_sample("DICOMDIR").read_bytes(),
        "rong": b"",
    }.items():
        assert (await upload(client, case["id"], body, name)).status_code == 201
    listed = (await client.get(f"/api/cases/{case['id']}/uploads")).json()
    found = {item["name"]: item for item in listed["items"]}
    assert found["ghi chú.txt"]["reason_slug"] == "not-dicom"
    assert found["cut.dcm"]["reason_slug"] == "truncated"
    assert found["rong"]["reason_slug"] == "empty"
    index = found["DICOMDIR"]["index"]
    assert index["referenced"] == len(index["missing"]) > 10
    assert listed["totals"] == {"stored": 0, "duplicate": 0, "refused": 3, "receiving": 0}
    totals = f"/api/cases/{case['id']}/upload-totals"
    assert (await client.get(totals)).json() == listed["totals"]


async def test_images_are_shut_to_others_until_consent(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, images = hospital
    case_id, client = await a_case(meeting, slices(1))
    await images.worker.settle()
    (study,) = (await client.get(f"/api/cases/{case_id}/studies")).json()["items"]
    manifest = f"/api/image-series/{study['series'][0]['series_uid']}/manifest"
    uid = study["study_uid"]
    for stranger in ("nguoikhac", "chuyengia", "quantri", "hocvien"):
        other = await meeting.client(stranger)
        assert (await other.get(manifest)).status_code in (403, 404)
        assert (await other.get(f"/api/cases/{case_id}/studies")).status_code == 403
        assert (await other.get(f"/api/cases/{case_id}/upload-totals")).status_code == 403
        assert (await other.get(f"/dicomweb/studies/{uid}/metadata")).status_code in (403, 404)
        searched = await other.get("/dicomweb/studies")
        assert searched.status_code == 403 or searched.json() == []
        sent = await upload(other, case_id, b"x")
        assert sent.status_code == 403


async def test_identity_mismatch_is_shown_and_confirmed_by_a_named_person(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    case_id, client = await a_case(meeting, [CT_SMALL.read_bytes()])
    (study,) = (await client.get(f"/api/cases/{case_id}/studies")).json()["items"]
    assert study["identity"]["status"] == "mismatch"
    fields = {d["field"]: d for d in study["identity"]["differences"]}
    assert fields["patient_id"]["in_image"] == "1CT1"
    assert "identity" in (await client.get(f"/api/cases/{case_id}")).json()["missing"]
    place = f"/api/cases/{case_id}/studies/{study['study_uid']}/identity-confirmation"
    short = await client.post(place, json={"reason": ""})
    assert short.status_code == 422
    said = await client.post(place, json={"reason": "Chụp cấp cứu, chưa có mã bệnh nhân"})
    assert said.json()["identity"]["status"] == "confirmed"
    assert said.json()["identity"]["confirmed_by"] == "Lò Văn Thử"
    assert (await client.post(place, json={"reason": "lần nữa"})).status_code == 409
    assert "identity" not in (await client.get(f"/api/cases/{case_id}")).json()["missing"]
    away = await client.request(
        "DELETE", place.removesuffix("/identity-confirmation"), json={"reason": "nhầm người"}
    )
    assert away.status_code == 204
    assert (await client.get(f"/api/cases/{case_id}/studies")).json()["items"] == []


async def test_excerpt_versions_and_documents(hospital: tuple[Conference, Images]) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    place = f"/api/cases/{case['id']}/excerpt"
    empty = (await client.get(place)).json()
    assert (empty["version"], empty["history"]["allergy_state"]) == (0, "not_asked")
    lab = {"name": "Hb", "value": "92", "unit": "g/L", "range": "130-170", "flag": "L"}
    first = await client.put(place, json={"version": 0, "labs": [lab]})
    assert first.json()["version"] == 1
    stale = await client.put(place, json={"version": 0, "labs": []})
    assert (stale.status_code, stale.json()["version"]) == (409, 1)
    bad = await client.put(place, json={"version": 1, "labs": [lab | {"flag": "X"}]})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/labs/0/flag")
    assert (await client.put(place, content=b"{")).status_code == 422
    assert "excerpt" not in (await client.get(f"/api/cases/{case['id']}")).json()["missing"]
    documents = f"/api/cases/{case['id']}/documents"
    not_pdf = await client.post(documents, content=b"hello")
    assert (not_pdf.status_code, not_pdf.json()["reason"]) == (422, "not-pdf")
    broken = await client.post(documents, content=b"%PDF-1.7\nnothing")
    assert (broken.status_code, broken.json()["reason"]) == (422, "pdf-damaged")
    headers = {"X-File-Name": "b%C3%A1o%20c%C3%A1o.pdf", "Content-Type": "application/pdf"}
    added = await client.post(documents, content=a_pdf(), headers=headers)
    assert (added.status_code, added.json()["pages"]) == (201, 2)
    assert added.json()["name"] == "báo cáo.pdf"
    opened = await client.get(f"/api/documents/{added.json()['id']}")
    assert opened.content == a_pdf()
    stranger = await meeting.client("nguoikhac")
    assert (await stranger.get(f"/api/documents/{added.json()['id']}")).status_code == 403


def a_pdf() -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
