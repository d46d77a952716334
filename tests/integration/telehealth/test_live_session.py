"""A live session through the real doors: agenda, rights, consent, images and the log agree."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import jwt
import pytest

from telehealth.settings import livekit_key
from tests.support.conference import conference
from tests.support.core import PASSWORD, person_id
from tests.support.live_room import SEATS, LiveRoom, live_room
from tests.support.live_vectors import STUDY, mark, view

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LiveRoom]:
    async with conference(tmp_path, MONDAY) as meeting, live_room(meeting) as made:
        yield made


async def test_cs1_cs2_the_agenda_moves_with_the_log(room: LiveRoom) -> None:
    first, second = room.case_ids
    async with room.enter("chutoa") as chair, room.enter("bacsi") as presenter:
        await chair.hello()
        await presenter.hello()
        assert await presenter.does("session_started") == "not-allowed"
        assert await chair.does("session_started") == "ok"
        assert await room.session_state() == "live"
        assert await chair.does("case_opened", case_id=first) == "ok"
        assert await room.case_state(0) == "live"
        assert await presenter.does("control_taken") == "ok"
        assert await chair.does("case_opened", case_id=second) == "ok"
        assert [await room.case_state(0), await room.case_state(1)] == ["concluded", "live"]
        assert await chair.does("case_closed") == "ok"
        assert await room.case_state(1) == "concluded"
        assert await chair.does("case_opened", case_id=first) == "ok"
        assert await chair.does("session_ended") == "ok"
        assert await room.session_state() == "ended"
        assert await room.case_state(0) == "concluded"


async def test_cs2_a_case_without_consent_stays_shut(room: LiveRoom) -> None:
    path = f"/api/cases/{room.case_ids[0]}/consent"
    await room.meeting.call("bacsi", "DELETE", path, {"reason": "Người bệnh rút lại"})
    async with room.enter("chutoa") as chair:
        await chair.hello()
        assert await chair.does("session_started") == "ok"
        assert await chair.does("case_opened", case_id=room.case_ids[0]) == "consent-missing"
        assert await chair.does("case_opened", case_id=str(person_id("x"))) == "case-not-on-agenda"
        assert await chair.does("case_opened", case_id=room.case_ids[1]) == "ok"
        assert await room.case_state(0) == "scheduled"


async def test_cs2_what_the_agenda_refuses_is_not_logged(room: LiveRoom) -> None:
    room.meeting.material.known.clear()  # the images are gone: the case cannot be shown
    async with room.enter("chutoa") as chair:
        await chair.hello()
        assert await chair.does("session_started") == "ok"
        assert await chair.does("case_opened", case_id=room.case_ids[0]) == "case-incomplete"
        assert await chair.does("hand_raised") == "ok"
        welcome = await chair_again(room)
        assert (welcome["seq"], welcome["state"]["case_id"]) == (2, None)


async def chair_again(room: LiveRoom) -> dict[str, object]:
    async with room.enter("thuky") as secretary:
        return await secretary.hello()


async def test_vs2_only_images_of_the_open_case_are_shown(room: LiveRoom) -> None:
    async with room.enter("chutoa") as chair:
        await chair.hello()
        await chair.does("session_started")
        await chair.does("case_opened", case_id=room.case_ids[0])
        await chair.does("control_taken")
        assert await chair.does("view_changed", **view()) == "image-not-in-case"
        await room.link_study(0, STUDY)
        room.meeting.clock.now = datetime(2026, 11, 23, 2, 1, tzinfo=UTC)
        assert await chair.does("view_changed", **view()) == "ok"
        assert await chair.does("mark_added", **mark()) == "ok"
        key_image = {"sop_uid": "1.2.840.1.1.7", "frame": 1}
        assert await chair.does("key_image_toggled", **key_image) == "image-not-in-case"
        assert await chair.does("case_opened", case_id=room.case_ids[1]) == "ok"
        await chair.does("control_taken")
        assert await chair.does("view_changed", **view()) == "image-not-in-case"


async def test_a_session_started_and_ended_by_its_own_door_is_told_to_all(room: LiveRoom) -> None:
    async with room.enter("chuyengia") as member:
        assert (await member.hello())["state"]["session_state"] == "planned"
        await room.meeting.call("chutoa", "POST", room.path + "/start", {})
        event = await member.hear("event")
        assert (event["kind"], event["by"]) == ("session_started", str(person_id("chutoa")))
        await room.meeting.call("chutoa", "POST", room.path + "/end", {})
        assert (await member.hear("event"))["kind"] == "session_ended"


async def test_the_open_case_is_withheld_from_the_doctor_of_another_hospital(
    room: LiveRoom,
) -> None:
    seats = SEATS | {"nguoikhac": "presenter"}
    items = [{"person_id": str(person_id(who)), "seat": seat} for who, seat in seats.items()]
    await room.meeting.call("dieuphoi", "PUT", room.path + "/people", {"items": items})
    async with room.enter("chutoa") as chair, room.enter("nguoikhac") as elsewhere:
        await chair.hello()
        await elsewhere.hello()
        assert await chair.does("session_started") == "ok"
        assert await chair.does("case_opened", case_id=room.case_ids[0]) == "ok"
        assert (await elsewhere.hear("event"))["kind"] == "session_started"
    for username, withheld in (("nguoikhac", True), ("bacsi", False), ("chuyengia", False)):
        session = await room.meeting.call(username, "GET", room.path)
        brief = session["agenda"][0]["case"]
        assert brief["withheld"] is withheld, username
        assert bool(brief["patient"]["display_name"]) is not withheld
        assert bool(brief["facility"]["name"])  # whose case it is may be known
        path = f"/api/cases/{room.case_ids[0]}"
        await room.meeting.call(username, "GET", path, expect=403 if withheld else 200)


async def test_lc9_signing_out_closes_the_connections_of_that_sign_in_alone(
    room: LiveRoom,
) -> None:
    async with room.enter("bacsi") as presenter, room.enter("chuyengia") as member:
        await presenter.hello()
        await member.hello()
        elsewhere = {"username": "bacsi", "password": PASSWORD}
        async with aiohttp.ClientSession(room.origin) as other:
            async with other.post("/api/login", json=elsewhere) as answer:
                bearer = {"Authorization": f"Bearer {(await answer.json())['token']}"}
            async with other.post("/api/logout", headers=bearer) as answer:
                assert answer.status == 204
        assert await presenter.does("hand_raised") == "ok"
        await room.meeting.call("bacsi", "POST", "/api/logout", expect=204)
        while not (message := await presenter.ws.receive(15)).type.name.startswith("CLOS"):
            continue
        assert presenter.ws.close_code == 4401, message
        assert await member.does("hand_raised") == "ok"


async def test_join_gives_the_media_token_of_the_seat(room: LiveRoom) -> None:
    for username, seat in SEATS.items():
        joined = await room.meeting.call(username, "POST", room.path + "/join", {})
        assert joined["live_url"] == f"/live/{room.session_id}"
        assert (joined["seat"], joined["identity"]) == (seat, str(person_id(username)))
        assert joined["url"] == "ws://127.0.0.1:8000"
        key, secret = livekit_key(room.meeting.parts.settings)
        unchecked = {"verify_exp": False, "verify_nbf": False}  # the test's clock stands still
        claims = jwt.decode(joined["token"], secret, ["HS256"], options=unchecked)
        assert (claims["iss"], claims["sub"]) == (key, str(person_id(username)))
        assert claims["exp"] - MONDAY.timestamp() == 600
        video = claims["video"]
        assert (video["room"], video["roomJoin"]) == (room.session_id, True)
        assert video["canPublish"] is (seat != "observer")
        assert json.loads(claims["metadata"])["seat"] == seat


async def test_who_has_no_seat_does_not_come_in(room: LiveRoom) -> None:
    refused = await room.meeting.call("nguoikhac", "POST", room.path + "/join", {}, 403)
    assert refused["type"] == "/problems/not-allowed"
    await room.meeting.call("nguoikhac", "GET", room.path + "/live-log", expect=403)
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with room.enter("nguoikhac"):
            pass
    assert caught.value.status == 403


async def test_lc9_sign_in_and_origin_are_checked_before_the_socket_opens(room: LiveRoom) -> None:
    url = f"{room.origin}/live/{room.session_id}"
    own = {"Origin": "http://127.0.0.1:8000", "X-Telehealth": "1"}
    jar = aiohttp.CookieJar(unsafe=True)  # the server is an address, not a name
    once = aiohttp.TCPConnector(force_close=True)  # a refused handshake ends the connection
    async with aiohttp.ClientSession(cookie_jar=jar, connector=once) as http:
        assert await handshake(http, url) == 401
        body = {"username": "chutoa", "password": PASSWORD}
        async with http.post(f"{room.origin}/api/login", json=body, headers=own) as answer:
            token = (await answer.json())["token"]
        assert await handshake(http, url, {"Origin": "http://evil.example"}) == 403
        assert await handshake(http, url, {}) == 403
        assert await handshake(http, url, own) == 101
    once = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=once) as http:
        assert await handshake(http, f"{url}?token={token}") == 101
        assert await handshake(http, f"{url}?token=wrong") == 401


async def handshake(
    http: aiohttp.ClientSession, url: str, headers: dict[str, str] | None = None
) -> int:
    try:
        async with http.ws_connect(url, headers=headers):
            return 101
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status


async def test_the_log_is_paged_in_order(room: LiveRoom) -> None:
    async with room.enter("chutoa") as chair:
        await chair.hello()
        for number in range(7):
            await chair.does("chat_message", text=f"tin {number}")
    path = room.path + "/live-log"
    first = await room.meeting.call("thuky", "GET", path + "?limit=5")
    assert [item["seq"] for item in first["items"]] == [1, 2, 3, 4, 5]
    rest = await room.meeting.call("thuky", "GET", f"{path}?limit=5&after={first['next']}")
    assert [item["body"]["text"] for item in rest["items"]] == ["tin 5", "tin 6"]
    assert rest["next"] is None
    for wrong in ("limit=0", "limit=x", "after=-1", "after=1e3"):
        await room.meeting.call("thuky", "GET", f"{path}?{wrong}", expect=400)


async def test_a_called_off_session_cannot_be_entered(room: LiveRoom) -> None:
    await room.meeting.call("chutoa", "POST", room.path + "/cancel", {"reason": "Mất điện"})
    refused = await room.meeting.call("chutoa", "POST", room.path + "/join", {}, 409)
    assert refused["type"] == "/problems/session-not-joinable"
