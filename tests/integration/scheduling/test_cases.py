import asyncio
from typing import Any
from uuid import UUID

import pytest

from scheduling.completeness import MaterialFacts
from tests.integration.scheduling.steps import (
    CONSENT,
    EMERGENCY,
    FULL_CASE,
    draft,
    submitted,
    this_weeks_session,
    weekly_series,
)
from tests.support.conference import OTHER_SPOKE, Conference
from tests.support.core import facility_id, person_id

SECRET_WORDS = ("Lường", "LƯỜNG", "Máu tụ", "099054000001", "NK-240001", "khoan sọ")


@pytest.fixture
async def session(meeting: Conference) -> dict[str, Any]:
    await weekly_series(meeting)
    return await this_weeks_session(meeting)


async def test_a_draft_grows_by_autosave_and_every_version_is_kept(meeting: Conference) -> None:
    case = await meeting.call("bacsi", "POST", "/api/cases", {}, 201)
    assert (case["state"], case["version"]) == ("draft", 1)
    assert case["missing"] == [
        "patient",
        "reason",
        "questions",
        "summary",
        "specialties",
        "images",
        "excerpt",
        "consent",
    ]
    path = f"/api/cases/{case['id']}"
    saved = await meeting.call("bacsi", "PATCH", path, {"version": 1} | FULL_CASE)
    assert saved["version"] == 2
    assert saved["missing"] == ["images", "excerpt", "consent"]
    assert saved["patient"]["display_name"] == "LƯỜNG V. M. H."
    assert saved["patient"]["masked_id"] == "•••••••••001"
    assert saved["patient"]["age"] == 72
    assert [q["number"] for q in saved["questions"]] == [1, 2]
    same = await meeting.call("bacsi", "PATCH", path, {"version": 2, "reason_text": ""})
    assert same["version"] == 2
    third = await meeting.call("bacsi", "PATCH", path, {"version": 2, "reason_text": "Vượt"})
    assert third["version"] == 3
    assert third["questions"] == saved["questions"]


