"""What a token allows: LiveKit's JWT grants with LiveKit's defaults."""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt

from signaling.errors import TokenRefused
from signaling.limits import IDENTITY_BYTES, METADATA_BYTES, ROOM_NAME_BYTES

_LEEWAY = timedelta(seconds=10)


@dataclass(frozen=True)
class Grant:
    """One holder's rights. Empty `can_publish_sources` means every source."""

    identity: str
    name: str = ""
    room: str = ""
    room_join: bool = False
    room_admin: bool = False
    room_create: bool = False
    room_list: bool = False
    can_publish: bool = True
    can_subscribe: bool = True
    can_publish_data: bool = True
    can_update_own_metadata: bool = False
    can_publish_sources: frozenset[str] = frozenset()
    hidden: bool = False
    recorder: bool = False
    agent: bool = False
    metadata: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    issued_at: int = field(default=0, compare=False)  # Unix seconds; of a token that was read


def read_token(token: str, keys: Mapping[str, str], now: datetime) -> tuple[Grant, str]:
    """The grant in a token, and the API key that signed it; TokenRefused if it proves nothing."""
    key = _text(_unverified(token), "iss")
    secret = keys.get(key)
    if secret is None:
        raise TokenRefused("unknown API key")
    # Times are checked below against `now`, so that the decision has no clock of its own.
    unchecked = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options=unchecked)  # type: ignore[arg-type]
    except jwt.PyJWTError as error:
        raise TokenRefused("signature") from error
    _check_times(claims, now)
    return _grant(claims), key


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(starts, int | float):
        raise TokenRefused("no expiry")
    if now.timestamp() > expires + _LEEWAY.total_seconds():
        raise TokenRefused("expired")
    if now.timestamp() < starts - _LEEWAY.total_seconds():
        raise TokenRefused("not valid yet")


def room_in(token: str) -> str:
    """The room a token names, unproven: good only to find the worker that will check it."""
    video = _unverified(token).get("video")
    return _text(video, "room") if isinstance(video, dict) else ""


def write_token(grant: Grant, key: str, secret: str, now: datetime, life: timedelta) -> str:
    """A signed token for `grant`, valid until `now + life`."""
    video: dict[str, Any] = {
        "room": grant.room,
        "roomJoin": grant.room_join,
        "roomAdmin": grant.room_admin,
        "roomCreate": grant.room_create,
        "roomList": grant.room_list,
        "canPublish": grant.can_publish,
        "canSubscribe": grant.can_subscribe,
        "canPublishData": grant.can_publish_data,
        "canUpdateOwnMetadata": grant.can_update_own_metadata,
        "canPublishSources": sorted(grant.can_publish_sources),
        "hidden": grant.hidden,
        "recorder": grant.recorder,
        "agent": grant.agent,
    }
    claims: dict[str, Any] = {
        "iss": key,
        "sub": grant.identity,
        "nbf": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
        "video": video,
    }
    optional = {
        "name": grant.name,
        "metadata": grant.metadata,
        "attributes": dict(grant.attributes),
    }
    claims |= {name: value for name, value in optional.items() if value}
    return jwt.encode(claims, secret, algorithm="HS256")


def _unverified(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=="))
    except (IndexError, ValueError, binascii.Error, RecursionError) as error:
        raise TokenRefused("unreadable") from error
    if not isinstance(claims, dict):
        raise TokenRefused("unreadable")
    return claims


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str):
        raise TokenRefused(f"{name} is not text")
    return _encodable(value)


def _encodable(text: str) -> str:
    """As it is: half a surrogate pair, which JSON can write, could not be sent on."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TokenRefused("not UTF-8") from error
    return text


def _grant(claims: Mapping[str, Any]) -> Grant:
    video = claims.get("video", {})
    if not isinstance(video, dict):
        raise TokenRefused("video is not an object")
    identity, room = _text(claims, "sub"), _text(video, "room")
    if len(identity.encode()) > IDENTITY_BYTES or len(room.encode()) > ROOM_NAME_BYTES:
        raise TokenRefused("name too long")
    can_publish = _flag(video, "canPublish", True)
    metadata, attributes = _text(claims, "metadata"), _attributes(claims)
    if len(metadata) + sum(len(k) + len(v) for k, v in attributes.items()) > METADATA_BYTES:
        raise TokenRefused("metadata too long")
    sources = video.get("canPublishSources") or ()
    if not isinstance(sources, list | tuple):
        raise TokenRefused("canPublishSources is not a list")
    return Grant(
        identity=identity,
        name=_text(claims, "name"),
        room=room,
        room_join=_flag(video, "roomJoin", False),
        room_admin=_flag(video, "roomAdmin", False),
        room_create=_flag(video, "roomCreate", False),
        room_list=_flag(video, "roomList", False),
        can_publish=can_publish,
        can_subscribe=_flag(video, "canSubscribe", True),
        can_publish_data=_flag(video, "canPublishData", can_publish),
        can_update_own_metadata=_flag(video, "canUpdateOwnMetadata", False),
        can_publish_sources=frozenset(map(str, sources)),
        hidden=_flag(video, "hidden", False),
        recorder=_flag(video, "recorder", False),
        agent=_flag(video, "agent", False),
        metadata=metadata,
        attributes=attributes,
        issued_at=_issued_at(claims),
    )


def _issued_at(claims: Mapping[str, Any]) -> int:
    """When it was written: `iat`, else `nbf`, as in LiveKit's own tokens; 0 if neither says."""
    said = claims.get("iat", claims.get("nbf", 0))
    return int(said) if isinstance(said, int | float) and abs(said) < 1e12 else 0


def _flag(video: Mapping[str, Any], name: str, default: bool) -> bool:
    value = video.get(name)
    return default if value is None else value is True


def _attributes(claims: Mapping[str, Any]) -> dict[str, str]:
    value = claims.get("attributes") or {}
    if not isinstance(value, dict):
        raise TokenRefused("attributes is not an object")
    return {_encodable(name): _encodable(str(text)) for name, text in value.items()}
