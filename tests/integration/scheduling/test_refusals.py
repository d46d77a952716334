"""Every door of this room refuses whoever lacks the right, and never with a server error."""

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.scheduling.steps import (
    CONSENT,
    submitted,
    this_weeks_session,
    weekly_series,
)
from tests.support.conference import PEOPLE, Conference
from tests.support.core import person_id

EVERYBODY = frozenset(PEOPLE)
SPOKE_DOCTORS = {"bacsi", "dongnghiep", "nguoikhac", "dieuphoixa"}
OWNERS = {"bacsi", "dieuphoixa"}
SERIES = {"title": "Khác"}
SEATS: dict[str, Any] = {"items": [{"person_id": str(person_id("chutoa")), "seat": "chair"}]}
MEETING = {"title": "Cấp cứu", "starts_at": "2026-11-23T05:00:00Z"}
DECISION = {"on": "2026-12-03", "kind": "keep"}
HOLIDAY = {"name_vi": "Nghỉ", "name_en": "Off"}
PUT_OFF = {"reason": "Mất điện", "starts_at": "2026-11-27T07:00:00Z"}

# (method, path, body, who may); every other person must be refused
DOORS: list[tuple[str, str, Any, set[str] | frozenset[str]]] = [
    ("GET", "/api/facilities", None, EVERYBODY),
    ("GET", "/api/people", None, EVERYBODY),
    ("GET", "/api/contracts", None, EVERYBODY),
    ("GET", "/api/calendar", None, EVERYBODY),
    ("GET", "/api/series", None, EVERYBODY),
    ("POST", "/api/series", SERIES, {"dieuphoi"}),
    ("PATCH", "/api/series/{series}", SERIES, {"dieuphoi"}),
    ("POST", "/api/series/{series}/exceptions", DECISION, {"dieuphoi"}),
    ("PUT", "/api/holidays/2027-03-03", HOLIDAY, {"dieuphoi"}),
    ("DELETE", "/api/holidays/2027-03-03", None, {"dieuphoi"}),
    ("GET", "/api/sessions", None, EVERYBODY),
    ("POST", "/api/sessions", MEETING, {"dieuphoi"}),
    ("GET", "/api/sessions/{session}", None, EVERYBODY),
    ("PUT", "/api/sessions/{session}/agenda", {"version": 2, "items": []}, {"dieuphoi", "chutoa"}),
    ("PUT", "/api/sessions/{session}/people", SEATS, {"dieuphoi", "chutoa"}),
    ("POST", "/api/sessions/{session}/lock", {}, {"dieuphoi", "chutoa"}),
    ("POST", "/api/sessions/{session}/start", {}, {"dieuphoi", "chutoa", "thuky"}),
    ("POST", "/api/sessions/{session}/postpone", PUT_OFF, {"dieuphoi", "chutoa"}),
    ("POST", "/api/sessions/{session}/cancel", {"reason": "x"}, {"dieuphoi", "chutoa"}),
    ("GET", "/api/cases", None, EVERYBODY - {"quantri"}),
    ("POST", "/api/cases", {}, SPOKE_DOCTORS),
    (
        "GET",
        "/api/cases/{case}",
        None,
        OWNERS | {"dieuphoi", "chutoa", "thuky", "kythuat"},
    ),
    (
        "GET",
        "/api/cases/{case}/history",
        None,
        OWNERS | {"dieuphoi", "chutoa", "thuky", "kythuat"},
    ),
    ("PATCH", "/api/cases/{case}", {"version": 2}, OWNERS),
    ("POST", "/api/cases/{case}/withdraw", {"reason": "x"}, OWNERS),
    ("POST", "/api/cases/{case}/accept", {}, {"dieuphoi", "chutoa"}),
    ("POST", "/api/cases/{case}/return", {"reason": "x"}, {"dieuphoi", "chutoa"}),
    ("POST", "/api/cases/{case}/refuse", {"reason": "x"}, {"dieuphoi", "chutoa"}),
    ("PUT", "/api/cases/{case}/consent", CONSENT, OWNERS),
    ("DELETE", "/api/cases/{case}/consent", {"reason": "x"}, OWNERS),
]


# Doors open to everybody need one visit; the others one for each who has the right.
NARROW = [door for door in DOORS if len(door[3]) < len(EVERYBODY) - 1]
IDS = [f"{method} {path}" for method, path, _, _ in NARROW]


