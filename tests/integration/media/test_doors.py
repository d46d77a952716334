"""HTTP doors of the media plane: validation, refusal before accept, RoomService. Rules: H1-H9."""

import asyncio
import base64
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from livekit.protocol import models, room, rtc
from playwright.async_api import Browser, Error
from wsproto import ConnectionType, WSConnection
from wsproto.events import RejectConnection
from wsproto.events import Request as Upgrade

from signaling.errors import ParticipantMissing, RoomMissing
from signaling.room_service import RoomService
from tests.support.media import KEY, ROOM, SECRET, MediaServer, join, sees, told, until


def _now() -> datetime:
    return datetime.now(UTC)


async def _upgrade(server: MediaServer, target: str, token: str) -> int:
    """The HTTP status with which an upgrade was refused; 101 when it was not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server.ws).port)
    protocol = WSConnection(ConnectionType.CLIENT)
    headers = [(b"Authorization", f"Bearer {token}".encode())]
    writer.write(protocol.send(Upgrade("127.0.0.1", target, extra_headers=headers)))
    protocol.receive_data(await reader.read(4096))
    event = next(iter(protocol.events()))
    writer.close()
    await writer.wait_closed()
    return event.status_code if isinstance(event, RejectConnection) else 101


async def test_h1_validate_tells_the_status_to_any_origin(server: MediaServer) -> None:
    async with httpx.AsyncClient(base_url=server.http, trust_env=False) as http:
        good = await http.get("/rtc/validate", params={"access_token": server.token("carol")})
        bad = await http.get("/rtc/validate", params={"access_token": "x.y.z"})
        no_join = server.token("carol", room_join=False)
        wrong = await http.get("/rtc/validate", headers={"Authorization": f"Bearer {no_join}"})
        packed = await http.get(
            "/rtc/v1/validate", params={"access_token": server.token("carol"), "join_request": "@"}
        )
        regions = await http.get("/settings/regions")
    statuses = [answer.status_code for answer in (good, bad, wrong, packed, regions)]
    assert statuses == [200, 401, 401, 400, 404]
    assert good.text == "success"
    assert {a.headers["access-control-allow-origin"] for a in (good, bad, wrong, packed)} == {"*"}


async def test_h2_a_refusal_is_an_http_status_before_the_socket_opens(server: MediaServer) -> None:
    bomb = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(bytes(50_000_000))
    )
    packed = base64.urlsafe_b64encode(bomb.SerializeToString()).decode()
    token, no_join = server.token("carol"), server.token("carol", room_join=False)
    assert await _upgrade(server, "/rtc?protocol=17", "x.y.z") == 401
    assert await _upgrade(server, "/rtc?protocol=17", no_join) == 401
    assert await _upgrade(server, "/rtc/v1", token) == 400
    assert await _upgrade(server, f"/rtc/v1?join_request={packed}", token) == 400
    assert await _upgrade(server, "/rtc?protocol=17", token) == 101


async def test_h2_a_malformed_question_is_the_askers_fault(server: MediaServer) -> None:
    token, nobody = server.token("carol"), server.token("carol", room="\ud800")
    crowd = "&".join(f"f{number}=1" for number in range(65))
    async with httpx.AsyncClient(base_url=server.http, trust_env=False) as http:
        crowded = await http.get(f"/rtc/validate?{crowd}&access_token={token}")
        halved = await http.get("/rtc/validate", params={"access_token": nobody})
    assert (crowded.status_code, halved.status_code) == (400, 401)
    assert await _upgrade(server, f"/rtc?{crowd}", token) == 400
    assert await _upgrade(server, "/rtc?protocol=17", nobody) == 401


async def test_h3_room_service_speaks_protobuf_and_json(server: MediaServer) -> None:
    admin = server.token("", room_create=True, room_list=True, room_admin=True)
    headers = {"Authorization": f"Bearer {admin}"}
    base = f"{server.http}/twirp/livekit.RoomService"
    async with httpx.AsyncClient(headers=headers, trust_env=False) as http:
        made = await http.post(f"{base}/CreateRoom", json={"name": ROOM, "metadata": "m"})
        assert made.json()["name"] == ROOM
        other = room.CreateRoomRequest(name="another").SerializeToString()
        protobuf = {"Content-Type": "application/protobuf"}
        await http.post(f"{base}/CreateRoom", content=other, headers=protobuf)
        listed = await http.post(f"{base}/ListRooms", json={})  # rooms of both workers
        assert sorted(r["name"] for r in listed.json()["rooms"]) == ["another", ROOM]
        for method, body, status, code in (
            ("Nonsense", {}, 404, "bad_route"),
            ("ListParticipants", {"room": "another"}, 401, "unauthenticated"),
            ("GetParticipant", {"room": ROOM, "identity": "x"}, 404, "not_found"),
            ("DeleteRoom", {"room": "nowhere"}, 404, "not_found"),
            ("CreateRoom", {"name": 7}, 400, "malformed"),
        ):
            refused = await http.post(f"{base}/{method}", json=body)
            assert (refused.status_code, refused.json()["code"]) == (status, code), method
        broken = await http.post(f"{base}/ListRooms", content=b"\xff\xff", headers=protobuf)
        assert (broken.status_code, broken.json()["code"]) == (400, "malformed")
        nobody = await http.post(
            f"{base}/ListRooms", json={}, headers={"Authorization": "Bearer x"}
        )
        assert nobody.status_code == 401


async def test_h3_a_call_without_end_is_cut_off(server: MediaServer) -> None:
    url = f"{server.http}/twirp/livekit.RoomService/ListRooms"
    async with httpx.AsyncClient(trust_env=False) as http:
        huge = await http.post(url, content=bytes(2_000_000))
        nameless = await http.post(
            url.replace("ListRooms", "CreateRoom"),
            json={"name": ""},
            headers={"Authorization": f"Bearer {server.token('', room_create=True)}"},
        )
    assert huge.status_code == 413
    assert nameless.json()["code"] == "invalid_argument"


@pytest.fixture
async def service(server: MediaServer) -> AsyncIterator[RoomService]:
    """RoomService as the product uses it."""
    made = RoomService(server.ws, KEY, SECRET, _now)
    yield made
    await made.close()


async def test_h4_the_product_controls_a_room_by_room_service(
    server: MediaServer, browser: Browser, service: RoomService
) -> None:
    with pytest.raises(RoomMissing):
        await service.delete(ROOM)
    assert await service.people(ROOM) == []
    await service.create(ROOM, most_people=2)
    carol = await join(server, browser, "carol")
    dave = await join(server, browser, "dave", devices=False)
    await sees(dave, "carol")
    with pytest.raises(Error, match="ConnectionError"):
        await join(server, browser, "third", devices=False)

    async def counted() -> bool:  # livekit-server counts a moment after it lets one in
        return [r.num_participants for r in await service.rooms()] == [2]

    await until(counted, "two participants in the list of rooms")
    people = {person.identity: person for person in await service.people(ROOM)}
    microphone = next(t for t in people["carol"].tracks if t.source == models.MICROPHONE)
    await service.mute(ROOM, "carol", microphone.sid)
    await told(dave, "trackMuted")
    await service.tell(ROOM, b"hello", "notice", ("dave",))
    await told(dave, "data  hello")
    silent = models.ParticipantPermission(can_subscribe=True)
    await service.permit(ROOM, "carol", silent)
    await told(dave, "trackUnpublished")

    async def silenced() -> bool:  # her page is told by a message of its own
        may = await carol.evaluate("room.localParticipant.permissions.canPublish")
        return may is False

    await until(silenced, "carol's page knows that it may not publish")
    await service.remove(ROOM, "carol")
    await told(carol, "disconnected 4")  # DisconnectReason.PARTICIPANT_REMOVED
    with pytest.raises(ParticipantMissing):
        await service.remove(ROOM, "carol")
    await service.delete(ROOM)
    await told(dave, "disconnected 5")  # DisconnectReason.ROOM_DELETED


async def test_h5_webhooks_are_signed_and_in_order(server: MediaServer, browser: Browser) -> None:
    page = await join(server, browser, "carol")
    await page.evaluate("room.disconnect()")

    async def left() -> bool:
        return any(json.loads(body)["event"] == "participant_left" for _, body in server.hooks)

    await until(left, "participant_left")
    events = [json.loads(body) for _, body in server.hooks]
    assert [event["event"] for event in events][:2] == ["room_started", "participant_joined"]
    assert events[1]["participant"]["identity"] == "carol"
    signature, body = server.hooks[0]
    claims = jwt.decode(signature, SECRET, algorithms=["HS256"])
    assert base64.b64decode(claims["sha256"]) == hashlib.sha256(body).digest()
