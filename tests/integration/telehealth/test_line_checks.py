"""Connection tests: begun, stored per site, read by those who run the session."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from telehealth.settings import livekit_key
from tests.integration.scheduling.steps import MONDAY, submitted, this_weeks_session, weekly_series
from tests.support.conference import Conference, conference

FOUND: dict[str, Any] = {
    "mic": "ok",
    "speaker": "ok",
    "camera": "missing",
    "udp": "failed",
    "tcp": "ok",
    "relay": "not_tried",
    "kbit_up": 1500,
    "kbit_down": 1700,
    "loss_up": 0.0,
    "loss_down": 0.01,
    "rtt_ms": 35,
    "browser": "Chrome 140",
}


@pytest.fixture
async def meeting(tmp_path: Path) -> AsyncIterator[Conference]:
    async with conference(tmp_path, MONDAY) as meeting:
        yield meeting


async def _session(meeting: Conference) -> str:
    """A session with people of the hub and of a spoke."""
    await weekly_series(meeting)
    session = await this_weeks_session(meeting)
    case = await submitted(meeting)
    await meeting.call("dieuphoi", "POST", f"/api/cases/{case['id']}/accept", {})
    agenda = {"version": session["version"], "items": [{"case_id": case["id"], "minutes": 15}]}
    await meeting.call("dieuphoi", "PUT", f"/api/sessions/{session['id']}/agenda", agenda)
    return str(session["id"])


async def test_a_stored_test_answers_with_its_meaning(meeting: Conference) -> None:
    stored = await meeting.call("bacsi", "POST", "/api/line-checks", FOUND)
    assert (stored["verdict"], stored["advice"]) == ("fair", "udp_blocked")
    assert stored["checked_at"].startswith("2026-11-23T02:00:00")


async def test_the_coordinator_sees_every_sites_newest_test(meeting: Conference) -> None:
    session_id = await _session(meeting)
    path = f"/api/sessions/{session_id}/line-checks"
    before = await meeting.call("dieuphoi", "GET", path)
    assert {site["facility_name"]: site["check"] for site in before["items"]} == {
        "Bệnh viện Trung ương": None,
        "Bệnh viện Nậm Khê": None,
    }
    await meeting.call("bacsi", "POST", "/api/line-checks", FOUND | {"kbit_up": 50})
    await meeting.call("bacsi", "POST", "/api/line-checks", FOUND)
    meeting.clock.now = MONDAY.replace(hour=3)
    await meeting.call("kythuat", "POST", "/api/line-checks", FOUND | {"udp": "ok"})
    await meeting.call("nguoikhac", "POST", "/api/line-checks", FOUND)
    for reader in ("dieuphoi", "chutoa", "thuky"):
        sites = {s["facility_name"]: s for s in (await meeting.call(reader, "GET", path))["items"]}
        assert sites["Bệnh viện Trung ương"]["check"] is None
        assert sites["Bệnh viện Nậm Khê"]["check"]["advice"] == "no_camera"
        assert "Cửa Vàm" not in sites


async def test_others_do_not_read_the_tests_of_a_session(meeting: Conference) -> None:
    path = f"/api/sessions/{await _session(meeting)}/line-checks"
    for reader in ("bacsi", "dieuphoixa", "chuyengia", "nguoikhac", "quantri", "hocvien"):
        await meeting.call(reader, "GET", path, expect=403)
    nowhere = path.replace(path.split("/")[3], "00000000-0000-4000-8000-000000000000")
    await meeting.call("dieuphoi", "GET", nowhere, expect=404)


async def test_live_lines_are_for_those_who_run_the_session(meeting: Conference) -> None:
    path = f"/api/sessions/{await _session(meeting)}/live-lines"
    for reader in ("dieuphoi", "chutoa", "thuky"):
        # The engine of this installation tells nothing of lines.
        assert await meeting.call(reader, "GET", path) == {"measured": False, "items": []}
    for reader in ("bacsi", "dieuphoixa", "chuyengia", "nguoikhac", "quantri", "hocvien"):
        await meeting.call(reader, "GET", path, expect=403)
    nowhere = path.replace(path.split("/")[3], "00000000-0000-4000-8000-000000000000")
    await meeting.call("dieuphoi", "GET", nowhere, expect=404)


async def test_a_test_room_is_ones_own_and_brief(meeting: Conference) -> None:
    tokens = []
    for username in ("bacsi", "quantri"):
        start = await meeting.call(username, "POST", "/api/line-checks/start", {})
        assert (start["relay"], start["ice_servers"]) == (None, [])
        _, secret = livekit_key(meeting.parts.settings)
        unchecked = {"verify_exp": False, "verify_nbf": False}
        read = {
            name: jwt.decode(start[name], secret, ["HS256"], options=unchecked)
            for name in ("udp", "tcp", "talk", "listen")
        }
        (room,) = {claims["video"]["room"] for claims in read.values()}
        tokens.append(room)
        assert room.startswith("line-check-")
        assert {claims["exp"] - claims["nbf"] for claims in read.values()} == {120}
        assert [name for name in read if read[name]["video"]["canPublish"]] == ["talk"]
        assert [name for name in read if read[name]["video"]["canSubscribe"]] == ["listen"]
        assert read["tcp"]["attributes"] == {"media_protocol": "tcp"}
    assert tokens[0] != tokens[1]


@pytest.mark.parametrize(
    "broken",
    [
        {"mic": "loud"},
        {"kbit_up": -1},
        {"loss_up": 1.5},
        {"loss_down": float("nan")},
        {"browser": "<script>"},
        {"browser": "x" * 61},
        {"udp": None},
    ],
)
async def test_a_broken_report_is_refused(meeting: Conference, broken: dict[str, Any]) -> None:
    client = await meeting.client("bacsi")
    text = json.dumps(FOUND | broken)
    answer = await client.post("/api/line-checks", content=text)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_nobody_tests_without_signing_in(meeting: Conference) -> None:
    client = await meeting.client("bacsi")
    for path in ("/api/line-checks", "/api/line-checks/start"):
        answer = await client.post(path, json=FOUND, headers={"Authorization": ""})
        assert answer.status_code == 401
