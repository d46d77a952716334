"""Tokens: LiveKit's defaults, nothing without proof."""

import base64
import contextlib
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit import api

from signaling.errors import TokenRefused
from signaling.grant import Grant, read_token, room_in, write_token
from tests.support.media_builders import NOW

KEYS = {"key": "a-secret-of-at-least-thirty-two-bytes", "other": "b" * 40}


def _token(video: dict[str, Any], secret: str = KEYS["key"], **claims: Any) -> str:
    expiry = int(NOW.timestamp()) + 60
    whole = {"iss": "key", "sub": "carol", "exp": expiry, "video": video} | claims
    return jwt.encode({k: v for k, v in whole.items() if v is not None}, secret, "HS256")


def test_t1_absent_rights_have_livekits_defaults() -> None:
    grant, key = read_token(_token({"roomJoin": True, "room": "r"}), KEYS, NOW)
    assert key == "key"
    assert (grant.can_publish, grant.can_subscribe, grant.can_publish_data) == (True, True, True)
    assert not any((grant.can_update_own_metadata, grant.hidden, grant.room_admin))
    assert not read_token(_token({"canPublish": False}), KEYS, NOW)[0].can_publish_data


def test_t2_livekits_own_library_writes_what_we_read() -> None:
    token = (
        api.AccessToken("key", KEYS["key"])
        .with_identity("carol")
        .with_name("Carol")
        .with_attributes({"seat": "chair"})
        .with_grants(api.VideoGrants(room_join=True, room="r", can_publish_sources=["camera"]))
        .to_jwt()
    )
    now = NOW.now(NOW.tzinfo)
    grant, _ = read_token(token, KEYS, now)
    assert (grant.identity, grant.name, grant.room) == ("carol", "Carol", "r")
    assert grant.attributes == {"seat": "chair"}
    assert grant.can_publish_sources == {"camera"}


@given(
    st.builds(
        Grant,
        identity=st.text(max_size=40),
        name=st.text(max_size=40),
        room=st.text(max_size=40),
        room_join=st.booleans(),
        can_publish=st.booleans(),
        can_publish_data=st.booleans(),
        hidden=st.booleans(),
        can_publish_sources=st.frozensets(st.sampled_from(["camera", "microphone"])),
        metadata=st.text(max_size=40),
        attributes=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    )
)
def test_t3_what_is_written_is_read(grant: Grant) -> None:
    token = write_token(grant, "key", KEYS["key"], NOW, timedelta(minutes=1))
    assert read_token(token, KEYS, NOW) == (grant, "key")
    assert room_in(token) == grant.room


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "unreadable"),
        ("a.b.c", "unreadable"),
        (_token({}, iss="nobody"), "unknown API key"),
        (_token({}, secret="c" * 40), "signature"),
        (_token({}, exp=None), "no expiry"),
        (_token({}, exp=int(NOW.timestamp()) - 60), "expired"),
        (_token({}, nbf=int(NOW.timestamp()) + 60), "not valid yet"),
        (_token({}, iss=None), "unknown API key"),
        (_token({"room": 5}), "room is not text"),
        (_token({"room": "r" * 300}), "name too long"),
        (_token({"room": "\ud800"}), "not UTF-8"),
        (_token({}, sub="\udfff"), "not UTF-8"),
        (_token({}, attributes={"\ud800": "a"}), "not UTF-8"),
        (_token({"canPublishSources": 7}), "canPublishSources is not a list"),
        (jwt.encode({"iss": "key"}, KEYS["other"] * 2, "HS512"), "signature"),
    ],
)
def test_t4_no_proof_no_grant(token: str, reason: str) -> None:
    with pytest.raises(TokenRefused, match=reason):
        read_token(token, KEYS, NOW)


def test_t4_an_unsigned_token_is_refused() -> None:
    parts = [{"alg": "none"}, {"iss": "key", "exp": 9e9, "video": {"roomJoin": True}}]
    heads = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    with pytest.raises(TokenRefused, match="signature"):
        read_token(".".join([*heads, ""]), KEYS, NOW)


@given(st.text(max_size=80), st.dictionaries(st.text(max_size=8), st.integers() | st.text()))
def test_t5_any_text_is_refused_not_raised(noise: str, claims: dict[str, Any]) -> None:
    signed = jwt.encode({"exp": 9_999_999_999, **claims, "iss": "key"}, KEYS["key"], "HS256")
    for token in (noise, f"x.{noise}.y", signed):
        with contextlib.suppress(TokenRefused):
            read_token(token, KEYS, NOW)
        with contextlib.suppress(TokenRefused):
            room_in(token)
