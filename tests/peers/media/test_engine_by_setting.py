"""A whole session on livekit-server, chosen by settings alone: joined, recorded, controlled."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.support.livekit_media import LiveKitMedia, livekit_media
from tests.support.media import KEY, SECRET, enter, sees, told, until
from tests.support.played import decoded
from tests.support.recording_room import CHAIR, DOCTOR, Room, recorder, recording_room, speaks


def settings(server: LiveKitMedia) -> Mapping[str, str]:
    """What an operator sets to use another media engine."""
    return {
        "TELEHEALTH_MEDIA_ENGINE": "livekit",
        "TELEHEALTH_LIVEKIT_URL": server.ws,
        "TELEHEALTH_LIVEKIT_KEY": KEY,
        "TELEHEALTH_LIVEKIT_SECRET": SECRET,
    }


async def join_by_the_door(
    room: Room, server: LiveKitMedia, browser: Browser, username: str
) -> Page:
    """In by the address and token that the product gives this person."""
    answer = await room.ask(username, "POST", f"/api/sessions/{room.session_id}/join")
    assert answer.status_code == 200, answer.text
    assert answer.json()["url"] == server.ws
    return await enter(server, browser, answer.json()["url"], answer.json()["token"])


def hooks(server: LiveKitMedia, event: str) -> list[str]:
    """Of whom this event was told, with the room's name."""
    told_of = [json.loads(body) for _, body in server.hooks]
    return [
        f"{one['room']['name']} {one.get('participant', {}).get('identity', '')}"
        for one in told_of
        if one["event"] == event
    ]


async def test_the_product_runs_a_session_on_the_engine_that_its_settings_name(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with livekit_media(tmp_path) as server:
        for name, value in settings(server).items():
            monkeypatch.setenv(name, value)
        async with recording_room(data) as room:
            doctor = await join_by_the_door(room, server, browser, "bacsi")
            chair = await join_by_the_door(room, server, browser, "chutoa")
            await sees(chair, DOCTOR)
            await sees(doctor, CHAIR)
            async with recorder(room, server):
                assert (await room.start()).status_code == 200
                await told(chair, "recordingStatusChanged true")
                await speaks(2, doctor)
                assert (await room.stop()).status_code == 204
                item = await room.is_in("ready")
            await heard_in(item["tracks"], room, tmp_path)
            await room.happens("person_removed", identity=DOCTOR)
            await told(doctor, "disconnected 4")  # DisconnectReason.PARTICIPANT_REMOVED
            await room.happens("session_ended")
            await told(chair, "disconnected 5")  # DisconnectReason.ROOM_DELETED
            joined = {f"{room.session_id} {who}" for who in (CHAIR, DOCTOR)}
            assert joined <= set(hooks(server, "participant_joined"))

            async def finished() -> bool:
                return hooks(server, "room_finished") == [f"{room.session_id} "]

            await until(finished, "the room's end")


async def heard_in(tracks: list[dict[str, object]], room: Room, folder: Path) -> None:
    """Both voices were recorded, as FFmpeg hears them."""
    assert {track["identity"] for track in tracks} == {CHAIR, DOCTOR}
    for track in tracks:
        voice = await room.ask("bacsi", "GET", str(track["url"]))
        length, peak = decoded(voice.content, folder)
        assert length == pytest.approx(track["duration_s"], abs=0.021)
        assert length > 1.5
        assert peak > -30