async def test_two_people_saving_at_once_lose_nothing(meeting: Conference) -> None:
    case = await draft(meeting)
    path, version = f"/api/cases/{case['id']}", case["version"]
    clients = [await meeting.client("bacsi"), await meeting.client("dieuphoixa")]
    answers = await asyncio.gather(
        *(
            client.patch(path, json={"version": version, "reason_text": f"bản {number}"})
            for number, client in enumerate(clients)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(a.json() for a in answers if a.status_code == 200)
    lost = next(a.json() for a in answers if a.status_code == 409)
    assert lost["type"] == "/problems/version-conflict"
    assert lost["current"]["version"] == won["version"] == version + 1
    assert lost["current"]["reason_text"] == won["reason_text"]


async def test_before_consent_other_hospitals_see_only_that_it_exists(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await submitted(meeting, consent=None)
    path = f"/api/cases/{case['id']}"
    for username in ("dieuphoi", "chutoa", "thuky"):
        client = await meeting.client(username)
        answer = await client.get(path)
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/consent-missing"
        for page in ("/api/cases", f"/api/sessions/{session['id']}"):
            text = (await client.get(page)).text
            assert case["id"] in text
            assert not [word for word in SECRET_WORDS if word in text]
    (brief,) = (await meeting.call("dieuphoi", "GET", "/api/cases"))["items"]
    assert brief["withheld"] is True
    assert brief["missing"] == ["consent"]
    blocked = await meeting.call("dieuphoi", "POST", path + "/accept", {}, 422)
    assert (blocked["type"], blocked["missing"]) == ("/problems/case-incomplete", ["consent"])

    client = await meeting.client("dieuphoi")
    answer = await client.post(path + "/return", json={"reason": "Thiếu đồng ý"})
    assert answer.json()["state"] == "returned"
    assert not [word for word in SECRET_WORDS if word in answer.text]
    trail = await meeting.call("quantri", "GET", f"/api/audit?case_id={case['id']}")
    refused = [item for item in trail["items"] if item["outcome"] == "refused"]
    assert len(refused) == 3


async def test_consent_opens_the_gate_and_withdrawal_shuts_it(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await submitted(meeting)
    path = f"/api/cases/{case['id']}"
    seen = await meeting.call("dieuphoi", "GET", path)
    assert seen["patient_full"]["full_name"] == "Lường Văn Minh Hoạ"
    assert seen["may"]["accept"] is True
    assert seen["may"]["edit"] is False
    assert seen["may_record"] is True
    no_reason = await meeting.call("bacsi", "DELETE", path + "/consent", {}, 422)
    assert no_reason["errors"][0]["pointer"] == "/reason"
    back = await meeting.call("bacsi", "DELETE", path + "/consent", {"reason": "Gia đình đổi ý"})
    assert (back["consent"], back["may_record"]) == ("none", False)
    assert back["consent_record"]["withdrawn_at"] is not None
    await meeting.call("dieuphoi", "GET", path, expect=403)
    again = await meeting.call("bacsi", "PUT", path + "/consent", CONSENT)
    assert again["consent"] == "consent"


async def test_an_emergency_opens_the_gate_but_never_a_recording(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await submitted(meeting, EMERGENCY | {"record": True})
    assert (case["consent"], case["may_record"]) == ("emergency", False)
    accepted = await meeting.call("dieuphoi", "POST", f"/api/cases/{case['id']}/accept", {})
    assert accepted["state"] == "accepted"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"confirmed_by": None}, "/confirmed_by"),
        ({"confirmed_by": str(person_id("chutoa"))}, "/confirmed_by"),
        ({"confirmed_by": str(person_id("kythuat"))}, "/confirmed_by"),
        ({"emergency_reason": "  "}, "/emergency_reason"),
        ({"emergency_reason": None}, "/emergency_reason"),
        ({"given_at": "2026-11-23T03:00:00Z"}, "/given_at"),
        ({"given_at": "2026-11-23T01:00:00"}, "/given_at"),
        ({"given_at": "0001-01-01T00:00:00+14:00"}, "/given_at"),
        ({"basis": "consent", "given_by": "guardian"}, "/giver_name"),
        ({"method": "telepathy"}, "/method"),
    ],
)
async def test_an_incomplete_basis_is_refused_at_its_field(
    small: Conference, changes: dict[str, Any], pointer: str
) -> None:
    case = await draft(small)
    path = f"/api/cases/{case['id']}"
    refused = await small.call("bacsi", "PUT", path + "/consent", EMERGENCY | changes, 422)
    assert refused["errors"][0]["pointer"] == pointer
    assert (await small.call("bacsi", "GET", path))["consent"] == "none"


async def test_a_specialist_of_the_session_reads_the_case_without_the_identity(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await submitted(meeting)
    path = f"/api/cases/{case['id']}"
    await meeting.call("chuyengia", "GET", path, expect=403)
    items = [{"person_id": str(person_id("chuyengia")), "seat": "member"}]
    people = f"/api/sessions/{session['id']}/people"
    await meeting.call("dieuphoi", "PUT", people, {"items": items})
    seen = await meeting.call("chuyengia", "GET", path)
    assert seen["patient_full"] is None
    assert seen["patient"]["display_name"] == "LƯỜNG V. M. H."
    assert seen["clinical_summary"]
    observers = [{"person_id": str(person_id("hocvien")), "seat": "observer"}]
    await meeting.call("dieuphoi", "PUT", people, {"items": observers})
    await meeting.call("hocvien", "GET", path, expect=403)


async def test_a_submission_without_questions_or_reason_says_so(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await draft(meeting, questions=[], consultation_reason=None)
    refused = await meeting.call("bacsi", "POST", f"/api/cases/{case['id']}/submit", {}, 422)
    assert refused["missing"] == ["reason", "questions"]


async def test_a_submission_finds_the_next_session_or_says_there_is_none(
    meeting: Conference,
) -> None:
    case = await draft(meeting)
    path = f"/api/cases/{case['id']}/submit"
    refused = await meeting.call("bacsi", "POST", path, {}, 422)
    assert refused["errors"][0]["slug"] == "no-session-ahead"
    await weekly_series(meeting)
    calendar = await meeting.call("bacsi", "GET", "/api/calendar")
    sent = await meeting.call("bacsi", "POST", path, {})
    assert sent["session_id"] == calendar["sessions"][0]["id"]


async def test_without_a_contract_no_case_is_accepted(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await meeting.call("nguoikhac", "POST", "/api/cases", {}, 201)
    assert "contract" in case["missing"]
    path = f"/api/cases/{case['id']}"
    body = {"version": 1, "session_id": session["id"]} | FULL_CASE
    await meeting.call("nguoikhac", "PATCH", path, body)
    await meeting.call("nguoikhac", "PUT", path + "/consent", CONSENT)
    await meeting.call("nguoikhac", "POST", path + "/submit", {})
    refused = await meeting.call("dieuphoi", "POST", path + "/accept", {}, 422)
    assert refused["missing"] == ["contract"]


async def test_sending_back_needs_a_reason_and_the_doctor_sends_again(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await submitted(meeting)
    path = f"/api/cases/{case['id']}"
    refused = await meeting.call("dieuphoi", "POST", path + "/return", {}, 422)
    assert refused["errors"][0]["pointer"] == "/reason"
    await meeting.call("dieuphoi", "POST", path + "/return", {"reason": "Bổ sung CT"})
    assert (await meeting.call("bacsi", "GET", path))["return_reason"] == "Bổ sung CT"
    history = await meeting.call("bacsi", "GET", path + "/history")
    assert history["items"][-1]["reason"] == "Bổ sung CT"
    assert (await meeting.call("bacsi", "POST", path + "/submit", {}))["state"] == "submitted"
    twice = await meeting.call("bacsi", "POST", path + "/submit", {}, 409)
    assert twice["type"] == "/problems/step-not-possible"


async def test_lists_narrow_search_and_turn_pages(meeting: Conference) -> None:
    for minute, given in enumerate(("An", "Đào", "Cúc")):
        meeting.clock.now = meeting.clock.now.replace(minute=minute)
        name = {"full_name": f"Nguyễn Thị {given}"}
        await draft(meeting, patient_full=FULL_CASE["patient_full"] | name)
    await draft(meeting, "dongnghiep")
    mine = await meeting.call("bacsi", "GET", "/api/cases?mine=1")
    assert len(mine["items"]) == 3
    found = await meeting.call("bacsi", "GET", "/api/cases?q=nguyen dao")
    assert [case["patient"]["display_name"] for case in found["items"]] == ["NGUYỄN T. Đ."]
    everyone = await meeting.call("dieuphoixa", "GET", "/api/cases?state=draft")
    assert len(everyone["items"]) == 4
    elsewhere = await meeting.call("nguoikhac", "GET", "/api/cases")
    assert elsewhere["items"] == []
    hub = await meeting.call("dieuphoi", "GET", "/api/cases")
    assert hub["items"] == []
    for query in ("state=king", "session_id=1", "cursor=x", "cursor=0001-01-01T00:00:00+14:00~x"):
        await meeting.call("bacsi", "GET", f"/api/cases?{query}", expect=400)
    assert (await meeting.call("bacsi", "GET", "/api/cases?q=%00%ff"))["items"] is not None


async def test_a_coordinator_names_a_presenter_of_the_own_hospital(meeting: Conference) -> None:
    body = {"presenter_id": str(person_id("dongnghiep"))}
    case = await meeting.call("dieuphoixa", "POST", "/api/cases", body, 201)
    assert case["presenter"]["full_name"] == "Cà Thị Ví Dụ"
    foreign = {"presenter_id": str(person_id("nguoikhac"))}
    refused = await meeting.call("dieuphoixa", "POST", "/api/cases", foreign, 422)
    assert refused["errors"][0]["pointer"] == "/presenter_id"
    change = {"version": case["version"], "presenter_id": str(person_id("bacsi"))}
    moved = await meeting.call("dieuphoixa", "PATCH", f"/api/cases/{case['id']}", change)
    assert moved["presenter"]["full_name"] == "Lò Văn Thử"


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"patient_full": {"full_name": 5}}, "/patient_full/full_name"),
        ({"surprise": 1}, "/surprise"),
        ({"session_id": str(facility_id(OTHER_SPOKE))}, "/session_id"),
        ({"version": 0}, "/version"),
        ({"questions": {"a": 1}}, "/questions"),
    ],
)
async def test_a_bad_field_is_named_and_the_rest_stays(
    small: Conference, patch: dict[str, Any], pointer: str
) -> None:
    case = await draft(small)
    path = f"/api/cases/{case['id']}"
    refused = await small.call("bacsi", "PATCH", path, {"version": 2} | patch, 422)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]
    assert (await small.call("bacsi", "GET", path))["version"] == 2


