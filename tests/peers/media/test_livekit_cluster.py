"""Two livekit-server nodes that share a Redis: one room, entered and controlled by either."""

from pathlib import Path

from livekit import api
from playwright.async_api import Browser

from tests.support.livekit_media import livekit_media
from tests.support.livekit_server import livekit_server
from tests.support.media import KEY, ROOM, SECRET, enter, sees, told
from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.tapping import RecordingSink, heard, recorder_token, tapping


async def test_c2_a_room_spans_the_doors_of_two_nodes(tmp_path: Path, browser: Browser) -> None:
    redis, log = free_port(), tmp_path / "redis.log"
    command = ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", ""]

    def ready() -> bool:
        return "Ready to accept connections" in log.read_text()

    address = f"127.0.0.1:{redis}"
    with running([*command, "--dir", str(tmp_path)], ready, log):
        async with livekit_media(tmp_path, redis=address) as first:
            keys = {KEY: SECRET}
            with livekit_server(tmp_path, keys, redis=address, name="second") as second:
                carol = await enter(first, browser, first.ws, first.token("carol"))
                dave = await enter(first, browser, second.ws, first.token("dave"))
                await sees(dave, "carol")
                await sees(carol, "dave")
                sink = RecordingSink(tmp_path)
                async with tapping(first, sink, lambda: recorder_token(first)):
                    await heard(sink, 50)
                async with api.LiveKitAPI(second.http, KEY, SECRET) as admin:
                    who = api.RoomParticipantIdentity(room=ROOM, identity="carol")
                    await admin.room.remove_participant(who)
                await told(carol, "disconnected 4")  # DisconnectReason.PARTICIPANT_REMOVED
                await told(dave, "participantDisconnected carol")
