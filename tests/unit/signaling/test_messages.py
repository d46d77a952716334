"""Messages between web process and worker: what is written is read; broken ones are refused."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import messages
from signaling.errors import MalformedMessage
from signaling.messages import Accepted, Closed, Denied, Join, Message, Question, Reply, Signal

_TEXT = st.text(max_size=50)
_MESSAGES = st.one_of(
    st.builds(Join, _TEXT, _TEXT, _TEXT),
    st.builds(Denied, st.integers(400, 599), _TEXT),
    st.just(Accepted()),
    st.builds(Signal, st.binary()),
    st.builds(Closed, st.integers(1000, 4999)),
    st.builds(Question, _TEXT, _TEXT, _TEXT, _TEXT, st.binary()),
    st.builds(Reply, st.integers(200, 599), _TEXT, st.binary()),
)


async def _read(data: bytes) -> list[Message]:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    found = []
    while (message := await messages.read(reader)) is not None:
        found.append(message)
    return found


@given(st.lists(_MESSAGES, max_size=5))
def test_m1_what_is_written_is_read(sent: list[Message]) -> None:
    assert asyncio.run(_read(b"".join(map(messages.write, sent)))) == sent


@given(_MESSAGES, st.integers(0, 60))
def test_m2_a_broken_end_is_an_end(sent: Message, cut: int) -> None:
    whole = messages.write(sent)
    assert asyncio.run(_read(whole[: min(cut, len(whole) - 1)])) == []


@given(st.integers(0, 255), st.binary(max_size=60))
def test_m3_any_bytes_are_a_message_or_refused(kind: int, payload: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        messages.parse(kind, payload)


def test_m4_a_huge_length_is_refused_before_it_is_read() -> None:
    with pytest.raises(MalformedMessage):
        asyncio.run(_read(b"\xff\xff\xff\xff\x03"))
