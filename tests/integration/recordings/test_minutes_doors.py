"""From the first word of the minutes to the proven record, through the real doors."""

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydicom import dcmread
from pypdf import PdfReader
from sqlmodel import col, select

from recordings.archive_build import CONTENTS_NAME
from telehealth import ledger_worker
from tests.support.conference import Conference, conference
from tests.support.core import person_id
from tests.support.live_room import LiveRoom, live_room
from tests.support.live_vectors import SERIES, SOP, STUDY, mark, view
from tests.support.recordings_builders import ct_header
from viewer.tables import ImageSeriesRow, InstanceMetadataRow, InstanceRow, StudyRow

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WRITTEN: dict[str, Any] = {
    "course_summary": "Nam 72 tuổi, đau đầu tăng dần 3 tuần.",
    "conclusion": "Có chỉ định can thiệp dẫn lưu tại chỗ.",
    "next_treatment": "Khoan sọ dẫn lưu trong 24 giờ tới.",
    "disposition": None,
    "tasks": [{"text": "Gửi lại CT", "owner": "BS. trình bệnh", "due_on": "2026-11-29"}],
}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LiveRoom]:
    async with conference(tmp_path, MONDAY) as meeting:
        share = tmp_path / "share"
        share.mkdir()
        settings = meeting.parts.settings.model_copy(update={"archive_folder": share})
        with_sink = Conference(
            replace(meeting.parts, settings=settings), meeting.clock, meeting.material
        )
        async with live_room(with_sink) as made:
            yield made
        await with_sink.close()
        await with_sink.parts.live.close()


async def add_image(room: LiveRoom) -> None:
    """The demo slice as the viewer stores it: rows and DICOM JSON."""
    await room.link_study(0, STUDY)
    header = ct_header(1, STUDY)
    header.SeriesInstanceUID, header.SOPInstanceUID = SERIES, SOP
    async with room.meeting.parts.database.transaction() as tx:
        study = (await tx.exec(select(StudyRow).where(col(StudyRow.study_uid) == STUDY))).one()
        series = ImageSeriesRow(
            study_id=study.id,
            series_uid=SERIES,
            modality="CT",
            number=2,
            description="",
            body_part="HEAD",
            frame_of_reference_uid="",
            series_date="",
            series_time="",
            burned_in="clear",
            changed_at=MONDAY,
        )
        tx.add(series)
        await tx.flush()
        instance = InstanceRow(
            series_id=series.id,
            sop_uid=SOP,
            sop_class_uid=str(header.SOPClassUID),
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            image_frames=1,
            sha256="ab" * 32,
            size=1,
            delivery="none",
            received_at=MONDAY,
        )
        tx.add(instance)
        await tx.flush()
        body = gzip.compress(json.dumps(header.to_json_dict()).encode())
        tx.add(InstanceMetadataRow(instance_id=instance.id, body=body))


async def discuss(room: LiveRoom) -> str:
    """Case 1 is shown, marked and over; returns its address."""
    await add_image(room)
    async with room.enter("chutoa") as chair, room.enter("chuyengia") as member:
        await chair.hello()
        await member.hello()
        assert await chair.does("session_started") == "ok"
        room.meeting.clock.now = datetime(2026, 11, 26, 7, 5, tzinfo=UTC)
        assert await chair.does("case_opened", case_id=room.case_ids[0]) == "ok"
        assert await chair.does("control_taken") == "ok"
        assert await chair.does("view_changed", **view()) == "ok"
        assert await chair.does("mark_added", **mark()) == "ok"
        assert await chair.does("key_image_toggled", sop_uid=SOP, frame=1) == "ok"
        path = f"/api/cases/{room.case_ids[0]}/minutes"
        await room.meeting.call("thuky", "PUT", path, {"version": 0, "discussion": "Bàn luận"})
        told = await chair.hear("event")
        while told["kind"] != "minutes_saved":
            told = await chair.hear("event")
        assert told["body"] == {"case_id": room.case_ids[0], "version": 1}
        room.meeting.clock.now = datetime(2026, 11, 26, 7, 25, tzinfo=UTC)
        assert await chair.does("case_closed") == "ok"
        assert await chair.does("session_ended") == "ok"
    return path


