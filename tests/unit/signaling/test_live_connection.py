"""One connection's protocol: LC1, LC4, LC6 of docs/live-log.md."""

import pytest

from signaling.live_connection import Close, Connection, Phase, TokenBucket
from signaling.live_messages import Hello, Ping

HELLO = '{"type":"hello","last_seq":null}'
PING = '{"type":"ping","t":1}'
EVENT = '{"type":"event","id":"1","kind":"say","body":{}}'


@pytest.mark.parametrize("first", [PING, EVENT, "x"])
def test_lc1_anything_before_hello_closes(first):
    connection = Connection()
    effect = connection.receive(first, 0)
    assert isinstance(effect, Close)
    assert effect.code == 4400
    assert connection.phase is Phase.CLOSED


def test_lc1_hello_opens():
    connection = Connection()
    assert connection.receive(HELLO, 0) == Hello(None)
    assert connection.receive(PING, 0) == Ping(1)


def test_lc4_a_second_hello_closes():
    connection = Connection()
    connection.receive(HELLO, 0)
    assert connection.receive(HELLO, 0) == Close(4400, "hello comes first, once")


def test_nothing_is_heard_after_the_close():
    connection = Connection()
    connection.receive("x", 0)
    assert connection.receive(HELLO, 0) is None


def test_lc6_a_flood_of_events_closes():
    connection = Connection()
    connection.receive(HELLO, 0)
    answers = [connection.receive(EVENT, 1) for _ in range(161)]
    assert answers[-1] == Close(4429, "too many events")
    assert not isinstance(answers[-2], Close)


def test_lc6_a_flood_of_anything_closes():
    connection = Connection()
    connection.receive(HELLO, 0)
    answers = [connection.receive(PING, 1) for _ in range(601)]
    assert Close(4429, "too many messages") in answers


def test_lc6_forty_events_a_second_go_on_for_ever():
    connection = Connection()
    connection.receive(HELLO, 0)
    answers = [connection.receive(EVENT, index / 40) for index in range(2_000)]
    assert not any(isinstance(answer, Close) for answer in answers)


def test_a_bucket_never_holds_more_than_its_burst():
    bucket = TokenBucket(burst=2, per_second=1)
    assert [bucket.spend(0) for _ in range(3)] == [True, True, False]
    assert [bucket.spend(1_000) for _ in range(3)] == [True, True, False]
