"""A session with an open case, and the real recorder process beside it."""

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

from signaling.live_log import Draft, Identity, SessionId
from telehealth.app import build
from telehealth.live_state import LiveState
from telehealth.web_process import following_rooms
from tests.integration.scheduling.steps import MONDAY
from tests.support.conference import Conference, conference
from tests.support.core import ORIGIN, person_id
from tests.support.live_room import LiveRoom
from tests.support.media import KEY, SECRET, MediaServer, until

CHAIR, DOCTOR = str(person_id("chutoa")), str(person_id("bacsi"))


def now() -> datetime:
    """The real time."""
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


@asynccontextmanager
async def recording_room(folder: Path) -> AsyncIterator[Room]:
    """A room of a session that has begun, with a case open, and the media room that follows it."""
    async with (
        conference(folder, MONDAY) as meeting,
        following_rooms(meeting.parts.settings) as follower,
    ):
        meeting.parts = replace(meeting.parts, afterwards=follower)
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
