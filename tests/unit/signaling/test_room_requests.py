"""RoomService calls against rooms in memory."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, room

from signaling import effects as fx
from signaling.grant import Grant, write_token
from signaling.messages import Question, Reply
from signaling.room_requests import JSON, METHODS, PROTOBUF, answer
from tests.support.media_builders import NOW, StageRooms, a_section

KEYS = {"key": "a-secret-of-at-least-thirty-two-bytes"}


def _ask(rooms: StageRooms, method: str, body: Any, **rights: Any) -> Reply:
    grant = Grant("", room="conference", **({"room_admin": True} | rights))
    token = write_token(grant, "key", KEYS["key"], NOW, timedelta(minutes=1))
    is_json = isinstance(body, dict)
    raw = json.dumps(body).encode() if is_json else body
    question = Question("twirp", method, JSON if is_json else PROTOBUF, token, raw)
    return answer(rooms, question, KEYS, NOW)


def test_h12_removal_revokes_the_tokens_of_who_is_away_too() -> None:
    rooms, carol = StageRooms(), Grant("carol", room="conference", issued_at=999)
    body = {"room": "conference", "identity": "carol", "revoke_token_ts": 1000}
    assert _ask(rooms, "RemoveParticipant", body, room_admin=False).status == 401
    assert not rooms.revocations.cover(carol, NOW)
    assert _ask(rooms, "RemoveParticipant", body).status == 404
    assert rooms.revocations.cover(carol, NOW)


def test_h10_subscriptions_are_set_for_a_participant() -> None:
    rooms = StageRooms()
    stage = rooms.stage
    carol, dave = stage.enter("carol"), stage.enter("dave", auto_subscribe=False)
    track = stage.publishes(carol)
    body = {"room": "conference", "identity": "dave", "track_sids": [track], "subscribe": True}
    assert _ask(rooms, "UpdateSubscriptions", body).status == 200
    stage.offers(dave, a_section("audio", "1"))
    assert [e.track for e in stage.take(fx.Forward)] == [track]
    assert _ask(rooms, "UpdateSubscriptions", body | {"subscribe": False}).status == 200
    assert [e.track for e in stage.take(fx.StopForwarding)] == [track]


def test_h11_room_metadata_reaches_everyone() -> None:
    rooms = StageRooms()
    carol = rooms.stage.enter("carol")
    reply = _ask(rooms, "UpdateRoomMetadata", {"room": "conference", "metadata": "agenda"})
    assert json.loads(reply.body)["metadata"] == "agenda"
    assert rooms.stage.sent(carol, "room_update")[-1].room.metadata == "agenda"
    huge = _ask(rooms, "UpdateRoomMetadata", {"room": "conference", "metadata": "x" * 70_000})
    assert huge.status == 400


def test_h12_data_goes_to_those_named() -> None:
    rooms = StageRooms()
    stage = rooms.stage
    stage.enter("carol")
    dave = stage.enter("dave")
    request = room.SendDataRequest(
        room="conference",
        data=b"x",
        kind=models.DataPacket.LOSSY,
        destination_identities=["dave"],
        topic="notice",
    )
    assert _ask(rooms, "SendData", request.SerializeToString()).content_type == PROTOBUF
    (delivered,) = stage.take(fx.Deliver)
    assert delivered.participant == dave.sid
    assert models.DataPacket.FromString(delivered.packet).user.topic == "notice"


def test_h13_a_moderator_mutes_but_never_unmutes() -> None:
    rooms = StageRooms()
    carol = rooms.stage.enter("carol")
    track = rooms.stage.publishes(carol)
    body = {"room": "conference", "identity": "carol", "track_sid": track, "muted": True}
    assert _ask(rooms, "MutePublishedTrack", body).status == 200
    assert rooms.stage.sent(carol, "mute")[0].muted
    assert _ask(rooms, "MutePublishedTrack", body | {"muted": False}).status == 412
    assert _ask(rooms, "MutePublishedTrack", body | {"track_sid": "TR_x"}).status == 404


def test_h14_rights_taken_away_end_what_they_allowed() -> None:
    rooms = StageRooms()
    stage = rooms.stage
    carol, dave = stage.enter("carol"), stage.enter("dave")
    stage.publishes(carol)
    track = stage.publishes(dave)
    stage.offers(carol, a_section("audio", "0", "sendonly"), a_section("audio", "1"))
    body = {"room": "conference", "identity": "carol", "permission": {"can_publish": False}}
    reply = json.loads(_ask(rooms, "UpdateParticipant", body).body)
    assert reply["permission"] == {}
    assert carol.tracks == {}
    assert stage.sent(carol, "track_unpublished")
    stopped = [(e.participant, e.track) for e in stage.effects if isinstance(e, fx.StopForwarding)]
    assert (carol.sid, track) in stopped


@pytest.mark.parametrize("method", sorted(METHODS))
def test_h15_no_method_works_without_its_right(method: str) -> None:
    rooms = StageRooms()
    carol = rooms.stage.enter("carol")
    body = {"room": "conference", "identity": "carol", "name": "conference"}
    reply = _ask(rooms, method, body, room_admin=False)
    assert (reply.status, json.loads(reply.body)["code"]) == (401, "unauthenticated")
    assert rooms.room("conference").participants == {"carol": carol}


@given(st.sampled_from(sorted(METHODS)), st.binary(max_size=80), st.booleans())
def test_h16_any_body_is_answered(method: str, noise: bytes, as_json: bool) -> None:
    rooms = StageRooms()
    question = Question("twirp", method, JSON if as_json else PROTOBUF, "", noise)
    assert answer(rooms, question, KEYS, NOW).status == 401
    rights = {"room_create": True, "room_list": True}
    token = write_token(
        Grant("", room="", room_admin=True, **rights), "key", KEYS["key"], NOW, timedelta(minutes=1)
    )
    question = Question("twirp", method, question.content_type, token, noise)
    assert answer(rooms, question, KEYS, NOW).status in (200, 400, 403, 404)
