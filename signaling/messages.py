"""Length-prefixed messages between the web process and a media worker, over a Unix socket.

One connection is one participant's signal connection (Join, then Accepted or Denied, then Signal
both ways, until Closed) or one question (Question, then Reply).
"""

import asyncio
import json
import struct
from dataclasses import asdict, dataclass

from signaling.errors import MalformedMessage
from signaling.limits import SIGNAL_MESSAGE_BYTES

_HEAD = struct.Struct("!IB")  # length of what follows the head, kind
_MOST_BYTES = SIGNAL_MESSAGE_BYTES + 64 * 1024


@dataclass(frozen=True)
class Join:
    """A client wants in: kind is v0 or v1, query without the token."""

    kind: str
    query: str
    token: str


@dataclass(frozen=True)
class Denied:
    """Refused before the WebSocket is accepted."""

    status: int
    body: str


@dataclass(frozen=True)
class Accepted:
    """The WebSocket may be accepted; signal messages follow."""


@dataclass(frozen=True)
class Signal:
    """One protobuf message, as on the client's WebSocket."""

    data: bytes


@dataclass(frozen=True)
class Closed:
    """The other side ended; `code` is the WebSocket close code."""

    code: int


@dataclass(frozen=True)
class Question:
    """A RoomService call ("twirp"), a validation ("v0", "v1"), "stats" or "lines" of a room."""

    door: str
    method: str
    content_type: str
    token: str
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An HTTP-like answer."""

    status: int
    content_type: str
    body: bytes


Message = Join | Denied | Accepted | Signal | Closed | Question | Reply
_KINDS: tuple[type[Message], ...] = (Join, Denied, Accepted, Signal, Closed, Question, Reply)


def write(message: Message) -> bytes:
    """The bytes of a message: fields as JSON, then the one binary field if there is one."""
    fields = asdict(message)
    binary = b""
    if isinstance(message, Signal):
        binary = fields.pop("data")
    elif isinstance(message, Question | Reply):
        binary = fields.pop("body")
    head = json.dumps(fields).encode()
    payload = struct.pack("!I", len(head)) + head + binary
    return _HEAD.pack(len(payload), _KINDS.index(type(message))) + payload


def parse(kind: int, payload: bytes) -> Message:
    """The opposite of `write`, without the head."""
    try:
        made = _KINDS[kind]
        (size,) = struct.unpack_from("!I", payload)
        fields = json.loads(payload[4 : 4 + size])
        if made is Signal:
            fields["data"] = payload[4 + size :]
        elif made is Question or made is Reply:
            fields["body"] = payload[4 + size :]
        return made(**fields)
    except (IndexError, struct.error, ValueError, TypeError) as error:
        raise MalformedMessage("worker message") from error


async def read(reader: asyncio.StreamReader) -> Message | None:
    """The next message; None at the end of the connection."""
    try:
        length, kind = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        if length > _MOST_BYTES:
            raise MalformedMessage("worker message size")
        return parse(kind, await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
