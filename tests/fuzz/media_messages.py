"""Fuzz targets of the signal connection and the HTTP doors: messages of rooms, tokens, requests."""

import asyncio
import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from aiortc import RTCCertificate
from jwt import PyJWS
from livekit.protocol import models, room, rtc

from signaling import data_delivery, live_messages, sdp, tap_sdp
from signaling.admission import Admission, read_join_request
from signaling.data_packets import RELIABLE
from signaling.errors import MalformedMessage, TokenRefused
from signaling.grant import Grant, read_token, write_token
from signaling.host import Host
from signaling.live_errors import BadMessage
from signaling.messages import Question
from signaling.mux import Mux
from signaling.room import JoinOptions, RoomSettings
from signaling.room_requests import JSON, METHODS, PROTOBUF, answer
from tests.fuzz.media_packets import LOOP
from tests.fuzz.target import Target, framed, frames
from tests.support.media_builders import (
    FINGERPRINT,
    NOW,
    Stage,
    StageRooms,
    a_section,
    an_offer,
)

KEYS = {"key": "a-secret-of-at-least-thirty-two-bytes"}
ENDPOINT = sdp.Endpoint(FINGERPRINT, ("1 1 udp 2130706431 10.0.0.1 7000 typ host",))
LOCAL = sdp.Local(ENDPOINT, sdp.Credentials("ufrag1234567", "p" * 32), "active", 1)
_CERTIFICATE = RTCCertificate.generateCertificate()
_OFFER = an_offer(
    a_section("audio", "0", "sendonly", track_id="mic", ssrcs=(7, 8)),
    a_section("video", "1", "sendonly", track_id="cam", rids=("q", "h", "f")),
    a_section("video", "2", "recvonly"),
    a_section("application", "3"),
)


# -- a worker's rooms


class _Link:
    """A signal connection that takes everything."""

    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


def _host() -> Host:
    settings = RoomSettings(ENDPOINT, lambda identity, now: (), lambda grant, key, now: "token")
    return Host(Mux(), _CERTIFICATE, settings, lambda name, effect: None)


async def _heard(data: bytes) -> None:
    """Signal messages of two people in turn, one of each version of the protocol; then they go."""
    host, said = _host(), list(frames(data))
    link = _Link()
    people = []
    for identity, is_dual in (("carol", False), ("dave", True)):
        grant = Grant(identity, name=identity, room="r", room_join=True)
        options = JoinOptions(is_dual, True, models.ClientInfo(), "", {})
        people.append(host.join(Admission(grant, "key", options), link))
    for number, message in enumerate(said):
        joined = people[number % 2]
        assert joined is not None
        host.hear(*joined, link, message)
    for found in host.rooms.values():
        found.tick(NOW + timedelta(days=3650))
        host.settle(found)
        for participant in list(found.participants.values()):
            found.forget(participant, models.CLIENT_INITIATED, NOW)
        host.settle(found)
    while host._closing:
        await asyncio.gather(*host._closing)


def _requests() -> Iterator[rtc.SignalRequest]:
    offer = rtc.SessionDescription(type="offer", sdp=_OFFER, id=1)
    yield rtc.SignalRequest(
        add_track=rtc.AddTrackRequest(cid="mic", type=models.AUDIO, source=models.MICROPHONE)
    )
    layers = [models.VideoLayer(quality=models.LOW, width=320, height=180)]
    yield rtc.SignalRequest(
        add_track=rtc.AddTrackRequest(
            cid="cam", type=models.VIDEO, source=models.CAMERA, layers=layers
        )
    )
    yield rtc.SignalRequest(offer=offer)
    yield rtc.SignalRequest(answer=rtc.SessionDescription(type="answer", sdp=_OFFER, id=1))
    yield rtc.SignalRequest(trickle=rtc.TrickleRequest(candidateInit='{"candidate":""}'))
    yield rtc.SignalRequest(mute=rtc.MuteTrackRequest(sid="TR_1", muted=True))
    yield rtc.SignalRequest(
        subscription=rtc.UpdateSubscription(track_sids=["TR_1"], subscribe=True)
    )
    setting = rtc.UpdateTrackSettings(track_sids=["TR_1"], quality=models.LOW, width=9, fps=5)
    yield rtc.SignalRequest(track_setting=setting)
    permission = rtc.TrackPermission(participant_identity="dave", track_sids=["TR_1"])
    yield rtc.SignalRequest(
        subscription_permission=rtc.SubscriptionPermission(track_permissions=[permission])
    )
    yield rtc.SignalRequest(
        update_metadata=rtc.UpdateParticipantMetadata(metadata="m", attributes={"a": "b"})
    )
    yield rtc.SignalRequest(
        sync_state=rtc.SyncState(
            answer=offer, subscription=rtc.UpdateSubscription(track_sids=["TR_1"])
        )
    )
    yield rtc.SignalRequest(ping_req=rtc.Ping(timestamp=1, rtt=2))
    yield rtc.SignalRequest(simulate=rtc.SimulateScenario(speaker_update=3))
    yield rtc.SignalRequest(leave=rtc.LeaveRequest(reason=models.CLIENT_INITIATED))


def _delivered(data: bytes) -> None:
    stage = Stage()
    carol, _ = stage.enter("carol"), stage.enter("dave")
    for frame in frames(data):
        data_delivery.data_received(stage.room, carol.sid, RELIABLE, frame)
    data_delivery.channel_open(stage.room, carol.sid)
    stage.drain()


