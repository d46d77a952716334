from datetime import timedelta
from typing import Any

from openapi_spec_validator import validate

from tests.integration.scheduling.steps import (
    CONSENT,
    submitted,
    this_weeks_session,
    weekly_series,
)
from tests.support.conference import Conference
from tests.support.core import person_id


async def test_from_series_to_agenda_to_the_end_of_the_meeting(meeting: Conference) -> None:
    series = await weekly_series(meeting)
    assert (series["weekday"], series["start_time"]) == (3, "14:00")
    session = await this_weeks_session(meeting)
    assert session["starts_at"] == "2026-11-26T07:00:00Z"
    assert session["chair"]["full_name"] == "Hoàng Minh Hoạ"
    assert session["submission_deadline"] == "2026-11-24T09:00:00Z"

    first, second = await submitted(meeting), await submitted(meeting)
    assert (first["state"], first["session_id"]) == ("submitted", session["id"])
    path = f"/api/sessions/{session['id']}"
    seen = await meeting.call("dieuphoi", "GET", path)
    assert [case["missing"] for case in seen["waiting"]] == [[], []]
    for case in (first, second):
        accepted = await meeting.call("dieuphoi", "POST", f"/api/cases/{case['id']}/accept", {})
        assert accepted["state"] == "accepted"

    items = [
        {"case_id": second["id"], "planned_minutes": 20},
        {"case_id": first["id"], "planned_minutes": 15},
    ]
    agenda = {"version": session["version"], "items": items}
    placed = await meeting.call("dieuphoi", "PUT", path + "/agenda", agenda)
    assert [entry["case"]["id"] for entry in placed["agenda"]] == [second["id"], first["id"]]
    assert (placed["total_minutes"], placed["slot_minutes"]) == (35, 150)
    assert placed["agenda"][1]["starts_at"] == "2026-11-26T07:20:00Z"
    assert placed["waiting"] == []
    seats = {seat["person"]["id"]: seat["seat"] for seat in placed["people"]}
    assert seats[str(person_id("bacsi"))] == "presenter"
    stale = await meeting.call("dieuphoi", "PUT", path + "/agenda", agenda, 409)
    assert stale["type"] == "/problems/version-conflict"
    assert stale["current"] == placed["version"]


async def test_a_shorter_agenda_then_a_locked_one_then_the_end(meeting: Conference) -> None:
    await weekly_series(meeting)
    session = await this_weeks_session(meeting)
    path, version = f"/api/sessions/{session['id']}", session["version"]
    first, second = await submitted(meeting), await submitted(meeting)
    for case in (first, second):
        await meeting.call("dieuphoi", "POST", f"/api/cases/{case['id']}/accept", {})
    items = [{"case_id": second["id"]}, {"case_id": first["id"], "planned_minutes": 15}]
    agenda = {"version": version, "items": items}
    placed = await meeting.call("dieuphoi", "PUT", path + "/agenda", agenda)
    fewer = {"version": placed["version"], "items": items[1:]}
    again = await meeting.call("dieuphoi", "PUT", path + "/agenda", fewer)
    assert [case["state"] for case in again["waiting"]] == ["accepted"]
    assert [entry["case"]["order"] for entry in again["agenda"]] == [1]

    locked = await meeting.call("dieuphoi", "POST", path + "/lock", {})
    assert locked["state"] == "agenda_locked"
    shut = {"version": locked["version"], "items": items}
    refused = await meeting.call("dieuphoi", "PUT", path + "/agenda", shut, 422)
    assert (refused["type"], refused["reason"]) == ("/problems/agenda-refused", "agenda-locked")
    edit = {"version": first["version"], "reason_text": "thêm"}
    late = await meeting.call("bacsi", "PATCH", f"/api/cases/{first['id']}", edit, 409)
    assert late["type"] == "/problems/case-locked"

    assert (await meeting.call("chutoa", "POST", path + "/start", {}))["state"] == "live"
    ended = await meeting.call("thuky", "POST", path + "/end", {})
    assert ended["state"] == "ended"
    left = await meeting.call("dieuphoi", "GET", f"/api/cases/{first['id']}")
    assert left["state"] == "deferred"
    over = await meeting.call("dieuphoi", "POST", path + "/start", {}, 409)
    assert over["type"] == "/problems/step-not-possible"


async def test_what_was_not_heard_waits_for_the_next_session(meeting: Conference) -> None:
    await weekly_series(meeting)
    session = await this_weeks_session(meeting)
    case = await submitted(meeting)
    await meeting.call("dieuphoi", "POST", f"/api/cases/{case['id']}/accept", {})
    path = f"/api/sessions/{session['id']}"
    body = {"version": session["version"], "items": [{"case_id": case["id"]}]}
    await meeting.call("dieuphoi", "PUT", path + "/agenda", body)
    cancelled = await meeting.call("chutoa", "POST", path + "/cancel", {"reason": "Mất điện"})
    assert cancelled["state"] == "cancelled"

    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar")
    following = calendar["sessions"][1]["id"]
    opened = await meeting.call("dieuphoi", "POST", f"/api/sessions/{following}/open", {})
    assert [(c["id"], c["state"]) for c in opened["waiting"]] == [(case["id"], "accepted")]
    body["version"] = opened["version"]
    moved = await meeting.call("dieuphoi", "PUT", f"/api/sessions/{following}/agenda", body)
    assert moved["agenda"][0]["case"]["session_id"] == following
    history = await meeting.call("bacsi", "GET", f"/api/cases/{case['id']}/history")
    assert [step["event"] for step in history["items"]] == [
        "submit",
        "accept",
        "schedule",
        "unschedule",
        "schedule",
    ]


