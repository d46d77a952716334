"""The door: who is let in by which request, and what is refused with which status."""

import base64
import gzip
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from signaling.admission import Admission, Denial, admit
from signaling.grant import Grant, write_token
from tests.support.media_builders import NOW

KEYS = {"key": "a-secret-of-at-least-thirty-two-bytes"}


def _token(**rights: Any) -> str:
    grant = Grant(**{"identity": "carol", "room": "r", "room_join": True} | rights)
    return write_token(grant, "key", KEYS["key"], NOW, timedelta(minutes=1))


def _packed(request: rtc.JoinRequest, zipped: bool = False) -> str:
    plain = request.SerializeToString()
    wrapped = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP if zipped else rtc.WrappedJoinRequest.NONE,
        join_request=gzip.compress(plain) if zipped else plain,
    )
    text = base64.urlsafe_b64encode(wrapped.SerializeToString()).decode().rstrip("=")
    return urlencode({"join_request": text})


def test_a1_a_packed_request_carries_offer_and_tracks() -> None:
    request = rtc.JoinRequest(
        client_info=models.ClientInfo(client_protocol=2),
        connection_settings=rtc.ConnectionSettings(auto_subscribe=True),
        publisher_offer=rtc.SessionDescription(type="offer", sdp="v=0"),
        add_track_requests=[rtc.AddTrackRequest(cid="mic")],
    )
    for zipped in (False, True):
        decision = admit("v1", _packed(request, zipped), _token(), KEYS, NOW)
        assert isinstance(decision, Admission)
        kinds = [first.WhichOneof("message") for first in decision.first_requests]
        assert kinds == ["add_track", "offer"]
        assert decision.options.auto_subscribe
        assert not decision.options.is_dual


def test_a2_query_parameters_of_a_dual_connection_client() -> None:
    query = urlencode(
        {
            "protocol": 99,
            "client_protocol": 2,
            "auto_subscribe": 0,
            "reconnect": 1,
            "sid": "PA_1",
            "capabilities": "CAP_PACKET_TRAILER,unknown",
        }
    )
    decision = admit("v0", query, _token(), KEYS, NOW)
    assert isinstance(decision, Admission)
    assert (decision.is_resume, decision.resumes_sid) == (True, "PA_1")
    assert decision.options.is_dual
    assert not decision.options.auto_subscribe
    assert decision.options.client.client_protocol == 2


def test_a3_what_is_refused_and_how() -> None:
    own = _packed(rtc.JoinRequest(metadata="mine"))
    cases = {
        ("v1", _packed(rtc.JoinRequest()), "junk"): 401,
        ("v1", _packed(rtc.JoinRequest()), _token(room_join=False)): 401,
        ("v1", _packed(rtc.JoinRequest()), _token(room="")): 401,
        ("v1", own, _token()): 401,
        ("v1", own, _token(can_update_own_metadata=True)): 200,
        ("v1", "", _token()): 400,
        ("v1", "join_request=%40%40", _token()): 400,
        ("v0", "protocol=x", _token()): 400,
        ("v0", "attributes=%7B", _token()): 400,
        ("v0", "x" * 70_000, _token()): 400,
    }
    for (kind, query, token), status in cases.items():
        decision = admit(kind, query, token, KEYS, NOW)
        assert (decision.status if isinstance(decision, Denial) else 200) == status, query[:80]


def test_a3_a_query_of_too_many_fields_is_malformed() -> None:
    for kind in ("v0", "v1"):
        assert admit(kind, "a=1&" * 65, _token(), KEYS, NOW) == Denial(
            400, "malformed query fields"
        )


def test_a4_a_gzip_bomb_stops_at_one_mebibyte() -> None:
    bomb = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(bytes(40_000_000))
    )
    text = base64.urlsafe_b64encode(bomb.SerializeToString()).decode()
    decision = admit("v1", urlencode({"join_request": text}), _token(), KEYS, NOW)
    assert isinstance(decision, Denial)
    assert decision.status == 400


@given(st.sampled_from(["v0", "v1"]), st.text(max_size=200), st.binary(max_size=200))
def test_a5_any_query_is_answered(kind: str, text: str, noise: bytes) -> None:
    packed = base64.urlsafe_b64encode(noise).decode()
    for query in (text, urlencode({"join_request": packed, "attributes": packed, "sid": text})):
        assert isinstance(admit(kind, query, _token(), KEYS, NOW), Admission | Denial)


def test_g61_a_client_may_refuse_that_its_pictures_rest() -> None:
    for settings, may_pause in (
        (rtc.ConnectionSettings(), True),
        (rtc.ConnectionSettings(subscriber_allow_pause=True), True),
        (rtc.ConnectionSettings(subscriber_allow_pause=False), False),
    ):
        query = _packed(rtc.JoinRequest(connection_settings=settings))
        decision = admit("v1", query, _token(), KEYS, NOW)
        assert isinstance(decision, Admission)
        assert decision.options.may_pause is may_pause
