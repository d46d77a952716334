"""From the start button to the voices played back, as FFmpeg hears them."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.support.media import MediaServer, join, until
from tests.support.played import decoded
from tests.support.recording_room import DOCTOR, Room, recorder, speaks


async def test_a_case_is_recorded_and_played(
    room: Room, server: MediaServer, browser: Browser, tmp_path: Path
) -> None:
    doctor = await join(server, browser, DOCTOR, room=room.session_id)
    async with recorder(room, server):
        started = await room.start()
        assert started.status_code == 200, started.text
        running = (await room.state()).recording
        assert running is not None
        assert running.id == started.json()["recording_id"]
        assert (await room.start()).status_code == 409
        await speaks(2, doctor)
        await room.happens("hand_raised")
        await speaks(1, doctor)
        assert (await room.stop()).status_code == 204
        assert (await room.state()).recording is None
        assert (await room.stop()).json()["type"] == "/problems/not-recording"
        item = await room.is_in("ready")
    (track,) = item["tracks"]
    assert (track["identity"], track["full_name"]) == (DOCTOR, "Lò Văn Thử")
    assert 3.0 < item["duration_s"] < 30
    assert track["offset_s"] + track["duration_s"] <= item["duration_s"] + 0.001
    whole = await room.ask("bacsi", "GET", track["url"])
    assert whole.headers["content-type"] == "audio/ogg"
    length, peak = decoded(whole.content, tmp_path)
    assert length == pytest.approx(track["duration_s"], abs=0.021)
    assert length > 2.5
    assert peak > -30
    part = await room.ask("bacsi", "GET", track["url"], Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    timeline = (await room.ask("bacsi", "GET", item["timeline_url"])).json()
    kinds = [event["kind"] for event in timeline["events"]]
    assert kinds == ["recording_started", "hand_raised"]
    assert 2.0 < timeline["events"][1]["t_s"] < item["duration_s"]
    assert timeline["state"]["case_id"] == room.case_id
    (speaker,) = timeline["speakers"]
    assert (speaker["identity"], speaker["full_name"]) == (DOCTOR, "Lò Văn Thử")
    assert max(timeline["peaks"]) > 0.5
    await nobody_else_plays(room, item)


async def nobody_else_plays(room: Room, item: dict[str, Any]) -> None:
    for username in ("nguoikhac", "quantri", "dieuphoi"):
        for url in (item["timeline_url"], item["tracks"][0]["url"]):
            assert (await room.ask(username, "GET", url)).status_code == 403, username
    assert (await room.recordings("dieuphoi"))[0]["tracks"] == []
    unknown = item["tracks"][0]["url"].replace("/1.ogg", "/9.ogg")
    assert (await room.ask("bacsi", "GET", unknown)).status_code == 404
    odd = unknown.replace("/9.ogg", "/x.ogg")
    assert (await room.ask("bacsi", "GET", odd)).status_code == 400
    lines = (await room.meeting.call("quantri", "GET", f"/api/audit?case_id={room.case_id}"))[
        "items"
    ]
    actions = {line["action"] for line in lines if line["object_kind"] == "recording"}
    assert actions == {"recording_start", "recording_stop", "recording_play", "recording_voice"}


async def second_file_grows(room: Room) -> bool:
    folder = room.parts.settings.data_dir / "recordings"
    return any(path.stat().st_size > 8_000 for path in folder.glob("*/0002.ogg"))


async def test_r3_a_killed_recorder_goes_on_in_new_files(
    room: Room, server: MediaServer, browser: Browser, tmp_path: Path
) -> None:
    doctor = await join(server, browser, DOCTOR, room=room.session_id)
    async with recorder(room, server) as first:
        assert (await room.start()).status_code == 200
        await speaks(4, doctor)
        first.kill()
        await first.wait()
    async with recorder(room, server):
        await until(lambda: second_file_grows(room), "a second file", 90)
        assert (await room.stop()).status_code == 204
        item = await room.is_in("ready")
    before, after = item["tracks"]
    assert before["offset_s"] + before["duration_s"] >= 2.5
    assert after["offset_s"] > before["offset_s"] + before["duration_s"]
    assert after["duration_s"] > 1
    for track in (before, after):
        voice = await room.ask("bacsi", "GET", track["url"])
        length, peak = decoded(voice.content, tmp_path)
        assert length == pytest.approx(track["duration_s"], abs=0.021)
        assert peak > -30
