"""Who listened to a recording: one line of the trail for many requests of a player."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from recordings.recording import Recording, RecordingId, Segment
from recordings.recording_store import RecordingStore
from telehealth.tables import AuditRow
from tests.integration.scheduling.steps import CONSENT, MONDAY, draft
from tests.support.conference import Conference, conference
from tests.support.core import person_id


@pytest.fixture
async def meeting(tmp_path: Path) -> AsyncIterator[Conference]:
    async with conference(tmp_path, MONDAY) as made:
        yield made


async def recorded(meeting: Conference, voices: int) -> UUID:
    """A ready recording of the doctor's own case."""
    case = await draft(meeting)
    await meeting.call("bacsi", "PUT", f"/api/cases/{case['id']}/consent", CONSENT)
    began = meeting.clock() - timedelta(minutes=30)
    recording = Recording(
        RecordingId(uuid4()), uuid4(), UUID(case["id"]), person_id("chutoa"), began
    )
    speaker, blobs = str(person_id("chutoa")), meeting.parts.blobs
    segments = []
    for number in range(1, voices + 1):
        ref = blobs.put(b"OggS voice %d" % number)
        segments.append(Segment(number, speaker, f"TR_{number}", 0, 9, ref.sha256, ref.size, b""))
    async with meeting.parts.database.transaction() as tx:
        store = RecordingStore(tx)
        await store.add(recording)
        await store.stop(recording.id, began + timedelta(seconds=10))
        await store.keep(recording.id, segments)
    return recording.id


async def lines(meeting: Conference) -> list[tuple[UUID | None, str]]:
    async with meeting.parts.database.reading() as tx:
        query = select(AuditRow).where(col(AuditRow.action) == "recording_voice")
        return [(row.person_id, row.object_id) for row in await tx.exec(query)]


async def test_r32_listening_is_one_line_for_each_person_and_ten_minutes(
    meeting: Conference,
) -> None:
    recording_id = await recorded(meeting, voices=40)
    listener = await meeting.client("bacsi")
    for number in range(1, 41):
        place = f"/api/recordings/{recording_id}/tracks/{number}.ogg"
        for part in ("bytes=0-3", "bytes=4-"):
            assert (await listener.get(place, headers={"Range": part})).status_code == 206
    assert await lines(meeting) == [(person_id("bacsi"), str(recording_id))]
    meeting.clock.now += timedelta(minutes=10)
    assert (await listener.get(place, headers={"Range": "bytes=4-"})).status_code == 206
    assert await lines(meeting) == 2 * [(person_id("bacsi"), str(recording_id))]


async def test_r32_who_may_not_play_leaves_no_line(meeting: Conference) -> None:
    recording_id = await recorded(meeting, voices=1)
    other = await meeting.client("nguoikhac")
    assert (await other.get(f"/api/recordings/{recording_id}/tracks/1.ogg")).status_code == 403
    assert await lines(meeting) == []
