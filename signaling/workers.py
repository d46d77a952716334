"""The web process's side of the media workers: finds the one that holds a room and talks to it."""

import asyncio
import contextlib
import zlib
from pathlib import Path

from google.protobuf.json_format import MessageToJson, Parse
from livekit.protocol import room

from signaling import messages
from signaling.errors import TokenRefused, UnreadableRequest
from signaling.grant import room_in
from signaling.messages import Accepted, Closed, Denied, Join, Message, Question, Reply, Signal
from signaling.room_requests import JSON, METHODS, failure, read_request, room_named

_ANSWER_SECONDS = 10
_RESTART_SECONDS = 3  # a worker that died is back by then


class SignalConnection:
    """One participant's signal connection to a worker, accepted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        """One signal message of the client."""
        self._writer.write(messages.write(Signal(data)))
        await self._writer.drain()

    async def receive(self) -> bytes | None:
        """The next message for the client; None when the worker ended the connection."""
        message = await messages.read(self._reader)
        self.ended_well = isinstance(message, Closed)
        return message.data if isinstance(message, Signal) else None

    ended_well = False
    """Whether the worker said goodbye, rather than dying."""

    def close(self) -> None:
        """The client is gone."""
        self._writer.close()


class Workers:
    """All media workers, by their sockets in order; a room's name decides which holds it."""

    def __init__(self, sockets: tuple[Path, ...]) -> None:
        self._sockets = sockets

    def _of(self, room_name: str) -> Path:
        return self._sockets[zlib.crc32(room_name.encode()) % len(self._sockets)]

    async def join(self, kind: str, query: str, token: str) -> SignalConnection | Denied:
        """Asks the room's worker to let a client in; kind is v0 or v1."""
        try:
            path = self._of(room_in(token))
        except TokenRefused as refusal:
            return Denied(401, f"invalid token: {refusal.reason}")
        streams = await _connect(path)
        if streams is None:
            return Denied(503, "the media worker is not there")
        reader, writer = streams
        writer.write(messages.write(Join(kind, query, token)))
        first = await messages.read(reader)
        if isinstance(first, Accepted):
            return SignalConnection(reader, writer)
        writer.close()
        return first if isinstance(first, Denied) else Denied(503, "the media worker went away")

    async def validate(self, kind: str, query: str, token: str) -> Reply:
        """The same decision as `join`, without joining."""
        try:
            name = room_in(token)
        except TokenRefused as refusal:
            return Reply(401, "text/plain", f"invalid token: {refusal.reason}".encode())
        return await self._ask(self._of(name), Question(kind, "", "", token, query.encode()))

    async def call(self, method: str, content_type: str, token: str, body: bytes) -> Reply:
        """A RoomService call, sent to the worker that holds its room, or to all."""
        if method not in METHODS:
            return failure(404, "bad_route", method)
        try:
            name = room_named(read_request(method, content_type, body))
        except UnreadableRequest as error:
            return failure(400, "malformed", error.what)
        question = Question("twirp", method, content_type, token, body)
        if method != "ListRooms":
            return await self._ask(self._of(name), question)
        replies = await asyncio.gather(*(self._ask(path, question) for path in self._sockets))
        return _merged(list(replies), content_type)

    async def stats(self) -> list[Reply]:
        """Each worker's counts, as JSON."""
        question = Question("stats", "", "", "", b"")
        return list(await asyncio.gather(*(self._ask(path, question) for path in self._sockets)))

    async def lines(self, room_name: str) -> Reply:
        """How each line of a room does, as JSON (signaling.line_report)."""
        question = Question("lines", "", "", "", room_name.encode())
        return await self._ask(self._of(room_name), question)

    async def _ask(self, path: Path, question: Question) -> Reply:
        streams = await _connect(path)
        answer: Message | None = None
        if streams is not None:
            reader, writer = streams
            writer.write(messages.write(question))
            with contextlib.suppress(TimeoutError):
                answer = await asyncio.wait_for(messages.read(reader), _ANSWER_SECONDS)
            writer.close()
        if isinstance(answer, Reply):
            return answer
        return failure(503, "unavailable", "the media worker is not there")


async def _connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    """A connection to a worker; a restarting one is waited for a little."""
    deadline = asyncio.get_running_loop().time() + _RESTART_SECONDS
    while True:
        try:
            return await asyncio.open_unix_connection(path)
        except OSError:
            if asyncio.get_running_loop().time() > deadline:
                return None
        await asyncio.sleep(0.1)


def _merged(replies: list[Reply], content_type: str) -> Reply:
    """The rooms of all workers in one answer; the first refusal wins."""
    bad = next((reply for reply in replies if reply.status != 200), None)
    if bad is not None:
        return bad
    whole = room.ListRoomsResponse()
    for reply in replies:
        part = room.ListRoomsResponse()
        if reply.content_type == JSON:
            Parse(reply.body, part)
        else:
            part.ParseFromString(reply.body)
        whole.rooms.extend(part.rooms)
    if content_type.startswith(JSON):
        text = MessageToJson(whole, preserving_proto_field_name=True, indent=None)
        return Reply(200, JSON, text.encode())
    return Reply(200, replies[0].content_type, whole.SerializeToString())
