"""Images fetched before the session: planned, told, seen by the coordinator, closed to others."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from telehealth.images import Images
from tests.integration.scheduling.steps import (
    CONSENT,
    MONDAY,
    draft,
    this_weeks_session,
    weekly_series,
)
from tests.integration.viewer.test_image_doors import slices
from tests.support.conference import Conference
from tests.support.image_doors import image_conference, upload


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    async with image_conference(tmp_path, MONDAY) as made:
        yield made


async def _session(hospital: tuple[Conference, Images]) -> tuple[str, str]:
    """A session with one case of three slices on its agenda: (session, case)."""
    meeting, images = hospital
    await weekly_series(meeting)
    session = await this_weeks_session(meeting)
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    for number, body in enumerate(slices(3)):
        assert (await upload(client, case["id"], body, f"IM{number}")).status_code == 201
    await images.worker.settle()
    place = f"/api/cases/{case['id']}"
    await meeting.call("bacsi", "PUT", f"{place}/consent", CONSENT)
    await meeting.call("bacsi", "POST", f"{place}/submit", {})
    await meeting.call("dieuphoi", "POST", f"{place}/accept", {})
    agenda = {"version": session["version"], "items": [{"case_id": case["id"], "minutes": 15}]}
    await meeting.call("dieuphoi", "PUT", f"/api/sessions/{session['id']}/agenda", agenda)
    return session["id"], case["id"]


def _kept(series: dict[str, Any], held: int, **more: Any) -> dict[str, Any]:
    item = {"pack_id": series["pack_id"], "bytes": held}
    return {"device_id": str(uuid4()), "rate_bps": 8_000, "items": [item]} | more


async def _board(meeting: Conference, session_id: str) -> dict[str, dict[str, Any]]:
    board = await meeting.call("dieuphoi", "GET", f"/api/sessions/{session_id}/readiness")
    (case,) = board["items"]
    return {site["facility_name"]: site for site in case["sites"]}


async def test_what_a_site_tells_stands_on_the_board(hospital: tuple[Conference, Images]) -> None:
    meeting, _ = hospital
    session_id, case_id = await _session(hospital)
    place = f"/api/sessions/{session_id}"
    (case,) = (await meeting.call("bacsi", "GET", f"{place}/images"))["items"]
    (series,) = case["series"]
    assert (case["case_id"], series["images"]) == (case_id, 3)
    manifest = await meeting.call(
        "bacsi", "GET", f"/api/image-series/{series['series_uid']}/manifest"
    )
    assert (manifest["pack_id"], manifest["total_bytes"]) == (series["pack_id"], series["bytes"])
    before = await _board(meeting, session_id)
    assert {site["state"] for site in before.values()} == {"nothing"}
    half = _kept(series, series["bytes"] - 1_000)
    await meeting.call("bacsi", "PUT", f"{place}/holdings", half, 204)
    site = (await _board(meeting, session_id))["Bệnh viện Nậm Khê"]
    assert (site["state"], site["left_seconds"], site["rate_bps"]) == ("fetching", 1, 8_000)
    whole = _kept(series, series["bytes"], device_id=half["device_id"])
    await meeting.call("bacsi", "PUT", f"{place}/holdings", whole, 204)
    after = await _board(meeting, session_id)
    assert after["Bệnh viện Nậm Khê"]["state"] == "complete"
    assert after["Bệnh viện Trung ương"]["state"] == "nothing"
    emptied = whole | {"items": []}
    await meeting.call("bacsi", "PUT", f"{place}/holdings", emptied, 204)
    assert (await _board(meeting, session_id))["Bệnh viện Nậm Khê"]["state"] == "nothing"


async def test_fetching_ahead_is_a_line_of_the_trail_once(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    session_id, case_id = await _session(hospital)
    place = f"/api/sessions/{session_id}"
    (case,) = (await meeting.call("chutoa", "GET", f"{place}/images"))["items"]
    kept = _kept(case["series"][0], 10)
    for _ in range(2):
        await meeting.call("chutoa", "PUT", f"{place}/holdings", kept, 204)
        meeting.clock.now += timedelta(minutes=1)
    trail = await meeting.call("quantri", "GET", f"/api/audit?case_id={case_id}")
    assert [item["action"] for item in trail["items"]].count("images_keep") == 1


async def test_what_one_may_not_read_is_neither_planned_nor_counted(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    session_id, _ = await _session(hospital)
    place = f"/api/sessions/{session_id}"
    (case,) = (await meeting.call("bacsi", "GET", f"{place}/images"))["items"]
    stolen = _kept(case["series"][0], 10)
    await meeting.call("nguoikhac", "GET", f"{place}/images", expect=403)
    await meeting.call("nguoikhac", "PUT", f"{place}/holdings", stolen, 403)
    await meeting.call(
        "bacsi", "PUT", f"{place}/holdings", _kept({"pack_id": str(uuid4())}, 5), 204
    )
    assert {s["state"] for s in (await _board(meeting, session_id)).values()} == {"nothing"}
    for reader in ("bacsi", "chuyengia", "nguoikhac", "quantri", "hocvien"):
        await meeting.call(reader, "GET", f"{place}/readiness", expect=403)
    nowhere = f"/api/sessions/{UUID(int=0)}"
    await meeting.call("bacsi", "GET", f"{nowhere}/images", expect=404)
    await meeting.call("bacsi", "PUT", f"{nowhere}/holdings", stolen, 404)
    await meeting.call("dieuphoi", "GET", f"{nowhere}/readiness", expect=404)


async def test_a_key_belongs_to_one_person(hospital: tuple[Conference, Images]) -> None:
    meeting, _ = hospital
    mine = await meeting.call("bacsi", "GET", "/api/me/keep-key")
    assert mine == await meeting.call("bacsi", "GET", "/api/me/keep-key")
    assert mine != await meeting.call("chutoa", "GET", "/api/me/keep-key")
    client = await meeting.client("bacsi")
    answer = await client.get("/api/me/keep-key", headers={"Authorization": ""})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "broken",
    [
        {"rate_bps": 0},
        {"device_id": "mine"},
        {"items": [{"pack_id": str(UUID(int=1)), "bytes": -1}]},
        {"items": [{"pack_id": str(UUID(int=1)), "bytes": 1}] * 2_001},
    ],
)
async def test_a_broken_report_is_refused(
    hospital: tuple[Conference, Images], broken: dict[str, Any]
) -> None:
    meeting, _ = hospital
    await weekly_series(meeting)
    session = await this_weeks_session(meeting)
    kept = {"device_id": str(uuid4()), "items": []} | broken
    path = f"/api/sessions/{session['id']}/holdings"
    refused = await meeting.call("dieuphoi", "PUT", path, kept, 422)
    assert refused["type"] == "/problems/bad-body"