async def test_a_cancelled_week_does_not_come_back(meeting: Conference) -> None:
    series = await weekly_series(meeting)
    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar")
    gone = calendar["sessions"][0]["id"]
    reason = {"reason": "Đại hội"}
    await meeting.call("dieuphoi", "POST", f"/api/sessions/{gone}/cancel", reason)
    await meeting.call("dieuphoi", "PATCH", f"/api/series/{series['id']}", {"title": "Tên mới"})
    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar")
    states = {s["id"]: s["state"] for s in calendar["sessions"]}
    assert states[gone] == "cancelled"
    assert len(states) == 8


async def test_eight_weeks_are_always_published(meeting: Conference) -> None:
    await weekly_series(meeting)
    before = await meeting.call("bacsi", "GET", "/api/calendar")
    meeting.clock.now += timedelta(weeks=2)
    after = await meeting.call("bacsi", "GET", "/api/calendar")
    listed = await meeting.call("bacsi", "GET", "/api/sessions?from=2026-12-10&to=2026-12-17")
    assert [session["id"] for session in listed["items"]] == [s["id"] for s in after["sessions"]][
        :2
    ]
    ids = [session["id"] for session in before["sessions"]]
    assert [session["id"] for session in after["sessions"]][: len(ids) - 2] == ids[2:]
    assert len(after["sessions"]) == len(ids)


async def test_a_holiday_is_a_clash_to_decide_and_never_a_silent_skip(
    meeting: Conference,
) -> None:
    series = await weekly_series(meeting, weekday=4)  # 1 January 2027 is a Friday
    period = "/api/calendar?from=2026-12-28&to=2027-01-10"
    calendar = await meeting.call("dieuphoi", "GET", period)
    assert {"date": "2027-01-01", "name": "Tết Dương lịch"} in calendar["holidays"]
    (clash,) = calendar["clashes"]
    assert clash["date"] == "2027-01-01"
    assert clash["proposals"] == ["2026-12-31", "2027-01-04"]
    at_first = [s for s in calendar["sessions"] if s["starts_at"].startswith("2027-01-01")]
    assert len(at_first) == 1
    decision = {"on": "2027-01-01", "kind": "move", "to_date": clash["proposals"][0]}
    path = f"/api/series/{series['id']}/exceptions"
    await meeting.call("dieuphoi", "POST", path, decision)
    calendar = await meeting.call("dieuphoi", "GET", period)
    assert calendar["clashes"] == []
    moved = {s["id"]: s["starts_at"] for s in calendar["sessions"]}
    assert moved[at_first[0]["id"]] == "2026-12-31T07:00:00Z"


async def test_a_decreed_day_off_clashes_at_once_and_may_be_kept(meeting: Conference) -> None:
    series = await weekly_series(meeting)
    decree = {"name_vi": "Nghỉ bù", "name_en": "Day off in lieu"}
    await meeting.call("dieuphoi", "PUT", "/api/holidays/2026-12-03", decree)
    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar")
    assert [clash["holiday"] for clash in calendar["clashes"]] == ["Nghỉ bù"]
    keep = {"on": "2026-12-03", "kind": "keep"}
    await meeting.call("dieuphoi", "POST", f"/api/series/{series['id']}/exceptions", keep)
    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar")
    assert calendar["clashes"] == []
    await meeting.call("dieuphoi", "DELETE", "/api/holidays/2026-12-03", expect=204)
    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar")
    assert "2026-12-03" not in [day["date"] for day in calendar["holidays"]]


async def test_skip_extra_and_a_changed_weekday(meeting: Conference) -> None:
    series = await weekly_series(meeting)
    path = f"/api/series/{series['id']}/exceptions"
    skip = {"on": "2026-12-03", "kind": "skip", "reason": "Hội nghị"}
    await meeting.call("dieuphoi", "POST", path, skip)
    await meeting.call("dieuphoi", "POST", path, {"on": "2026-12-08", "kind": "extra"})
    wrong = {"on": "2026-12-04", "kind": "skip"}
    refused = await meeting.call("dieuphoi", "POST", path, wrong, 422)
    assert refused["errors"][0]["pointer"] == "/on"
    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar")
    states = {s["starts_at"][:10]: s["state"] for s in calendar["sessions"]}
    assert states["2026-12-03"] == "cancelled"
    assert states["2026-12-08"] == "planned"
    await meeting.call("dieuphoi", "PATCH", f"/api/series/{series['id']}", {"weekday": 1})
    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar?from=2026-12-14&to=2026-12-20")
    planned = [s["starts_at"] for s in calendar["sessions"] if s["state"] == "planned"]
    assert planned == ["2026-12-15T07:00:00Z"]


