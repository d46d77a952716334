"""Connectivity checks, held against aioice's own STUN."""

import contextlib

from aioice import stun as theirs
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import MalformedMessage
from signaling.stun import read_binding_request, write_binding_success


def _check(username: str, password: str, nominates: bool) -> bytes:
    message = theirs.Message(theirs.Method.BINDING, theirs.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 7
    if nominates:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


def test_i1_a_signed_check_is_read_and_proven() -> None:
    request = read_binding_request(_check("ours:theirs", "secret-password", True))
    assert request is not None
    assert (request.local_ufrag, request.nominates) == ("ours", True)
    assert request.is_signed_with("secret-password")
    assert not request.is_signed_with("another-password")


def test_i1_a_check_changed_on_the_way_proves_nothing() -> None:
    data = bytearray(_check("ours:theirs", "secret-password", False))
    data[25] ^= 1
    request = read_binding_request(bytes(data))
    assert request is not None
    assert not request.is_signed_with("secret-password")


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str), st.integers(1, 65535))
def test_i2_the_answer_satisfies_the_asker(address: str, port: int) -> None:
    request = read_binding_request(_check("ours:theirs", "secret-password", True))
    assert request is not None
    answer = theirs.parse_message(
        write_binding_success(request, (address, port), "secret-password")
    )
    assert answer.message_class == theirs.Class.RESPONSE
    assert answer.transaction_id == request.transaction_id
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == (address, port)
    assert answer.check_message_integrity(b"secret-password")


@given(st.binary(max_size=200), st.integers(0, 100))
def test_i3_broken_bytes_are_refused(noise: bytes, cut: int) -> None:
    whole = _check("ours:theirs", "secret-password", True)
    for data in (noise, whole[:cut] + noise, whole[:-1] + noise):
        with contextlib.suppress(MalformedMessage):
            read_binding_request(data)
