"""Any session, with lost lines and crashes: LL4, LL8, CT1, CS3 held over random histories."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from signaling.live_log import Draft, Event, EventKey, Identity, Log, decide, replay
from telehealth.live_rules import LiveRules
from telehealth.live_state import LiveState, show
from tests.support.live_vectors import (
    CASE_1,
    CASE_2,
    CHAIR,
    FACTS,
    KEY_IMAGE,
    MARK,
    PRESENTER,
    SEATS,
    START,
    mark,
    view,
)

RULES = LiveRules()
PEOPLE = sorted(SEATS)
ACTS: list[tuple[str, dict[str, Any]]] = [
    ("session_started", {}),
    ("session_started", {}),
    ("case_opened", {"case_id": CASE_1}),
    ("case_opened", {"case_id": CASE_1}),
    ("case_opened", {"case_id": CASE_2}),
    ("case_closed", {}),
    ("control_taken", {}),
    ("control_requested", {}),
    ("control_request_withdrawn", {}),
    *(("control_granted", {"identity": who}) for who in PEOPLE),
    ("control_released", {}),
    ("view_changed", view(3)),
    ("view_changed", view(4)),
    ("mark_added", mark()),
    ("mark_removed", {"mark_id": MARK}),
    ("key_image_toggled", KEY_IMAGE),
    ("recording_started", {"recording_id": "r"}),
    ("recording_stopped", {}),
    ("hand_raised", {}),
    ("hand_lowered", {}),
    ("chat_message", {"text": "chào"}),
    *(("person_removed", {"identity": who}) for who in PEOPLE),
    *(("person_admitted", {"identity": who}) for who in PEOPLE),
    ("session_ended", {}),
]


class Follower:
    """A browser: what it was told, what it still wants, what is on the way to it."""

    def __init__(self) -> None:
        self.log: Log[LiveState] | None = None
        self.wanted: list[Draft] = []
        self.coming: list[Event] = []


class SessionMachine(RuleBasedStateMachine):
    """One server, several followers with lines that break, a server that crashes."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Log(0, LiveState())
        self.stored: list[Event] = []
        self.known: dict[EventKey, int] = {}
        self.answered: dict[EventKey, int] = {}
        self.followers = {who: Follower() for who in PEOPLE}
        self.ids = 0

    @initialize(under_way=st.booleans())
    def begin(self, under_way: bool) -> None:
        if under_way:
            self.want(CHAIR, ("session_started", {}))
            self.want(CHAIR, ("case_opened", {"case_id": CASE_1}))
            self.send(CHAIR, answered=True)

    @rule(who=st.sampled_from([*PEOPLE, CHAIR, PRESENTER]), act=st.sampled_from(ACTS))
    def want(self, who: str, act: tuple[str, dict[str, Any]]) -> None:
        self.ids += 1
        draft = Draft(Identity(who), SEATS[who], str(self.ids), *act)
        self.followers[who].wanted.append(draft)

    @rule(who=st.sampled_from(PEOPLE), answered=st.booleans())
    def send(self, who: str, answered: bool) -> None:
        """All that is wanted reaches the server; the answers may be lost on the way back."""
        wanted = self.followers[who].wanted
        now = START + timedelta(seconds=self.ids)
        decision = decide(self.log, wanted, self.known, RULES, FACTS, now)
        self.log = decision.log
        self.stored += decision.events
        self.known |= decision.seqs
        for follower in self.followers.values():
            follower.coming += decision.events
        for key, seq in decision.seqs.items():
            assert self.answered.setdefault(key, seq) == seq
        if answered:
            wanted.clear()

    @rule(who=st.sampled_from(PEOPLE), lost=st.integers(0, 3))
    def lose(self, who: str, lost: int) -> None:
        """The first of what was on its way never arrives."""
        follower = self.followers[who]
        follower.coming = follower.coming[lost:]

    @rule(who=st.sampled_from(PEOPLE))
    def arrive(self, who: str) -> None:
        """As the browser does: apply the next, pass over the known, come back at a hole."""
        follower = self.followers[who]
        for event in follower.coming:
            if follower.log is None or event.seq > follower.log.seq + 1:
                return self.come_back(who, whole=False)
            if event.seq == follower.log.seq + 1:
                follower.log = replay(follower.log, [event], RULES)
        follower.coming = []

    @rule(who=st.sampled_from(PEOPLE), whole=st.booleans())
    def come_back(self, who: str, whole: bool) -> None:
        """The welcome gives either the state, or what came after the last number."""
        follower = self.followers[who]
        follower.coming = []
        if whole or follower.log is None:
            follower.log = self.log
        else:
            follower.log = replay(follower.log, self.stored[follower.log.seq :], RULES)

    @precondition(lambda self: len(self.stored) > 2)
    @rule(at=st.integers(0, 100))
    def crash(self, at: int) -> None:
        """A new process opens the log from a snapshot of any age and what followed."""
        cut = min(at, len(self.stored))
        early = replay(Log(0, LiveState()), self.stored[:cut], RULES)
        snapshot = RULES.load(json.loads(json.dumps(RULES.dump(early.state))))
        self.log = replay(Log(cut, snapshot), self.stored[cut:], RULES)
        self.known = {event.key: event.seq for event in self.stored}

    @invariant()
    def ll8_the_state_is_the_reduction_of_the_stored_events(self) -> None:
        assert replay(Log(0, LiveState()), self.stored, RULES) == self.log

    @invariant()
    def ll8_followers_are_behind_but_never_wrong(self) -> None:
        for follower in self.followers.values():
            if follower.log is not None:
                so_far = replay(Log(0, LiveState()), self.stored[: follower.log.seq], RULES)
                assert show(follower.log.state) == show(so_far.state)

    @invariant()
    def ll4_every_event_is_stored_at_most_once(self) -> None:
        keys = [event.key for event in self.stored]
        assert len(keys) == len(set(keys))

    @invariant()
    def ct1_control_is_held_by_at_most_one_with_a_right_to_it(self) -> None:
        state = self.log.state
        if state.control is not None:
            assert state.case_id is not None
            assert SEATS[state.control] != "observer"
            assert state.control not in state.control_requests
            assert state.control not in state.removed

    @invariant()
    def cs5_a_recording_runs_only_for_the_open_case(self) -> None:
        state = self.log.state
        assert state.recording is None or state.recording.case_id == state.case_id

    def teardown(self) -> None:
        """Everybody comes back and sends what was not answered: all converge (LL8, LL4)."""
        for who in PEOPLE:
            self.send(who, answered=True)
        for who, follower in self.followers.items():
            self.come_back(who, whole=False)
            assert follower.log is not None
            assert show(follower.log.state) == show(self.log.state)


SessionMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestSessions = SessionMachine.TestCase
