"""Order, repetition and refusal: LL rules of docs/live-log.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.live_log import Log, decide, replay, snapshot_due
from tests.support.live_tally import NO, START, Tally, TallyRules, draft

RULES = TallyRules()
EMPTY = Log(0, Tally())
drafts = st.lists(
    st.builds(
        draft,
        st.sampled_from(["an", "binh"]),
        st.sampled_from(["1", "2", "3", "4"]),
        st.sampled_from(["say", "forbidden"]),
    ),
    max_size=12,
)


@given(drafts)
def test_ll1_numbers_have_no_gap(asked):
    decision = decide(EMPTY, asked, {}, RULES, 0, START)
    assert [event.seq for event in decision.events] == list(range(1, len(decision.events) + 1))
    assert decision.log.seq == len(decision.events)


@given(drafts, drafts)
def test_ll4_a_repeated_event_keeps_its_number_and_changes_nothing(first, second):
    before = decide(EMPTY, first, {}, RULES, 0, START)
    again = decide(before.log, [*first, *second], before.seqs, RULES, 0, START)
    assert before.seqs.items() <= again.seqs.items()
    assert not {event.key for event in again.events} & before.seqs.keys()


def test_ll4_a_repetition_in_the_same_batch_is_stored_once():
    decision = decide(EMPTY, [draft("an", "1"), draft("an", "1")], {}, RULES, 0, START)
    assert len(decision.events) == 1
    assert decision.seqs == {("an", "1"): 1}


def test_ll4_the_same_client_id_of_two_people_is_two_events():
    decision = decide(EMPTY, [draft("an", "1"), draft("binh", "1")], {}, RULES, 0, START)
    assert [event.by for event in decision.events] == ["an", "binh"]


def test_ll5_the_server_says_when_who_and_completes_the_body():
    (event,) = decide(EMPTY, [draft("an", "1", text="chào")], {}, RULES, 9, START).events
    assert (event.at, event.by, event.body) == (START, "an", {"text": "chào", "facts": 9})


def test_ll6_ll7_a_refused_event_takes_no_number_and_leaves_its_neighbours():
    asked = [draft("an", "1"), draft("an", "2", kind="forbidden"), draft("an", "3")]
    decision = decide(EMPTY, asked, {}, RULES, 0, START)
    assert decision.refusals == {("an", "2"): NO}
    assert decision.seqs == {("an", "1"): 1, ("an", "3"): 2}


@given(drafts)
def test_ll8_replay_of_the_events_gives_the_decided_state(asked):
    decision = decide(EMPTY, asked, {}, RULES, 0, START)
    assert replay(EMPTY, decision.events, RULES) == decision.log


def test_ll1_replay_refuses_a_gap():
    events = decide(EMPTY, [draft("an", "1"), draft("an", "2")], {}, RULES, 0, START).events
    with pytest.raises(ValueError, match="cannot follow"):
        replay(EMPTY, events[1:], RULES)


@pytest.mark.parametrize(
    ("before", "after", "due"), [(0, 499, False), (499, 500, True), (500, 501, False)]
)
def test_ll10_a_snapshot_is_due_at_every_five_hundredth(before, after, due):
    assert snapshot_due(before, after) is due


def test_a_refusal_becomes_a_problem():
    assert NO.problem() == {"type": "/problems/not-allowed", "title": "You may not do this"}
