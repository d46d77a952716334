"""From the start button to the voices played back: real recorder process, room and database."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.async_api import Browser

from recordings.recording import LEASE, TAKEOVER
from signaling.live_log import Draft, Identity, SessionId
from telehealth.app import build
from telehealth.live_state import LiveState
from telehealth.recording_effects import tell_silent
from tests.integration.media.test_tap import decoded
from tests.integration.scheduling.steps import CONSENT
from tests.support.conference import Conference, conference
from tests.support.core import ORIGIN, person_id
from tests.support.live_room import LiveRoom
from tests.support.media import KEY, SECRET, MediaServer, join, until

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CHAIR, DOCTOR = str(person_id("chutoa")), str(person_id("bacsi"))


def now() -> datetime:
    return datetime.now(UTC)


class Room:
    """One session with an open case, its live log, and clients over the recording doors."""

    def __init__(self, meeting: Conference, session_id: str, case_id: str) -> None:
        self.meeting, self.session_id, self.case_id = meeting, session_id, case_id
        self.parts = replace(meeting.parts, clock=now)
        self._app = build(self.parts)

    async def happens(self, kind: str, **body: Any) -> None:
        """The chair does something in the room."""
        draft = Draft(Identity(CHAIR), "chair", f"{kind} {now().timestamp()}", kind, body)
        await self.parts.live.post(SessionId(UUID(self.session_id)), draft)

    async def state(self) -> LiveState:
        """What everybody sees."""
        return (await self.parts.live.hub(SessionId(UUID(self.session_id)))).state

    async def ask(
        self, username: str, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """A request as this person."""
        signed_in = await self.meeting.client(username)
        transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
        headers |= {"Authorization": signed_in.headers["Authorization"]}
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=120) as client:
            return await client.request(method, path, json=body, headers=headers)

    async def start(self, username: str = "chutoa") -> httpx.Response:
        """The start button."""
        path = f"/api/sessions/{self.session_id}/recording/start"
        return await self.ask(username, "POST", path, {"case_id": self.case_id})

    async def stop(self) -> httpx.Response:
        """The stop button."""
        return await self.ask("chutoa", "POST", f"/api/sessions/{self.session_id}/recording/stop")

    async def recordings(self, username: str = "chutoa") -> list[dict[str, Any]]:
        """The case's recordings."""
        answer = await self.ask(username, "GET", f"/api/cases/{self.case_id}/recordings")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def is_in(self, state: str) -> dict[str, Any]:
        """Waits until the only recording stands so."""

        async def reached() -> bool:
            return (await self.recordings())[0]["state"] == state

        await until(reached, state, 60)
        return (await self.recordings())[0]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with conference(tmp_path, MONDAY) as meeting:
        prepared = LiveRoom(meeting, 0)
        await prepared.prepare()
        room = Room(meeting, prepared.session_id, prepared.case_ids[0])
        await room.happens("session_started")
        await room.happens("case_opened", case_id=room.case_id)
        yield room
        await room.parts.live.close()


@asynccontextmanager
async def recorder(room: Room, server: MediaServer) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real recorder process."""
    settings = {
        "TELEHEALTH_DATA_DIR": str(room.parts.settings.data_dir),
        "TELEHEALTH_MEDIA_ENGINE": "livekit",
        "TELEHEALTH_LIVEKIT_URL": server.ws,
        "TELEHEALTH_LIVEKIT_KEY": KEY,
        "TELEHEALTH_LIVEKIT_SECRET": SECRET,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "telehealth", "recorder", env={**os.environ, **settings}
    )
    folder = room.parts.settings.data_dir / "recordings"
    try:
        await until(lambda: asyncio.to_thread(folder.exists), "a recorder", 60)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 60)


async def speaks(seconds: float, page: Any) -> None:
    """Lets the fake microphone run for a while of the page's own time."""
    await page.evaluate("(ms) => new Promise((done) => setTimeout(done, ms))", seconds * 1000)


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
