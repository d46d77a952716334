"""What Prometheus reads: true counts, and nothing about a person."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from recordings.archive_step import SinkKind
from signaling.workers import Workers
from tests.integration.scheduling.steps import FULL_CASE, draft
from tests.support.archive import close_a_case
from tests.support.conference import Conference, conference
from tests.support.media import media_server

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
async def meeting(tmp_path: Path) -> AsyncIterator[Conference]:
    async with conference(tmp_path, MONDAY) as made:
        yield made


async def text(meeting: Conference) -> str:
    """As a scraper without a sign-in reads it."""
    client = await meeting.client("bacsi")
    answer = await client.get("/metrics", headers={"Authorization": ""})
    assert answer.status_code == 200
    return answer.text


async def samples(meeting: Conference) -> Samples:
    families = text_string_to_metric_families(await text(meeting))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def requests(found: Samples, method: str, route: str, status: str) -> float:
    labels = (("method", method), ("route", route), ("status", status))
    return found.get(("telehealth_http_requests_total", labels), 0)


async def test_requests_are_counted_by_door_and_class_of_status(meeting: Conference) -> None:
    case = await draft(meeting)
    before = await samples(meeting)
    await meeting.call("bacsi", "GET", f"/api/cases/{case['id']}")
    await meeting.call("nguoikhac", "GET", f"/api/cases/{case['id']}", expect=403)
    await meeting.call("bacsi", "GET", "/api/no/such/door", expect=404)
    after = await samples(meeting)
    one = "/api/cases/{case_id}"
    for route, status in ((one, "2xx"), (one, "4xx"), ("other", "4xx")):
        counted = requests(after, "GET", route, status) - requests(before, "GET", route, status)
        assert counted == 1


async def test_waiting_work_and_live_sessions_are_told(meeting: Conference) -> None:
    await close_a_case(meeting.parts.database, meeting.parts.blobs, [SinkKind.FOLDER])
    found = await samples(meeting)
    planned = found["telehealth_archive_deliveries", (("state", "planned"),)]
    assert planned > 0
    assert found["telehealth_archive_deliveries", (("state", "verified"),)] == 0
    for name in ("live_sessions", "live_participants", "uploads_receiving", "images_waiting"):
        assert found[f"telehealth_{name}", ()] == 0
    assert found["telehealth_database_up", ()] == 1


async def test_a_database_that_is_gone_is_a_number_not_an_error(meeting: Conference) -> None:
    async with meeting.parts.database.transaction() as tx:
        connection = await tx.connection()
        await connection.exec_driver_sql("DROP TABLE archive_step_need")
        await connection.exec_driver_sql("DROP TABLE archive_step")
    assert (await samples(meeting))["telehealth_database_up", ()] == 0


async def test_each_media_worker_tells_its_packets(tmp_path: Path, meeting: Conference) -> None:
    async with media_server(tmp_path) as server:
        gone = (*server.sockets, tmp_path / "no-such.sock")
        whole = Conference(
            replace(meeting.parts, media=Workers(gone)), meeting.clock, meeting.material
        )
        found = await samples(whole)
        await whole.close()
    up = [found["telehealth_media_worker_up", (("worker", f"{n}"),)] for n in range(3)]
    assert up == [1, 1, 0]
    for name in ("rooms", "participants", "packets_in_total", "packets_dropped_total"):
        assert found[f"telehealth_media_{name}", (("worker", "0"),)] == 0


async def test_no_word_about_a_patient_or_a_person_is_told(meeting: Conference) -> None:
    case = await draft(meeting)
    await meeting.call("bacsi", "GET", f"/api/cases?q={FULL_CASE['patient_full']['full_name']}")
    told = await text(meeting)
    patient = FULL_CASE["patient_full"]
    for word in (patient["full_name"], patient["personal_id_number"], case["id"], "bacsi"):
        assert word not in told
