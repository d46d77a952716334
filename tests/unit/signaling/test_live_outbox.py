"""What waits for one receiver: LC7, PR2, PT3, PT4 of docs/live-log.md."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.live_outbox import Outbox


def drain(outbox: Outbox, now: float) -> list[str]:
    taken = []
    while (text := outbox.take(now)) is not None:
        taken.append(text)
    return taken


@given(st.lists(st.text(min_size=1, max_size=5)))
def test_ll3_durable_messages_leave_in_order(texts):
    outbox = Outbox()
    for text in texts:
        outbox.push(text)
    assert drain(outbox, 0) == texts


def test_lc7_too_many_messages_overflow():
    outbox = Outbox()
    for _ in range(2_000):
        outbox.push("x")
    assert not outbox.overflowed
    outbox.push("x")
    assert outbox.overflowed


def test_lc7_too_many_characters_overflow():
    outbox = Outbox()
    for _ in range(33):
        outbox.push("x" * 64_000)
    assert outbox.overflowed


def test_pr2_only_the_latest_presence_leaves():
    outbox = Outbox()
    outbox.put_presence("one")
    outbox.put_presence("two")
    assert drain(outbox, 0) == ["two"]


def test_pt3_of_each_person_the_latest_pointer_waits():
    outbox = Outbox()
    outbox.point("an", "an 1")
    outbox.point("binh", "binh 1")
    outbox.point("an", "an 2")
    assert drain(outbox, 0) == ["an 2"]
    assert outbox.wait_seconds(0.01) == pytest.approx(0.04)
    assert drain(outbox, 0.05) == ["binh 1"]
    assert outbox.wait_seconds(0.06) is None


@given(st.lists(st.integers(1, 30), min_size=1, max_size=200))
def test_pt3_never_more_than_twenty_pointers_a_second(steps_ms):
    outbox, now_ms, sent = Outbox(), 0, []
    for step_ms in steps_ms:
        now_ms += step_ms
        outbox.point(f"p{now_ms % 3}", "x")
        sent += [now_ms] * len(drain(outbox, now_ms / 1000))
    assert all(later - earlier >= 50 for earlier, later in pairwise(sent))


def test_pt4_pointers_are_dropped_first():
    outbox = Outbox()
    outbox.point("an", "pointer")
    for _ in range(201):
        outbox.push("event")
    outbox.point("binh", "pointer")
    assert drain(outbox, 0) == ["event"] * 201
    outbox.point("an", "again")
    assert drain(outbox, 1) == ["again"]
