"""LiveKit's RoomService, server side: a Twirp call in, an answer out. Decisions only."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError, Message
from livekit.protocol import models, room, rtc

from signaling import conversation, data_delivery, publishing, subscriptions
from signaling import effects as fx
from signaling.errors import (
    GrantMissing,
    MalformedMessage,
    ParticipantMissing,
    RoomMissing,
    SignalingError,
    TokenRefused,
    TrackMissing,
    UnmuteRefused,
    UnreadableRequest,
)
from signaling.grant import Grant, read_token
from signaling.limits import DATA_PACKET_BYTES, METADATA_BYTES, ROOM_NAME_BYTES
from signaling.messages import Question, Reply
from signaling.participant import Participant, grant_with
from signaling.revocations import Revocations
from signaling.room import Room, copy_of, copy_of_track

JSON, PROTOBUF = "application/json", "application/protobuf"


class Rooms(Protocol):
    """What a worker offers: its rooms."""

    rooms: dict[str, Room]
    revocations: Revocations

    def room(self, name: str) -> Room:
        """The room of this name, made if need be."""

    def settle(self, room: Room) -> None:
        """Performs the room's effects."""


_FAILURES: dict[type[SignalingError], tuple[int, str]] = {
    TokenRefused: (401, "unauthenticated"),
    GrantMissing: (401, "unauthenticated"),  # as livekit-server says it
    MalformedMessage: (400, "invalid_argument"),
    UnreadableRequest: (400, "malformed"),
    RoomMissing: (404, "not_found"),
    ParticipantMissing: (404, "not_found"),
    TrackMissing: (404, "not_found"),
    UnmuteRefused: (412, "failed_precondition"),
}


def answer(rooms: Rooms, question: Question, keys: Mapping[str, str], now: datetime) -> Reply:
    """Performs one call; every refusal is a Twirp error, never an exception."""
    try:
        grant, _ = read_token(question.token, keys, now)
        method = METHODS.get(question.method)
        if method is None:
            return failure(404, "bad_route", question.method)
        request = read_request(question.method, question.content_type, question.body)
        made = method[1](rooms, grant, request, now)
    except SignalingError as error:
        status, code = _FAILURES[type(error)]
        return failure(status, code, str(error))
    if question.content_type.startswith(JSON):
        text = MessageToJson(made, preserving_proto_field_name=True, indent=None)
        return Reply(200, JSON, text.encode())
    return Reply(200, PROTOBUF, made.SerializeToString())


def failure(status: int, code: str, message: str) -> Reply:
    """A Twirp error."""
    return Reply(status, JSON, json.dumps({"code": code, "msg": message}).encode())


def read_request(method: str, content_type: str, body: bytes) -> Message:
    """The typed request of a method, from protobuf or JSON; UnreadableRequest otherwise."""
    request = METHODS[method][0]()
    try:
        if content_type.startswith(JSON):
            Parse(body.decode(), request, ignore_unknown_fields=True, max_recursion_depth=20)
        else:
            request.ParseFromString(body)
    except (ParseError, DecodeError, UnicodeDecodeError) as error:
        raise UnreadableRequest("request") from error
    return request


def room_named(request: Message) -> str:
    """The room a request is about; empty when it is about all."""
    return str(getattr(request, "room", "") or getattr(request, "name", ""))


def _allow(grant: Grant, name: str) -> None:
    if not grant.room_admin or grant.room != name:
        raise GrantMissing("roomAdmin")


def _find(rooms: Rooms, grant: Grant, name: str) -> Room:
    _allow(grant, name)
    found = rooms.rooms.get(name)
    if found is None:
        raise RoomMissing("requested room does not exist")
    return found


def _person(rooms: Rooms, grant: Grant, request: Any) -> tuple[Room, Participant]:
    found = _find(rooms, grant, request.room)
    return found, found.by_identity(request.identity)


def _create(rooms: Rooms, grant: Grant, request: room.CreateRoomRequest, now: datetime) -> Message:
    if not grant.room_create:
        raise GrantMissing("roomCreate")
    if not 0 < len(request.name.encode()) <= ROOM_NAME_BYTES:
        raise MalformedMessage("room name")
    if len(request.metadata) > METADATA_BYTES:
        raise MalformedMessage("metadata")
    found = rooms.room(request.name)
    record = found.record
    record.empty_timeout = request.empty_timeout or record.empty_timeout
    record.departure_timeout = request.departure_timeout or record.departure_timeout
    record.max_participants = request.max_participants or record.max_participants
    record.metadata = request.metadata or record.metadata
    return found.public_record()


def _list(rooms: Rooms, grant: Grant, request: room.ListRoomsRequest, now: datetime) -> Message:
    if not grant.room_list:
        raise GrantMissing("roomList")
    names = set(request.names)
    chosen = [r for name, r in rooms.rooms.items() if not names or name in names]
    return room.ListRoomsResponse(rooms=[r.public_record() for r in chosen])


