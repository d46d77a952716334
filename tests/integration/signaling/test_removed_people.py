"""A person who was removed and kept their media token: LC9, H12."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from signaling.errors import ParticipantMissing
from signaling.grant import Grant, write_token
from signaling.live_log import Draft, Identity, SessionId
from signaling.room_service import RoomService
from signaling.workers import Workers
from telehealth.api.rtc import rtc_routes
from telehealth.media_entrance import MediaEntrance
from tests.support.conference import conference
from tests.support.core import person_id
from tests.support.live_room import LiveRoom
from tests.support.media import KEY, ROOM, SECRET, MediaServer, media_server

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CHAIR, DOCTOR, MEMBER = (str(person_id(who)) for who in ("chutoa", "bacsi", "chuyengia"))


def now() -> datetime:
    return datetime.now(UTC)


async def answers(server: MediaServer, *tokens: str) -> list[tuple[int, str]]:
    """What the door says to a client with each of these tokens."""
    async with httpx.AsyncClient(base_url=server.http, trust_env=False) as http:
        asked = [await http.get("/rtc/validate", params={"access_token": one}) for one in tokens]
    return [(answer.status_code, answer.text) for answer in asked]


async def test_h12_the_worker_refuses_the_old_token_of_a_removed_person(tmp_path: Path) -> None:
    async with media_server(tmp_path) as server:
        service = RoomService(server.ws, KEY, SECRET, now)
        await service.create(ROOM)
        old, other = server.token("carol"), server.token("dave")
        with pytest.raises(ParticipantMissing):  # she is away just now, with a good token
            await service.remove(ROOM, "carol")
        again = Grant("carol", room=ROOM, room_join=True)
        soon = now() + timedelta(seconds=2)
        fresh = write_token(again, KEY, SECRET, soon, timedelta(minutes=10))
        refused, good = (401, "invalid token: revoked"), (200, "success")
        assert await answers(server, old, other, fresh) == [refused, good, good]
        await service.close()


async def test_lc9_the_log_keeps_a_removed_person_out_until_admitted(tmp_path: Path) -> None:
    async with conference(tmp_path, MONDAY) as meeting:
        prepared = LiveRoom(meeting, 0)
        await prepared.prepare()
        room = prepared.session_id
        tokens = {
            who: write_token(
                Grant(who, room=room, room_join=True), KEY, SECRET, MONDAY, timedelta(minutes=10)
            )
            for who in (DOCTOR, MEMBER, "recorder-1")
        }

        async def happens(kind: str, **body: str) -> None:
            draft = Draft(Identity(CHAIR), "chair", kind, kind, body)
            await meeting.parts.live.post(SessionId(UUID(room)), draft)

        async def admitted() -> set[str]:
            """As a web process finds it that has just started."""
            live = replace(meeting.parts).live
            entrance = MediaEntrance(live, (KEY, SECRET), meeting.clock)
            found = {who for who, token in tokens.items() if await entrance(token)}
            await live.close()
            return found

        await happens("session_started")
        assert await admitted() == {DOCTOR, MEMBER, "recorder-1"}
        await happens("person_removed", identity=DOCTOR)
        assert await admitted() == {MEMBER, "recorder-1"}
        await happens("person_admitted", identity=DOCTOR)
        assert await admitted() == {DOCTOR, MEMBER, "recorder-1"}


async def test_lc9_who_may_not_enter_is_refused_before_any_worker_is_asked() -> None:
    async def nobody(_token: str) -> bool:
        return False

    app = Starlette(routes=rtc_routes(Workers(()), nobody))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        for door in ("/rtc/validate", "/rtc/v1/validate"):
            answer = await http.get(door, params={"access_token": "x.y.z"})
            assert (answer.status_code, answer.text) == (
                401,
                "permissions denied: removed from the session",
            )