async def _known(meeting: Conference) -> dict[str, str]:
    series = await weekly_series(meeting)
    session = await this_weeks_session(meeting)
    case = await submitted(meeting)
    return {"series": series["id"], "session": session["id"], "case": case["id"]}


async def test_whoever_lacks_the_right_is_refused_at_every_door(small: Conference) -> None:
    known = await _known(small)
    for method, path, body, allowed in DOORS:
        for username in EVERYBODY - allowed:
            client = await small.client(username)
            answer = await client.request(method, path.format(**known), json=body)
            assert answer.status_code == 403, (method, path, username, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_doors_open_to_everybody_are(small: Conference) -> None:
    known = await _known(small)
    for method, path, body, allowed in DOORS:
        if len(allowed) >= len(EVERYBODY) - 1:
            await small.call("hocvien", method, path.format(**known), body)


async def test_whoever_is_not_signed_in_is_refused_at_every_door(small: Conference) -> None:
    known = await _known(small)
    client = await small.client("bacsi")
    client.headers.pop("Authorization")
    for method, path, body, _ in DOORS:
        answer = await client.request(method, path.format(**known), json=body)
        assert answer.status_code == 401, (method, path)


@pytest.mark.parametrize(("method", "path", "body", "allowed"), NARROW, ids=IDS)
async def test_the_right_people_come_through(
    small: Conference, method: str, path: str, body: Any, allowed: set[str]
) -> None:
    known = await _known(small)
    for username in sorted(allowed):
        client = await small.client(username)
        answer = await client.request(method, path.format(**known), json=body)
        # The second may meet what the first has done, but never a refusal of the right.
        assert answer.status_code in (200, 201, 204, 409, 422), (username, answer.text)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/cases/{id}", None),
        ("GET", "/api/sessions/{id}", None),
        ("PATCH", "/api/series/{id}", {"title": "x"}),
        ("POST", "/api/sessions/{id}/open", {}),
        ("GET", "/api/cases/khong-phai-uuid", None),
        ("GET", "/calendar/" + "a" * 43 + ".ics", None),
    ],
)
async def test_what_is_not_there_is_not_found(
    small: Conference, method: str, path: str, body: Any
) -> None:
    found = await small.call("dieuphoi", method, path.format(id=uuid4()), body, 404)
    assert found["type"] == "/problems/not-found"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/calendar?from=0001-01-01", None, 400),
        ("GET", "/api/calendar?from=9999-12-31", None, 400),
        ("GET", "/api/calendar?from=2026-01-01&to=2028-01-01", None, 400),
        ("GET", "/api/sessions?from=hôm nay", None, 400),
        ("GET", "/api/sessions?from=9999-12-31T00:00:00Z", None, 400),
        ("GET", "/api/sessions?from=2026-01-01T00:00:00", None, 400),
        ("PUT", "/api/holidays/hôm-nay", HOLIDAY, 400),
        ("POST", "/api/series", SERIES | {"weekday": 7}, 422),
        ("POST", "/api/series", SERIES | {"time_zone": "Đà Lạt"}, 422),
        ("POST", "/api/series", SERIES | {"time_zone": "\u0000"}, 422),
        ("POST", "/api/series", SERIES | {"time_zone": "Asia"}, 422),
        ("POST", "/api/series", SERIES | {"time_zone": "../etc/passwd"}, 422),
        ("POST", "/api/series", SERIES | {"start_time": "14:00Z"}, 422),
        ("POST", "/api/series", SERIES | {"starts_on": "9999-12-31"}, 422),
        ("POST", "/api/series", SERIES | {"chair_id": str(uuid4())}, 422),
        ("POST", "/api/series", {"title": "  "}, 422),
        ("POST", "/api/sessions", MEETING | {"starts_at": "9999-12-31T23:59:59Z"}, 422),
        ("POST", "/api/sessions", MEETING | {"chair_id": str(uuid4())}, 422),
        ("POST", "/api/sessions", MEETING | {"duration_minutes": 10**9}, 422),
        ("POST", "/api/sessions", [], 422),
    ],
)
async def test_nonsense_is_refused_by_name(
    small: Conference, method: str, path: str, body: Any, status: int
) -> None:
    refused = await small.call("dieuphoi", method, path, body, status)
    assert refused["type"].startswith("/problems/")