def _delete(rooms: Rooms, grant: Grant, request: room.DeleteRoomRequest, now: datetime) -> Message:
    if not grant.room_create:
        raise GrantMissing("roomCreate")
    found = rooms.rooms.pop(request.room, None)
    if found is None:
        raise RoomMissing("requested room does not exist")
    for participant in list(found.participants.values()):
        found.remove(participant, models.ROOM_DELETED, now)
    found.do(fx.Notify("room_finished"))
    rooms.settle(found)
    return room.DeleteRoomResponse()


def _list_participants(
    rooms: Rooms, grant: Grant, request: room.ListParticipantsRequest, now: datetime
) -> Message:
    _allow(grant, request.room)
    found = rooms.rooms.get(request.room)  # nobody is in a room that does not exist
    people = found.participants.values() if found is not None else ()
    return room.ListParticipantsResponse(participants=[copy_of(p.info) for p in people])


def _get(rooms: Rooms, grant: Grant, request: Any, now: datetime) -> Message:
    return copy_of(_person(rooms, grant, request)[1].info)


def _remove(rooms: Rooms, grant: Grant, request: Any, now: datetime) -> Message:
    _allow(grant, request.room)
    if request.revoke_token_ts:  # also for who is away just now
        rooms.revocations.revoke(request.room, request.identity, request.revoke_token_ts, now)
    found, participant = _person(rooms, grant, request)
    found.remove(participant, models.PARTICIPANT_REMOVED, now)
    rooms.settle(found)
    return room.RemoveParticipantResponse()


def _mute(rooms: Rooms, grant: Grant, request: room.MuteRoomTrackRequest, now: datetime) -> Message:
    found, participant = _person(rooms, grant, request)
    track = participant.find_track(request.track_sid)
    if track is None:
        raise TrackMissing(request.track_sid)
    if not request.muted and track.info.muted:
        raise UnmuteRefused("remote unmute needs the participant's consent")
    if request.muted and not track.info.muted:
        publishing.set_muted(found, participant, track.sid, True)
        mute = rtc.MuteTrackRequest(sid=track.sid, muted=True)
        found.send(participant, rtc.SignalResponse(mute=mute))
        rooms.settle(found)
    return room.MuteRoomTrackResponse(track=copy_of_track(track.info))


def _update(
    rooms: Rooms, grant: Grant, request: room.UpdateParticipantRequest, now: datetime
) -> Message:
    found, participant = _person(rooms, grant, request)
    if request.HasField("permission"):
        subscriptions.permit(found, participant, request.permission)
        participant.grant = grant_with(participant.grant, request.permission)
    attributes = dict(request.attributes)
    if not conversation.set_record(found, participant, request.name, request.metadata, attributes):
        raise MalformedMessage("metadata")
    rooms.settle(found)
    return copy_of(participant.info)


def _subscribe(
    rooms: Rooms, grant: Grant, request: room.UpdateSubscriptionsRequest, now: datetime
) -> Message:
    found, participant = _person(rooms, grant, request)
    names = list(request.track_sids)
    names += [sid for group in request.participant_tracks for sid in group.track_sids]
    conversation.set_subscribed(found, participant, names, request.subscribe)
    rooms.settle(found)
    return room.UpdateSubscriptionsResponse()


def _send_data(rooms: Rooms, grant: Grant, request: room.SendDataRequest, now: datetime) -> Message:
    found = _find(rooms, grant, request.room)
    if len(request.data) > DATA_PACKET_BYTES:
        raise MalformedMessage("data")
    user = models.UserPacket(payload=request.data, nonce=request.nonce)
    if request.HasField("topic"):
        user.topic = request.topic
    packet = models.DataPacket(kind=request.kind, user=user).SerializeToString()
    names = {*request.destination_identities, *request.destination_sids}
    for participant in found.participants.values():
        if not names or participant.identity in names or participant.sid in names:
            data_delivery.deliver(found, participant, request.kind, packet)
    rooms.settle(found)
    return room.SendDataResponse()


def _metadata(
    rooms: Rooms, grant: Grant, request: room.UpdateRoomMetadataRequest, now: datetime
) -> Message:
    found = _find(rooms, grant, request.room)
    if len(request.metadata) > METADATA_BYTES:
        raise MalformedMessage("metadata")
    found.record.metadata = request.metadata
    found.announce_room()
    rooms.settle(found)
    return found.public_record()


Method = Callable[[Rooms, Grant, Any, datetime], Message]
METHODS: dict[str, tuple[type[Message], Method]] = {
    "CreateRoom": (room.CreateRoomRequest, _create),
    "ListRooms": (room.ListRoomsRequest, _list),
    "DeleteRoom": (room.DeleteRoomRequest, _delete),
    "ListParticipants": (room.ListParticipantsRequest, _list_participants),
    "GetParticipant": (room.RoomParticipantIdentity, _get),
    "RemoveParticipant": (room.RoomParticipantIdentity, _remove),
    "MutePublishedTrack": (room.MuteRoomTrackRequest, _mute),
    "UpdateParticipant": (room.UpdateParticipantRequest, _update),
    "UpdateSubscriptions": (room.UpdateSubscriptionsRequest, _subscribe),
    "SendData": (room.SendDataRequest, _send_data),
    "UpdateRoomMetadata": (room.UpdateRoomMetadataRequest, _metadata),
}