async def written(room: LiveRoom, path: str) -> dict[str, Any]:
    """Complete minutes, saved."""
    case = await room.meeting.call("bacsi", "GET", path.removesuffix("/minutes"))
    answers = [
        {
            "question_id": one["id"],
            "text": f"Trả lời {one['number']}",
            "answered_by": str(person_id("chuyengia")),
        }
        for one in case["questions"]
    ]
    current = await room.meeting.call("thuky", "GET", path)
    saved: dict[str, Any] = await room.meeting.call(
        "thuky", "PUT", path, {"version": current["version"], "answers": answers} | WRITTEN
    )
    return saved


async def deliver(room: LiveRoom, path: str) -> list[dict[str, Any]]:
    """Run the job worker until every delivery has an end; returns the deliveries."""
    stop, parts = asyncio.Event(), room.meeting.parts
    running = asyncio.create_task(
        ledger_worker.run(parts.database, parts.blobs, parts.settings, stop, parts.clock)
    )
    async with asyncio.timeout(30):
        while True:
            found = await room.meeting.call(
                "thuky", "GET", path.removesuffix("minutes") + "deliveries"
            )
            items: list[dict[str, Any]] = found["items"]
            if all(one["state"] in ("verified", "needs_person") for one in items):
                break
            await asyncio.wait({running}, timeout=0.1)
    stop.set()
    await running
    return items


async def test_minutes_are_prefilled_then_saved_with_versions(room: LiveRoom) -> None:
    path = f"/api/cases/{room.case_ids[0]}/minutes"
    empty = await room.meeting.call("thuky", "GET", path)
    assert (empty["state"], empty["version"]) == ("none", 0)
    assert empty["course_summary"].startswith("Nam 72 tuổi")
    assert empty["missing"] == ["conclusion", "next_treatment", "answers"]
    assert empty["form"]["form_code"] == "27/BV2"
    early = await room.meeting.call("thuky", "PUT", path, {"version": 0}, 409)
    assert early["type"] == "/problems/step-not-possible"
    await discuss(room)
    draft = await room.meeting.call("thuky", "GET", path)
    assert (draft["state"], draft["version"], draft["discussion"]) == ("draft", 1, "Bàn luận")
    assert draft["saved_by"] == str(person_id("thuky"))
    late = await room.meeting.call("chutoa", "PUT", path, {"version": 0}, 409)
    assert late["type"] == "/problems/version-conflict"
    assert late["current"]["discussion"] == "Bàn luận"


async def test_who_was_there_and_what_was_shown_come_from_the_live_log(room: LiveRoom) -> None:
    path = await discuss(room)
    minutes = await room.meeting.call("chutoa", "GET", path)
    people = {one["full_name"]: one for one in minutes["attendance"]}
    assert set(people) == {"Hoàng Minh Hoạ", "Đinh Ngọc Hư Cấu"}
    assert people["Hoàng Minh Hoạ"]["seat"] == "chair"
    assert people["Hoàng Minh Hoạ"]["joined_at"] == "2026-11-26T07:05:00Z"
    assert people["Đinh Ngọc Hư Cấu"]["left_at"] is not None
    assert [one["study_uid"] for one in minutes["images_shown"]] == [STUDY]


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"version": 1, "conclusion": "x" * 20_001}, "bad-body"),
        ({"version": 1, "disposition": "nowhere"}, "bad-body"),
        ({"version": 1, "tasks": [{"text": "a", "due_on": "31/12/2026"}]}, "bad-body"),
        ({"version": 1, "unknown": 1}, "bad-body"),
        (
            {"version": 1, "answers": [{"question_id": str(UUID(int=4)), "text": "lạ"}]},
            "answer-without-question",
        ),
    ],
)
async def test_wrong_minutes_are_refused_by_name(
    room: LiveRoom, body: dict[str, Any], slug: str
) -> None:
    path = await discuss(room)
    refused = await room.meeting.call("thuky", "PUT", path, body, 422)
    assert refused["type"] == f"/problems/{slug}"
    assert (await room.meeting.call("thuky", "GET", path))["version"] == 1


async def test_only_chair_and_secretary_write_and_strangers_do_not_read(room: LiveRoom) -> None:
    path = await discuss(room)
    for username in ("bacsi", "chuyengia", "dieuphoi", "nguoikhac"):
        await room.meeting.call(username, "PUT", path, {"version": 1}, 403)
        await room.meeting.call(username, "POST", path + "/close", {}, 403)
    await room.meeting.call("nguoikhac", "GET", path, None, 403)
    await room.meeting.call("bacsi", "GET", path)


