"""Messages of the live log's WebSocket: parsed with limits, encoded once. Pure."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from signaling.live_errors import BadMessage
from signaling.live_log import Event, Refusal

MESSAGE_LIMIT_BYTES: Final = 65_536
BAD_MESSAGE: Final = 4400
SIGN_IN: Final = 4401
NOT_ALLOWED: Final = 4403
TOO_SLOW: Final = 4408
REPLACED: Final = 4409
TOO_LARGE: Final = 4413
FLOOD: Final = 4429
TRY_AGAIN: Final = 1013  # RFC 6455 7.4, registered by IANA

_KIND: Final = re.compile(r"[a-z][a-z_]{0,39}")
_CLIENT_ID: Final = re.compile(r"[!-~]{1,64}")
_UID: Final = re.compile(r"[0-9.]{1,64}")  # PS3.5 9.1
_MAX_COORDINATE: Final = 1e6  # pixels; far beyond any image, small enough to print


@dataclass(frozen=True)
class Hello:
    """The client's first message; `last_seq` is the last number it has applied."""

    last_seq: int | None


@dataclass(frozen=True)
class Submit:
    """A durable act; `id` is the client's own."""

    id: str
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """A pointer on an image: `at` is (column, row) in image pixels, first pixel's centre 0.5."""

    viewport: int
    sop_uid: str
    frame: int
    at: tuple[float, float]
    visible: bool


@dataclass(frozen=True)
class Ping:
    """A question whether the line lives; `t` comes back."""

    t: float


ClientMessage = Hello | Submit | Point | Ping


def parse(message: str | bytes) -> ClientMessage:
    """One client message; raises BadMessage with the close code (LC4)."""
    if not isinstance(message, str):
        raise BadMessage(BAD_MESSAGE, "text expected")
    fields = _object(message)
    match fields.get("type"):
        case "hello":
            return _hello(fields)
        case "event":
            return _submit(fields)
        case "pointer":
            return _point(fields)
        case "ping":
            return _ping(fields)
        case _:
            raise BadMessage(BAD_MESSAGE, "unknown type")


def _object(text: str) -> dict[str, Any]:
    try:
        # A lone surrogate in an escape would pass the parser and break every later encoding.
        if len(text) > MESSAGE_LIMIT_BYTES or len(text.encode()) > MESSAGE_LIMIT_BYTES:
            raise BadMessage(TOO_LARGE, "message too large")
        fields = json.loads(text, parse_constant=_not_finite)
        dump(fields).encode()
    except (ValueError, RecursionError):
        raise BadMessage(BAD_MESSAGE, "not JSON") from None
    if not isinstance(fields, dict):
        raise BadMessage(BAD_MESSAGE, "object expected")
    return fields


def _not_finite(constant: str) -> NoReturn:
    raise ValueError(constant)


def _require(holds: bool, field: str) -> None:
    if not holds:
        raise BadMessage(BAD_MESSAGE, f"bad {field}")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _hello(fields: dict[str, Any]) -> Hello:
    last_seq = fields.get("last_seq")
    _require(last_seq is None or _is_count(last_seq), "last_seq")
    return Hello(last_seq)


def _submit(fields: dict[str, Any]) -> Submit:
    id_, kind, body = fields.get("id"), fields.get("kind"), fields.get("body", {})
    if not isinstance(id_, str) or not _CLIENT_ID.fullmatch(id_):
        raise BadMessage(BAD_MESSAGE, "bad id")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise BadMessage(BAD_MESSAGE, "bad kind")
    _require(isinstance(body, dict), "body")
    return Submit(id_, kind, body)


def _point(fields: dict[str, Any]) -> Point:
    viewport, frame, sop_uid = fields.get("viewport"), fields.get("frame"), fields.get("sop_uid")
    at, visible = fields.get("at"), fields.get("visible")
    if not isinstance(at, list) or len(at) != 2 or not all(_is_number(part) for part in at):
        raise BadMessage(BAD_MESSAGE, "bad at")
    if not isinstance(sop_uid, str) or not _UID.fullmatch(sop_uid):
        raise BadMessage(BAD_MESSAGE, "bad sop_uid")
    if not isinstance(viewport, int) or not isinstance(frame, int) or not isinstance(visible, bool):
        raise BadMessage(BAD_MESSAGE, "bad pointer")
    _require(0 <= viewport < 4 and _is_count(viewport) and _is_count(frame), "pointer")
    _require(all(abs(part) <= _MAX_COORDINATE for part in at), "at")
    return Point(viewport, sop_uid, frame, (at[0], at[1]), visible)


def _ping(fields: dict[str, Any]) -> Ping:
    t = fields.get("t")
    if not isinstance(t, int | float) or not _is_number(t):
        raise BadMessage(BAD_MESSAGE, "bad t")
    return Ping(t)


def dump(value: object) -> str:
    """JSON without spaces; ValueError for what is not finite."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def instant(at: datetime) -> str:
    """ISO 8601 UTC with milliseconds and `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_text(event: Event) -> str:
    """An event as every receiver gets it."""
    return dump({"type": "event", **event_fields(event)})


def event_fields(event: Event) -> dict[str, Any]:
    """An event as JSON; the client id stays between author and server."""
    return {
        "seq": event.seq,
        "at": instant(event.at),
        "by": event.by,
        "kind": event.kind,
        "body": event.body,
    }


def ack_text(client_id: str, seq: int) -> str:
    """Stored, under this number."""
    return dump({"type": "ack", "id": client_id, "seq": seq})


def refused_text(client_id: str, refusal: Refusal) -> str:
    """Not stored, and why."""
    return dump({"type": "refused", "id": client_id, "problem": refusal.problem()})


def pointer_text(by: str, point: Point) -> str:
    """A pointer as the others get it."""
    return dump({"type": "pointer", "by": by, **vars(point)})


def pong_text(ping: Ping) -> str:
    """The answer to a ping."""
    return dump({"type": "pong", "t": ping.t})


def welcome_text(head: Mapping[str, Any], state_json: str, events: Iterable[str] | None) -> str:
    """The first answer; state and events are encoded already and shared by all who join."""
    parts = [dump({"type": "welcome", **head})[:-1], f',"state":{state_json}']
    if events is not None:
        parts.append(f',"events":[{",".join(events)}]')
    return "".join([*parts, "}"])