async def test_reading_patient_data_leaves_a_trail_without_patient_words(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await submitted(meeting)
    await meeting.call("dieuphoi", "GET", f"/api/cases/{case['id']}")
    client = await meeting.client("quantri")
    answer = await client.get(f"/api/audit?case_id={case['id']}")
    actions = [item["action"] for item in answer.json()["items"]]
    assert actions[0] == "case_read"
    assert {"case_create", "case_save", "consent_file", "case_submit"} <= set(actions)
    assert not [word for word in SECRET_WORDS if word in answer.text]


async def test_a_broken_identity_is_missing_until_settled(
    meeting: Conference, session: dict[str, Any]
) -> None:
    case = await submitted(meeting)
    meeting.material.known[UUID(case["id"])] = MaterialFacts(1, 10, False, True)
    seen = await meeting.call("bacsi", "GET", f"/api/cases/{case['id']}")
    assert seen["missing"] == ["identity"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"version": 2, "clinical_summary": "\\ud800"}',
        b'{"version": 2, "clinical_summary": "a\\u0000b"}',
        b'{"version": 2, "diagnosis": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b'{"version": 1e999}',
        b"\xff",
    ],
)
async def test_hostile_bodies_are_never_a_server_error(meeting: Conference, body: bytes) -> None:
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    answer = await client.patch(f"/api/cases/{case['id']}", content=body)
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 200:
        assert answer.json()["clinical_summary"] == "ab"
