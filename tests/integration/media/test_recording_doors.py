"""The buttons of a recording: real recorder process, room and database."""

import asyncio

import pytest
from playwright.async_api import Browser

from recordings.recording import LEASE, TAKEOVER
from telehealth.recording_effects import tell_silent
from tests.integration.scheduling.steps import CONSENT
from tests.support.media import MediaServer, join, until
from tests.support.recording_room import DOCTOR, Room, now, recorder, speaks


async def test_r6_the_next_case_ends_the_recording(
    room: Room, server: MediaServer, browser: Browser
) -> None:
    doctor = await join(server, browser, DOCTOR, room=room.session_id)
    async with recorder(room, server):
        assert (await room.start()).status_code == 200
        await speaks(2, doctor)
        await room.happens("case_closed")
        stopped = (await room.recordings())[0]
        assert stopped["state"] == "closing"
        await speaks(2, doctor)
        item = await room.is_in("ready")
    (track,) = item["tracks"]
    assert item["duration_s"] == stopped["duration_s"]
    assert track["offset_s"] + track["duration_s"] <= item["duration_s"] + 0.001


async def test_r4_without_a_recorder_nothing_begins_and_nobody_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telehealth.api.recording_control.BEGIN_SECONDS", 0.5)
    refused = await room.start()
    assert (refused.status_code, refused.json()["reason"]) == (503, "no-recorder")
    assert (await room.state()).recording is None
    (item,) = await room.recordings()
    assert (item["state"], item["failure"], item["tracks"]) == ("failed", "no-recorder", [])


async def test_r5_no_consent_no_recorder(room: Room) -> None:
    path = f"/api/cases/{room.case_id}/consent"
    await room.meeting.call("bacsi", "PUT", path, CONSENT | {"record": False})
    refused = await room.start()
    assert refused.json()["type"] == "/problems/recording-not-consented"
    assert await room.recordings() == []
    assert (await room.start("bacsi")).status_code == 403
    await room.happens("case_closed")
    assert (await room.start()).json()["type"] == "/problems/no-open-case"


async def test_r4_what_the_log_refuses_is_not_kept(
    room: Room, server: MediaServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telehealth.api.recording_control.BEGIN_SECONDS", 90.0)
    doctor = await join(server, browser, DOCTOR, room=room.session_id)
    starting = asyncio.create_task(room.start())

    async def asked() -> bool:
        return len(await room.recordings()) == 1

    await until(asked, "a request")
    path = f"/api/cases/{room.case_id}/consent"
    await room.meeting.call("bacsi", "PUT", path, CONSENT | {"record": False})
    async with recorder(room, server):
        refused = await starting
        assert refused.json()["type"] == "/problems/recording-not-consented"
        await speaks(3, doctor)
    (item,) = await room.recordings()
    assert (item["state"], item["tracks"]) == ("failed", [])
    assert not any((room.parts.settings.data_dir / "recordings").iterdir())


async def test_r8_people_are_told_of_a_dead_recorder(
    room: Room, server: MediaServer, browser: Browser
) -> None:
    doctor = await join(server, browser, DOCTOR, room=room.session_id)
    async with recorder(room, server) as process:
        assert (await room.start()).status_code == 200
        await speaks(2, doctor)
        process.kill()
        await process.wait()
    await tell_silent(room.parts.database, room.parts.live.post, now)
    assert (await room.state()).recording is not None

    await tell_silent(room.parts.database, room.parts.live.post, lambda: now() + LEASE + TAKEOVER)
    assert (await room.state()).recording is None
    async with recorder(room, server):
        item = await room.is_in("ready")
    assert item["tracks"]