async def test_postponing_moves_the_session_and_the_series_remembers(meeting: Conference) -> None:
    series = await weekly_series(meeting)
    session = await this_weeks_session(meeting)
    path = f"/api/sessions/{session['id']}/postpone"
    without = await meeting.call("dieuphoi", "POST", path, {}, 422)
    assert without["errors"][0]["pointer"] == "/reason"
    new = {"starts_at": "2026-11-27T01:00:00Z", "reason": "Chủ tọa đi mổ"}
    moved = await meeting.call("dieuphoi", "POST", path, new)
    assert (moved["starts_at"], moved["state"]) == ("2026-11-27T01:00:00Z", "open")
    await meeting.call("dieuphoi", "PATCH", f"/api/series/{series['id']}", {"title": "Mới"})
    again = await meeting.call("dieuphoi", "GET", f"/api/sessions/{session['id']}")
    assert again["starts_at"] == "2026-11-27T01:00:00Z"
    off = await meeting.call("dieuphoi", "POST", path, {"reason": "Chưa rõ ngày"})
    assert off["state"] == "postponed"


async def test_an_emergency_session_is_open_at_once(meeting: Conference) -> None:
    body = {
        "title": "Hội chẩn cấp cứu",
        "starts_at": "2026-11-23T02:10:00Z",
        "chair_id": str(person_id("chutoa")),
    }
    made = await meeting.call("dieuphoi", "POST", "/api/sessions", body, 201)
    assert (made["kind"], made["state"], made["slot_minutes"]) == ("ad_hoc", "open", 30)
    started = await meeting.call("chutoa", "POST", f"/api/sessions/{made['id']}/start", {})
    assert started["state"] == "live"


async def test_people_get_seats_answer_and_find_their_session_in_their_feed(
    meeting: Conference,
) -> None:
    await weekly_series(meeting)
    session = await this_weeks_session(meeting)
    path = f"/api/sessions/{session['id']}"
    items = [
        {"person_id": str(person_id("chutoa")), "seat": "chair"},
        {"person_id": str(person_id("chuyengia")), "seat": "member"},
    ]
    await meeting.call("dieuphoi", "PUT", path + "/people", {"items": items})
    answered = await meeting.call(
        "chuyengia", "PUT", path + "/answer", {"answer": True, "comment": "Vào muộn 5 phút"}
    )
    assert answered["my_seat"] == "member"
    assert answered["people"][1]["answer"] is True
    refused = await meeting.call("bacsi", "PUT", path + "/answer", {"answer": True}, 422)
    assert refused["reason"] == "not-invited"
    twice = await meeting.call("dieuphoi", "PUT", path + "/people", {"items": items[:1] * 2}, 422)
    assert twice["reason"] == "person-twice"

    case = await submitted(meeting)
    link = (await meeting.call("chuyengia", "POST", "/api/me/calendar-link"))["url"]
    visitor = await meeting.client("bacsi")
    feed = await visitor.get(
        link.removeprefix("http://127.0.0.1:8000"), headers={"Authorization": ""}
    )
    assert feed.headers["content-type"].startswith("text/calendar")
    text = feed.text.replace("\r\n ", "")
    assert text.count("BEGIN:VEVENT") == 1
    assert "DTSTART:20261126T070000Z" in text
    for word in ("Lường", "Minh Hoạ", "Máu tụ", case["id"]):
        assert word not in text
    newer = (await meeting.call("chuyengia", "POST", "/api/me/calendar-link"))["url"]
    assert newer != link
    assert (await visitor.get(link)).status_code == 404
    assert (await visitor.get("/calendar/%00.ics")).status_code == 404


async def test_directory_is_searched_without_accents_and_by_role(meeting: Conference) -> None:
    found = await meeting.call("bacsi", "GET", "/api/people?q=dieu phoi")
    assert [person["username"] for person in found["items"]] == ["dieuphoi"]
    chairs = await meeting.call("bacsi", "GET", "/api/people?role=chair")
    assert [person["username"] for person in chairs["items"]] == ["chutoa"]
    facilities = await meeting.call("bacsi", "GET", "/api/facilities")
    assert [f["site_role"] for f in facilities["items"]] == ["hub", "spoke", "spoke"]
    contracts = await meeting.call("bacsi", "GET", "/api/contracts")
    assert contracts["items"][0]["valid_until"] == "2027-12-31"
    assert await meeting.call("bacsi", "GET", "/api/people?role=king", expect=400)


async def test_openapi_stays_valid_with_all_doors(small: Conference) -> None:
    document: dict[str, Any] = await small.call("bacsi", "GET", "/api/openapi.json")
    validate(document)
    assert "/api/cases/{case_id}/consent" in document["paths"]


async def test_consent_is_counted_in_lists(meeting: Conference) -> None:
    await weekly_series(meeting)
    await submitted(meeting, CONSENT | {"record": False})
    (case,) = (await meeting.call("dieuphoi", "GET", "/api/cases?state=submitted"))["items"]
    assert (case["consent"], case["may_record"]) == ("consent", False)