async def test_incomplete_minutes_stay_open(room: LiveRoom) -> None:
    path = await discuss(room)
    refused = await room.meeting.call("chutoa", "POST", path + "/close", {}, 422)
    assert refused["type"] == "/problems/minutes-incomplete"
    assert "conclusion" in refused["missing"]
    saved = await written(room, path)
    stale = {"version": saved["version"] - 1}
    old = await room.meeting.call("chutoa", "POST", path + "/close", stale, 409)
    assert old["type"] == "/problems/version-conflict"


async def test_ar10_closed_minutes_are_printed_frozen_and_delivered_with_proof(
    room: LiveRoom, tmp_path: Path
) -> None:
    path = await discuss(room)
    saved = await written(room, path)
    draft = await (await room.meeting.client("bacsi")).get(path + ".pdf")
    assert "BẢN NHÁP" in text_of(draft.content)
    closed = await room.meeting.call(
        "chutoa", "POST", path + "/close", {"version": saved["version"]}
    )
    assert (closed["state"], closed["missing"]) == ("closed", [])
    pdf = (await (await room.meeting.client("bacsi")).get(path + ".pdf")).content
    assert sha256(pdf).hexdigest() == closed["pdf_sha256"]
    words = text_of(pdf)
    for part in (WRITTEN["conclusion"], "Trả lời 2", "BS. Đinh Ngọc Hư Cấu", "LƯỜNG VĂN MINH HOẠ"):
        assert part in words
    frozen = {"version": closed["version"], "conclusion": "khác"}
    refused = await room.meeting.call("thuky", "PUT", path, frozen, 409)
    assert refused["type"] == "/problems/minutes-closed"
    again = await room.meeting.call("chutoa", "POST", path + "/close", {}, 409)
    assert again["type"] == "/problems/minutes-closed"

    items = await deliver(room, path)
    assert {(one["kind"], one["state"]) for one in items} == {
        (kind, "verified") for kind in ("minutes", "key_images", "marks", "bundle")
    }
    there = {place.name: place for place in files_below(tmp_path / "share")}
    assert there["bien-ban-hoi-chan.pdf"].read_bytes() == pdf
    selection = dcmread(there["anh-then-chot-1.dcm"])
    assert selection.ContentSequence[-1].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == SOP
    listed = json.loads(there[CONTENTS_NAME].read_text())["files"]
    for one in listed:
        assert sha256(there[one["name"]].read_bytes()).hexdigest() == one["sha256"]
    assert await room.case_state(0) == "delivered"


async def test_a_person_settles_what_no_machine_can(room: LiveRoom, tmp_path: Path) -> None:
    path = await discuss(room)
    await written(room, path)
    await room.meeting.call("chutoa", "POST", path + "/close", {})
    all_ = (await room.meeting.call("thuky", "GET", "/api/deliveries?state=planned"))["items"]
    first = all_[0]
    assert first["case_label"] == "Hội chẩn tuần · Ca số 1"
    door = f"/api/deliveries/{first['id']}"
    await room.meeting.call("chuyengia", "POST", door + "/settle", {"note": "nộp giấy"}, 403)
    await room.meeting.call("thuky", "POST", door + "/settle", {"note": ""}, 422)
    settled = await room.meeting.call("thuky", "POST", door + "/settle", {"note": "nộp giấy"})
    assert (settled["state"], settled["error_slug"]) == ("verified", None)
    assert json.loads(settled["receipt"])["note"] == "nộp giấy"
    over = await room.meeting.call("thuky", "POST", door + "/retry", {}, 409)
    assert over["type"] == "/problems/step-not-possible"
    waiting = f"/api/deliveries/{all_[1]['id']}/retry"
    assert (await room.meeting.call("thuky", "POST", waiting, {}))["attempts"] == 0
    await room.meeting.call("thuky", "POST", f"/api/deliveries/{UUID(int=1)}/retry", {}, 404)
    bad = await room.meeting.call("thuky", "GET", "/api/deliveries?state=lost", None, 400)
    assert bad["type"] == "/problems/bad-parameter"
    mine = await room.meeting.call("nguoikhac", "GET", "/api/deliveries")
    assert mine["items"] == []


def text_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def files_below(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]
