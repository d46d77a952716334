"""The live log moves people out of a real media room: LC9, CS11."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from playwright.async_api import Browser

from signaling.live_log import Draft, Identity, SessionId
from signaling.room_service import RoomService
from telehealth.room_effects import RoomFollower
from tests.support.conference import conference
from tests.support.core import person_id
from tests.support.live_room import LiveRoom
from tests.support.media import KEY, SECRET, MediaServer, join, told

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CHAIR, DOCTOR, MEMBER = (str(person_id(who)) for who in ("chutoa", "bacsi", "chuyengia"))


async def test_lc9_cs11_removed_and_ended_in_the_log_is_out_of_the_media_room(
    tmp_path: Path, server: MediaServer, browser: Browser
) -> None:
    rooms = RoomService(server.ws, KEY, SECRET, lambda: datetime.now(UTC))
    follower = RoomFollower(rooms)
    async with conference(tmp_path, MONDAY) as meeting:
        prepared = LiveRoom(meeting, 0)
        await prepared.prepare()
        live = replace(meeting.parts, afterwards=follower).live
        doctor = await join(server, browser, DOCTOR, room=prepared.session_id, devices=False)
        member = await join(server, browser, MEMBER, room=prepared.session_id, devices=False)

        async def happens(kind: str, **body: str) -> None:
            draft = Draft(Identity(CHAIR), "chair", kind, kind, body)
            await live.post(SessionId(UUID(prepared.session_id)), draft)

        await happens("session_started")
        await happens("person_removed", identity=DOCTOR)
        await told(doctor, "disconnected 4")  # DisconnectReason.PARTICIPANT_REMOVED
        assert [p.identity for p in await rooms.people(prepared.session_id)] == [MEMBER]
        await happens("session_ended")
        await told(member, "disconnected 5")  # DisconnectReason.ROOM_DELETED
        await live.close()
    await follower.close()
    await rooms.close()
