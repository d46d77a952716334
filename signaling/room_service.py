"""A client of LiveKit's RoomService: the only way the product controls rooms, on either engine."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
from google.protobuf.message import Message
from livekit.protocol import models, room

from signaling.errors import ParticipantMissing, RoomMissing, RoomServiceFailed
from signaling.grant import Grant, write_token

_LIFE = timedelta(minutes=1)
_TIMEOUT_SECONDS = 10
Answer = TypeVar("Answer", bound=Message)


class RoomService:
    """Rooms of one engine, by its address and API key."""

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        clock: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._key, self._secret, self._clock = key, secret, clock
        self._http = httpx.AsyncClient(
            base_url=url.replace("ws", "http", 1) if url.startswith("ws") else url,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            transport=transport,
        )

    async def create(
        self, name: str, *, empty_seconds: int = 0, most_people: int = 0
    ) -> models.Room:
        """Makes a room, or changes the limits of an existing one; 0 keeps the engine's default."""
        request = room.CreateRoomRequest(
            name=name, empty_timeout=empty_seconds, max_participants=most_people
        )
        return await self._call("CreateRoom", request, models.Room(), Grant("", room_create=True))

    async def rooms(self) -> list[models.Room]:
        """All rooms that exist."""
        answer = room.ListRoomsResponse()
        await self._call("ListRooms", room.ListRoomsRequest(), answer, Grant("", room_list=True))
        return list(answer.rooms)

    async def delete(self, name: str) -> None:
        """Ends a room and sends everyone away; RoomMissing if there is none."""
        request, answer = room.DeleteRoomRequest(room=name), room.DeleteRoomResponse()
        await self._call("DeleteRoom", request, answer, Grant("", room_create=True))

    async def people(self, name: str) -> list[models.ParticipantInfo]:
        """Everyone in a room, hidden ones too; nobody where there is no room."""
        answer = room.ListParticipantsResponse()
        request = room.ListParticipantsRequest(room=name)
        await self._admin("ListParticipants", name, request, answer)
        return list(answer.participants)

    async def remove(self, name: str, identity: str) -> None:
        """Sends one participant away; the tokens they hold open the room no more."""
        # Tokens carry whole seconds: one of this very second is an old one too.
        revoked = int(self._clock().timestamp()) + 1
        request = room.RoomParticipantIdentity(
            room=name, identity=identity, revoke_token_ts=revoked
        )
        await self._admin("RemoveParticipant", name, request, room.RemoveParticipantResponse())

    async def mute(self, name: str, identity: str, track_sid: str) -> None:
        """Mutes a track; nobody but its owner can unmute it."""
        request = room.MuteRoomTrackRequest(
            room=name, identity=identity, track_sid=track_sid, muted=True
        )
        await self._admin("MutePublishedTrack", name, request, room.MuteRoomTrackResponse())

    async def permit(
        self, name: str, identity: str, permission: models.ParticipantPermission
    ) -> models.ParticipantInfo:
        """Changes what a participant may do, at once."""
        request = room.UpdateParticipantRequest(room=name, identity=identity, permission=permission)
        return await self._admin("UpdateParticipant", name, request, models.ParticipantInfo())

    async def tell(
        self, name: str, data: bytes, topic: str, identities: tuple[str, ...] = ()
    ) -> None:
        """Sends a reliable data packet to some or, by default, all."""
        request = room.SendDataRequest(
            room=name,
            data=data,
            kind=models.DataPacket.RELIABLE,
            destination_identities=identities,
            topic=topic,
        )
        await self._admin("SendData", name, request, room.SendDataResponse())

    async def close(self) -> None:
        """Frees the connections."""
        await self._http.aclose()

    async def _admin(self, method: str, name: str, request: Message, answer: Answer) -> Answer:
        return await self._call(method, request, answer, Grant("", room=name, room_admin=True))

    async def _call(self, method: str, request: Message, answer: Answer, grant: Grant) -> Answer:
        token = write_token(grant, self._key, self._secret, self._clock(), _LIFE)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/protobuf"}
        path, body = f"/twirp/livekit.RoomService/{method}", request.SerializeToString()
        try:
            response = await self._http.post(path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise RoomServiceFailed(method, "unreachable") from error
        if response.status_code == 404 and "room" in response.text:
            raise RoomMissing(str(getattr(request, "room", "")))
        if response.status_code == 404:
            raise ParticipantMissing(str(getattr(request, "identity", "")))
        if response.status_code != 200:
            raise RoomServiceFailed(method, f"status {response.status_code}")
        answer.ParseFromString(response.content)
        return answer