def _packets() -> tuple[bytes, ...]:
    user = models.DataPacket(
        user=models.UserPacket(payload=b"hello", topic="t", destination_identities=["dave"]),
        sequence=1,
    )
    header = models.DataStream.Header(stream_id="s", topic="t", total_length=5)
    stream = models.DataPacket(stream_header=header, destination_identities=["dave"], sequence=2)
    call = models.DataPacket(rpc_request=models.RpcRequest(id="1", method="m"), sequence=3)
    packets = [each.SerializeToString() for each in (user, stream, call)]
    return (framed(*packets), *(framed(each) for each in packets))


# -- descriptions, tokens, requests


def _described(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    tap_sdp.read_offer(text)
    sdp.write_answer(LOCAL, sdp.parse(text), {}, {})


def _joining(data: bytes) -> None:
    """The first byte says how much is already in order: nothing, base64, or gzip as well."""
    match data[0] % 4 if data else 0:
        case 0:
            read_join_request("v0", data[1:].decode("latin-1"))
        case 1:
            read_join_request("v1", data[1:].decode("latin-1"))
        case 2:
            read_join_request("v1", "join_request=" + urlsafe_b64encode(data[1:]).decode())
        case 3:
            read_join_request("v1", _packed(data[1:]))


def _packed(plain: bytes) -> str:
    wrapped = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(plain, 1)
    )
    return urlencode({"join_request": urlsafe_b64encode(wrapped.SerializeToString())})


def _join_seeds() -> tuple[bytes, ...]:
    join = rtc.JoinRequest(
        client_info=models.ClientInfo(sdk=models.ClientInfo.JS, version="2.17.0", protocol=16),
        connection_settings=rtc.ConnectionSettings(auto_subscribe=True),
        publisher_offer=rtc.SessionDescription(type="offer", sdp=_OFFER),
    ).SerializeToString()
    wrapped = rtc.WrappedJoinRequest(join_request=join).SerializeToString()
    v0 = "sdk=js&protocol=16&version=2.17.0&auto_subscribe=1&attributes=eyJhIjoiYiJ9"
    return (
        b"\0" + v0.encode(),
        b"\1" + _packed(join).encode(),
        b"\2" + wrapped,
        b"\3" + join,
    )


def _signed(claims: bytes) -> None:
    read_token(PyJWS().encode(claims, KEYS["key"], "HS256", {"typ": "JWT"}), KEYS, NOW)


def _claims() -> bytes:
    video = {"room": "r", "roomJoin": True, "canPublish": True, "canPublishSources": ["camera"]}
    times = {"nbf": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 60}
    claims = {"iss": "key", "sub": "carol", "name": "Lê", "video": video, "attributes": {"a": "b"}}
    return json.dumps(claims | times | {"metadata": "m", "kind": "standard"}).encode()


_TOKEN = write_token(
    Grant("carol", room="r", room_join=True), "key", KEYS["key"], NOW, timedelta(1)
)
_ADMIN = write_token(
    Grant("", room="conference", room_admin=True, room_create=True, room_list=True),
    "key",
    KEYS["key"],
    NOW,
    timedelta(1),
)


def _asked(data: bytes) -> None:
    """The first byte chooses the method, its highest bit JSON."""
    rooms, names = StageRooms(), sorted(METHODS)
    rooms.stage.enter("carol")
    number = data[0] if data else 0
    kind = JSON if number & 0x80 else PROTOBUF
    question = Question("q", names[number % 0x80 % len(names)], kind, _ADMIN, data[1:])
    reply = answer(rooms, question, KEYS, NOW)
    assert reply.status < 500, reply


def _questions() -> tuple[bytes, ...]:
    found = []
    fields = {"room": "conference", "identity": "carol", "name": "conference"}
    for number, name in enumerate(sorted(METHODS)):
        request: Any = METHODS[name][0]()
        known = {each.name for each in request.DESCRIPTOR.fields}
        chosen = {key: value for key, value in fields.items() if key in known}
        for key, value in chosen.items():
            setattr(request, key, value)
        found.append(bytes([number]) + request.SerializeToString())
        found.append(bytes([0x80 | number]) + json.dumps(chosen).encode())
    sent = room.SendDataRequest(room="conference", data=b"x", destination_identities=["carol"])
    return (*found, bytes([sorted(METHODS).index("SendData")]) + sent.SerializeToString())


_LIVE = (
    {"type": "hello", "last_seq": 4},
    {"type": "event", "id": "a1", "kind": "case_opened", "body": {"case_id": "x"}},
    {
        "type": "pointer",
        "viewport": 0,
        "sop_uid": "1.2",
        "frame": 1,
        "at": [1.5, 2],
        "visible": True,
    },
    {"type": "ping", "t": 1.5},
)
TARGETS = (
    Target(
        "signal",
        (
            framed(*(each.SerializeToString() for each in _requests())),
            *(framed(each.SerializeToString()) for each in _requests()),
        ),
        lambda data: LOOP.run_until_complete(_heard(data)),
        max_bytes=16_384,
    ),
    Target("data", _packets(), _delivered, (MalformedMessage,)),
    Target("sdp", (_OFFER.encode(),), _described, (MalformedMessage,), max_bytes=16_384),
    Target("join", _join_seeds(), _joining, (MalformedMessage,)),
    Target(
        "token",
        (_TOKEN.encode(),),
        lambda data: read_token(data.decode("latin-1"), KEYS, NOW),
        (TokenRefused,),
    ),
    Target("claims", (_claims(),), _signed, (TokenRefused,)),
    Target("room-service", _questions(), _asked),
    Target(
        "live-log",
        tuple(json.dumps(each).encode() for each in _LIVE),
        lambda data: live_messages.parse(data.decode("utf-8", "replace")),
        (BadMessage,),
    ),
)
