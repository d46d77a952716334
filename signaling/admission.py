"""The decision at the door: a connection request becomes an Admission or a Denial. Pure."""

import binascii
import json
import zlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from urllib.parse import parse_qs

from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc

from signaling.errors import MalformedMessage, TokenRefused
from signaling.grant import Grant, read_token
from signaling.limits import JOIN_REQUEST_BYTES, METADATA_BYTES, QUERY_BYTES
from signaling.room import JoinOptions

_FROM_URL_SAFE = str.maketrans("-_", "+/")


@dataclass(frozen=True)
class Denial:
    """Refused with a real HTTP status, before any WebSocket."""

    status: int
    body: str


@dataclass(frozen=True)
class Admission:
    """May join, or resume when `resumes_sid` is set."""

    grant: Grant
    key: str
    options: JoinOptions
    resumes_sid: str = ""
    is_resume: bool = False
    first_requests: tuple[rtc.SignalRequest, ...] = field(default=())


def admit(
    kind: str, query: str, token: str, keys: Mapping[str, str], now: datetime
) -> Admission | Denial:
    """Decides on a join by /rtc/v1 (kind "v1") or /rtc (kind "v0")."""
    try:
        grant, key = read_token(token, keys, now)
    except TokenRefused as refusal:
        return Denial(401, f"invalid token: {refusal.reason}")
    if not grant.room_join or not grant.room or not grant.identity:
        return Denial(401, "permissions denied: no join grant for a room")
    try:
        request = read_join_request(kind, query)
    except MalformedMessage as error:
        return Denial(400, f"malformed {error.what}")
    return _admission(kind, grant, key, request)


def _admission(kind: str, grant: Grant, key: str, request: rtc.JoinRequest) -> Admission | Denial:
    own = bool(request.metadata or request.participant_attributes)
    if own and not grant.can_update_own_metadata:
        return Denial(401, "permissions denied: own metadata")
    size = len(request.metadata) + sum(
        len(name) + len(value) for name, value in request.participant_attributes.items()
    )
    if size > METADATA_BYTES:
        return Denial(400, "metadata too long")
    settings = request.connection_settings
    options = JoinOptions(
        is_dual=kind == "v0",
        auto_subscribe=settings.auto_subscribe,
        client=request.client_info,
        metadata=request.metadata,
        attributes=dict(request.participant_attributes),
        may_pause=settings.subscriber_allow_pause
        or not settings.HasField("subscriber_allow_pause"),
    )
    first = [rtc.SignalRequest(add_track=track) for track in request.add_track_requests]
    if request.HasField("publisher_offer") and request.publisher_offer.sdp:
        first.append(rtc.SignalRequest(offer=request.publisher_offer))
    if request.reconnect and request.HasField("sync_state"):
        first.insert(0, rtc.SignalRequest(sync_state=request.sync_state))
    return Admission(grant, key, options, request.participant_sid, request.reconnect, tuple(first))


def read_join_request(kind: str, query: str) -> rtc.JoinRequest:
    """What the client says of itself: a packed message in v1, query parameters in v0."""
    if len(query) > QUERY_BYTES:
        raise MalformedMessage("query size")
    try:
        values = {name: items[0] for name, items in parse_qs(query, max_num_fields=64).items()}
    except ValueError as error:
        raise MalformedMessage("query fields") from error
    if kind == "v0":
        return _from_query(values)
    packed = values.get("join_request")
    if packed is None:
        raise MalformedMessage("join_request")
    try:
        wrapped = rtc.WrappedJoinRequest.FromString(_base64(packed))
        plain = wrapped.join_request
        if wrapped.compression == rtc.WrappedJoinRequest.GZIP:
            plain = _gunzip(plain)
        return rtc.JoinRequest.FromString(plain)
    except (binascii.Error, ValueError, DecodeError, zlib.error) as error:
        raise MalformedMessage("join_request") from error


def _base64(text: str) -> bytes:
    """URL-safe base64, padded or not; unlike Python's, strict about what is in it."""
    bare = text.rstrip("=").translate(_FROM_URL_SAFE)
    return b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def _gunzip(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    plain = unpacker.decompress(data, JOIN_REQUEST_BYTES)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise MalformedMessage("join_request size")
    return plain


def _from_query(values: Mapping[str, str]) -> rtc.JoinRequest:
    client = models.ClientInfo(
        version=values.get("version", ""),
        protocol=_integer(values, "protocol"),
        client_protocol=_integer(values, "client_protocol"),
        os=values.get("os", ""),
        browser=values.get("browser", ""),
        capabilities=_capabilities(values.get("capabilities", "")),
    )
    request = rtc.JoinRequest(
        client_info=client,
        connection_settings=rtc.ConnectionSettings(
            auto_subscribe=values.get("auto_subscribe", "1") in ("1", "true"),
            adaptive_stream=values.get("adaptive_stream") in ("1", "true"),
        ),
        participant_attributes=_attributes(values.get("attributes", "")),
        reconnect=values.get("reconnect") in ("1", "true"),
        participant_sid=values.get("sid", ""),
    )
    return request


def _integer(values: Mapping[str, str], name: str) -> int:
    text = values.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise MalformedMessage(name)
    return int(text)


def _capabilities(text: str) -> list[models.ClientInfo.Capability]:
    known = dict(models.ClientInfo.Capability.items())
    chosen = [known[name] for name in text.split(",")[:64] if name in known]
    return cast(list[models.ClientInfo.Capability], chosen)  # the stub calls its own values int


def _attributes(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        found = json.loads(_base64(text))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise MalformedMessage("attributes") from error
    if not isinstance(found, dict):
        raise MalformedMessage("attributes")
    return {str(name): str(value) for name, value in found.items()}
