"""Parsing with limits: LC4 of docs/live-log.md."""

import json
from contextlib import suppress
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.live_errors import BadMessage
from signaling.live_log import Event, Identity, Refusal
from signaling.live_messages import (
    Hello,
    Ping,
    Point,
    Submit,
    ack_text,
    dump,
    event_text,
    instant,
    parse,
    pointer_text,
    pong_text,
    refused_text,
    welcome_text,
)
from tests.support.live_tally import START

POINTER = {
    "type": "pointer",
    "viewport": 0,
    "sop_uid": "1.2.3",
    "frame": 1,
    "at": [0.5, 12],
    "visible": True,
}
EVENT = {"type": "event", "id": "a-1", "kind": "chat_message", "body": {"text": "chào"}}


def code_of(message: str | bytes) -> int:
    with pytest.raises(BadMessage) as caught:
        parse(message)
    return caught.value.code


def test_messages_are_read():
    assert parse('{"type":"hello","last_seq":null}') == Hello(None)
    assert parse('{"type":"hello","last_seq":12}') == Hello(12)
    assert parse(dump(EVENT)) == Submit("a-1", "chat_message", {"text": "chào"})
    assert parse(dump(POINTER)) == Point(0, "1.2.3", 1, (0.5, 12), True)
    assert parse('{"type":"ping","t":1.5}') == Ping(1.5)


@pytest.mark.parametrize(
    "message",
    [
        b"{}",
        "",
        "nothing",
        "[]",
        "3",
        "{}",
        '{"type":["hello"]}',
        '{"type":"shout"}',
        '{"type":"hello","last_seq":-1}',
        '{"type":"hello","last_seq":true}',
        '{"type":"hello","last_seq":1.5}',
        '{"type":"hello","last_seq":9007199254740992}',
        '{"type":"ping","t":NaN}',
        '{"type":"ping","t":1e999}',
        '{"type":"ping","t":"1"}',
        '{"type":"ping","t":' + "9" * 5000 + "}",
        "[" * 60_000,
        '{"type":"event","id":"1","kind":"say","body":{"text":"\\ud800"}}',
    ],
)
def test_lc4_what_is_not_a_message_closes_with_4400(message):
    assert code_of(message) == 4400


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "x" * 65},
        {"id": "có dấu"},
        {"id": 7},
        {"kind": "Chat"},
        {"kind": "x" * 41},
        {"kind": None},
        {"body": []},
        {"body": "text"},
    ],
)
def test_lc4_a_malformed_event_closes_with_4400(wrong):
    assert code_of(dump({**EVENT, **wrong})) == 4400


@pytest.mark.parametrize(
    "wrong",
    [
        {"viewport": 4},
        {"viewport": -1},
        {"viewport": 1.5},
        {"sop_uid": "a.b"},
        {"sop_uid": "1" * 65},
        {"frame": "1"},
        {"frame": -1},
        {"at": [1]},
        {"at": [1, "2"]},
        {"at": [1, 1e7]},
        {"at": {"x": 1}},
        {"visible": 1},
    ],
)
def test_lc4_a_malformed_pointer_closes_with_4400(wrong):
    assert code_of(dump({**POINTER, **wrong})) == 4400


def test_lc4_too_large_is_4413_counted_in_bytes():
    body = {"text": "ớ" * 22_000}  # 3 bytes each
    assert len(dump({**EVENT, "body": body})) < 65_536
    assert code_of(dump({**EVENT, "body": body})) == 4413
    assert code_of("x" * 65_537) == 4413


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_lc4_any_text_is_read_or_refused(message):
    with suppress(BadMessage):
        assert parse(message)


def test_answers_are_json_of_the_contract():
    event = Event(3, START, Identity("an"), "a-1", "chat_message", {"text": "chào"})
    assert json.loads(event_text(event)) == {
        "type": "event",
        "seq": 3,
        "at": "2026-11-26T07:00:00.000Z",
        "by": "an",
        "kind": "chat_message",
        "body": {"text": "chào"},
    }
    assert json.loads(ack_text("a-1", 3)) == {"type": "ack", "id": "a-1", "seq": 3}
    assert json.loads(pong_text(Ping(4))) == {"type": "pong", "t": 4}
    assert json.loads(refused_text("a-1", Refusal("no-open-case", "No case is open"))) == {
        "type": "refused",
        "id": "a-1",
        "problem": {"type": "/problems/no-open-case", "title": "No case is open"},
    }
    pointer = json.loads(pointer_text("an", Point(1, "1.2", 3, (4.5, 6), False)))
    assert pointer == {
        **{"type": "pointer", "by": "an", "viewport": 1, "sop_uid": "1.2"},
        **{"frame": 3, "at": [4.5, 6], "visible": False},
    }


def test_lc2_the_welcome_holds_state_and_perhaps_events():
    assert json.loads(welcome_text({"seq": 0}, '{"said":[]}', None)) == {
        "type": "welcome",
        "seq": 0,
        "state": {"said": []},
    }
    assert json.loads(welcome_text({"seq": 0}, "{}", ['{"seq":1}', '{"seq":2}']))["events"] == [
        {"seq": 1},
        {"seq": 2},
    ]


def test_ll5_instants_are_utc():
    hanoi = START.astimezone(timezone(timedelta(hours=7)))
    assert instant(hanoi) == "2026-11-26T07:00:00.000Z"
