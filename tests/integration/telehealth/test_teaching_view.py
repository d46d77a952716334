"""A case shown for teaching: who still knows the patient, on every path; who may switch it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.scheduling.steps import MONDAY
from tests.integration.viewer.test_image_doors import a_pdf
from tests.support.conference import conference
from tests.support.image_doors import image_conference
from tests.support.live_room import live_room
from tests.support.shared_case import CT, STUDY, ULTRASOUND, SharedCase

KNOWING = ("bacsi", "dieuphoixa", "kythuat", "chutoa", "thuky")
NAME, RECORD_NUMBER = "Lường Văn Minh Hoạ", "NK.26.018834"


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[SharedCase]:
    async with image_conference(tmp_path, MONDAY) as (meeting, images):
        made = SharedCase(meeting, images)
        await made.prepare()
        yield made


async def switch(case: SharedCase, username: str, hidden: Any, expect: int = 200) -> Any:
    path = f"/api/cases/{case.case_id}/teaching-view"
    answer = await case.meeting.call(username, "PUT", path, {"hidden": hidden}, expect)
    case.meeting.clock.now += timedelta(seconds=6)  # what was believed of rights is old
    return answer


async def read(case: SharedCase, username: str, tail: str = "") -> Any:
    return await case.meeting.call(username, "GET", f"/api/cases/{case.case_id}{tail}")


async def status(case: SharedCase, username: str, path: str) -> int:
    return (await (await case.meeting.client(username)).get(path)).status_code


async def test_the_case_tells_who_it_is_only_to_its_hospital_chair_and_secretary(
    case: SharedCase,
) -> None:
    assert (await read(case, "dieuphoi"))["patient_full"]["full_name"] == NAME
    await switch(case, "chutoa", True)
    for username in KNOWING:
        known = await read(case, username)
        assert known["patient_full"]["full_name"] == NAME, username
        assert known["encounter"]["medical_record_no"] == RECORD_NUMBER
    for username in ("dieuphoi", "chuyengia"):
        hidden = await read(case, username)
        assert hidden["identity_hidden"] is True
        assert hidden["patient_full"] is None, username
        assert (hidden["patient"]["age"], hidden["patient"]["sex"]) == (72, "M")
        text = json.dumps(hidden, ensure_ascii=False)
        for word in (NAME, RECORD_NUMBER, "099054000001", "NK-240001"):
            assert word not in text
    await switch(case, "chutoa", False)
    assert (await read(case, "dieuphoi"))["patient_full"]["full_name"] == NAME


async def test_images_headers_and_documents_follow(case: SharedCase) -> None:
    client = await case.meeting.client("bacsi")
    document = await client.post(f"/api/cases/{case.case_id}/documents", content=a_pdf())
    frame = f"/dicomweb/studies/{STUDY}/series/{CT}/instances/{CT}.1/frames/1"
    paths = [
        f"/api/image-series/{ULTRASOUND}/manifest",
        f"/api/image-series/{ULTRASOUND}/pack",
        f"/api/documents/{document.json()['id']}",
        f"/dicomweb/studies/{STUDY}/metadata",
        frame,
        frame,  # once more, by the short way
        f"/api/cases/{case.case_id}/minutes.pdf",
    ]
    assert [await status(case, "dieuphoi", path) for path in paths] == [200] * 7
    await switch(case, "bacsi", True)
    refused = [await status(case, "dieuphoi", path) for path in paths]
    assert refused == [403, 403, 403, 404, 404, 404, 403]
    assert [await status(case, "chutoa", path) for path in paths] == [200] * 7
    (study,) = (await read(case, "dieuphoi", "/studies"))["items"]
    assert study["description"] == ""
    assert {s["series_uid"]: s["withheld"] for s in study["series"]} == {
        CT: False,
        ULTRASOUND: True,
    }
    assert await status(case, "dieuphoi", f"/api/image-series/{CT}/manifest") == 200


async def test_a_search_finds_no_name_that_may_not_be_known(case: SharedCase) -> None:
    async def found(username: str, query: str) -> int:
        answer = await case.meeting.call(username, "GET", f"/api/cases?q={query}")
        return len(answer["items"])

    assert [await found(who, "minh hoa") for who in ("dieuphoi", "chuyengia")] == [1, 0]
    await switch(case, "dieuphoi", True)
    assert [await found(who, "minh hoa") for who in ("dieuphoi", "bacsi")] == [0, 1]
    assert await found("dieuphoi", "mau tu I62") == 1


async def test_only_its_coordinators_its_doctor_and_the_chair_switch(case: SharedCase) -> None:
    for username in ("thuky", "chuyengia", "kythuat", "nguoikhac", "quantri", "hocvien"):
        await switch(case, username, True, 403)
    assert (await read(case, "bacsi"))["identity_hidden"] is False
    for username in ("bacsi", "dieuphoixa", "dieuphoi", "chutoa"):
        assert (await switch(case, username, True))["may"]["hide_identity"] is True
        assert (await switch(case, username, False))["identity_hidden"] is False
    assert (await read(case, "chuyengia"))["may"]["hide_identity"] is False
    await switch(case, "bacsi", "perhaps", 422)
    other = "/api/cases/00000000-0000-4000-8000-000000000000/teaching-view"
    await case.meeting.call("bacsi", "PUT", other, {"hidden": True}, 404)


async def test_each_switch_is_a_line_of_the_trail(case: SharedCase) -> None:
    await switch(case, "chutoa", True)
    await switch(case, "bacsi", False)
    trail = await case.meeting.call("quantri", "GET", f"/api/audit?case_id={case.case_id}")
    acts = [each["action"] for each in trail["items"]]
    assert [act for act in acts if act.startswith("identity_")] == [
        "identity_show",
        "identity_hide",
    ]


async def test_everybody_in_the_room_is_told_to_ask_again(tmp_path: Path) -> None:
    async with (
        conference(tmp_path, MONDAY) as meeting,
        live_room(meeting) as room,
        room.enter("chutoa") as chair,
        room.enter("chuyengia") as member,
    ):
        await chair.hello()
        await member.hello()
        assert await chair.does("session_started") == "ok"
        path = f"/api/cases/{room.case_ids[0]}/teaching-view"
        await meeting.call("chutoa", "PUT", path, {"hidden": True})
        told = await member.hear("event")
        while told["kind"] != "papers_changed":
            told = await member.hear("event")
        assert (told["by"], told["body"]) == ("server", {"case_id": room.case_ids[0]})
