"""Who may do what in a live session: rules CT, CS, PT (docs/live-log.md), VS (view-sync.md)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from signaling.live_log import SERVER, Draft, Event, Identity, Log, Refusal, decide
from telehealth.live_facts import CaseFacts
from telehealth.live_rules import LiveRules
from telehealth.live_state import LiveState, show
from tests.support.live_vectors import (
    CASE_1,
    CASE_2,
    CHAIR,
    FACTS,
    KEY_IMAGE,
    MARK,
    MEMBER,
    OBSERVER,
    PRESENTER,
    SEATS,
    SECRETARY,
    START,
    mark,
    view,
)

RULES = LiveRules()


class Story:
    """A session told step by step; each step says whether it was accepted."""

    def __init__(self, facts: Any = FACTS) -> None:
        self.log = Log(0, LiveState())
        self.facts = facts

    @property
    def state(self) -> LiveState:
        return self.log.state

    def tries(self, by: str, kind: str, **body: Any) -> str:
        """`ok`, or the slug of the refusal."""
        draft = Draft(Identity(by), SEATS[by], f"{self.log.seq}", kind, body)
        now = START + timedelta(seconds=self.log.seq)
        decision = decide(self.log, [draft], {}, RULES, self.facts, now)
        self.log = decision.log
        return next((refusal.slug for refusal in decision.refusals.values()), "ok")

    def does(self, by: str, kind: str, **body: Any) -> "Story":
        assert self.tries(by, kind, **body) == "ok", (by, kind)
        return self

    def opened(self) -> "Story":
        return self.does(CHAIR, "session_started").does(CHAIR, "case_opened", case_id=CASE_1)

    def due(self, away: dict[str, datetime], now: datetime) -> Draft | None:
        return RULES.due(self.state, lambda who: away.get(who), now)


def test_ct2_requests_queue_once_and_observers_have_none():
    story = Story().opened()
    story.does(MEMBER, "control_requested").does(SECRETARY, "control_requested")
    story.does(MEMBER, "control_requested")
    assert story.state.control_requests == (SECRETARY, MEMBER)
    assert story.tries(OBSERVER, "control_requested") == "not-allowed"
    story.does(CHAIR, "control_taken")
    assert story.tries(CHAIR, "control_requested") == "already-in-control"


def test_ct1_ct2_nothing_about_control_without_an_open_case():
    story = Story().does(CHAIR, "session_started")
    assert story.tries(MEMBER, "control_requested") == "no-open-case"
    assert story.tries(CHAIR, "control_taken") == "no-open-case"


def test_ct3_the_chair_or_the_holder_grants():
    story = Story().opened().does(MEMBER, "control_requested")
    assert story.tries(PRESENTER, "control_granted", identity=MEMBER) == "not-allowed"
    story.does(CHAIR, "control_granted", identity=PRESENTER)
    story.does(PRESENTER, "control_granted", identity=MEMBER)
    assert (story.state.control, story.state.control_requests) == (MEMBER, ())
    assert story.tries(MEMBER, "control_granted", identity=MEMBER) == "already-in-control"


@pytest.mark.parametrize("identity", [OBSERVER, "nobody", None, 7, ""])
def test_ct3_control_goes_to_a_seat_that_may_have_it(identity):
    assert Story().opened().tries(CHAIR, "control_granted", identity=identity) == "not-seated"


def test_ct4_only_the_holder_releases():
    story = Story().opened().does(PRESENTER, "control_taken")
    assert story.tries(CHAIR, "control_released") == "not-in-control"
    assert story.does(PRESENTER, "control_released").state.control is None


def test_ct5_who_may_take_control():
    story = Story().opened()
    assert story.tries(MEMBER, "control_taken") == "not-allowed"
    story.does(PRESENTER, "control_taken")
    assert story.tries(PRESENTER, "control_taken") == "already-in-control"
    story.does(CHAIR, "control_taken")
    assert story.tries(PRESENTER, "control_taken") == "control-held"
    other_case = story.does(CHAIR, "case_opened", case_id=CASE_2)
    assert other_case.tries(PRESENTER, "control_taken") == "not-allowed"


def test_ct6_control_is_freed_after_thirty_seconds_of_absence():
    story = Story().opened().does(PRESENTER, "control_taken")
    left = START + timedelta(minutes=1)
    assert story.due({}, left) is None
    assert story.due({PRESENTER: left}, left + timedelta(seconds=29)) is None
    freed = story.due({PRESENTER: left}, left + timedelta(seconds=30))
    assert freed is not None
    assert (freed.by, freed.kind) == (SERVER, "control_released")
    assert freed.body == {"identity": PRESENTER, "reason": "left"}
    story.does(SERVER, freed.kind, **freed.body)
    assert story.state.control is None


def test_ct6_a_late_release_does_not_hit_the_next_holder():
    story = Story().opened().does(PRESENTER, "control_taken").does(CHAIR, "control_taken")
    slug = story.tries(SERVER, "control_released", identity=PRESENTER, reason="left")
    assert (slug, story.state.control) == ("not-in-control", CHAIR)


def test_ct7_another_case_frees_control_and_requests():
    story = Story().opened().does(PRESENTER, "control_taken").does(MEMBER, "control_requested")
    story.does(CHAIR, "case_opened", case_id=CASE_2)
    assert (story.state.control, story.state.control_requests) == (None, ())


def test_ct8_a_request_lapses_with_its_author_or_is_withdrawn():
    story = Story().opened().does(MEMBER, "control_requested").does(SECRETARY, "control_requested")
    lapsed = story.due({MEMBER: START}, START + timedelta(seconds=30))
    assert lapsed is not None
    story.does(SERVER, lapsed.kind, **lapsed.body).does(SECRETARY, "control_request_withdrawn")
    assert story.state.control_requests == ()
    assert story.tries(MEMBER, "control_request_withdrawn", identity=SECRETARY) == "not-allowed"


def test_cs1_the_chair_starts_and_ends_once():
    story = Story()
    assert story.tries(SECRETARY, "session_started") == "not-allowed"
    assert story.tries(CHAIR, "session_ended") == "session-not-live"
    assert story.tries(CHAIR, "case_opened", case_id=CASE_1) == "session-not-live"
    story.does(CHAIR, "session_started")
    assert story.tries(CHAIR, "session_started") == "session-already-started"
    assert story.does(CHAIR, "session_ended").state.session_state == "ended"
    assert story.tries(CHAIR, "session_started") == "session-not-live"


def test_cs1_a_session_that_may_not_start_says_why():
    why = Refusal("agenda-not-locked", "Lock the agenda first")
    story = Story(replace(FACTS, start_refusal=why))
    assert story.tries(CHAIR, "session_started") == "agenda-not-locked"


@pytest.mark.parametrize("case_id", ["", "nothing", None, 7, ["x"], {}])
def test_cs2_only_cases_of_the_agenda(case_id):
    story = Story().does(CHAIR, "session_started")
    assert story.tries(CHAIR, "case_opened", case_id=case_id) == "case-not-on-agenda"


def test_cs2_only_the_chair_and_only_past_the_consent_gate():
    gate = Refusal("consent-missing", "No consent")
    cases = {**FACTS.cases, CASE_2: CaseFacts(MEMBER, refusal=gate)}
    story = Story(replace(FACTS, cases=cases)).opened()
    assert story.tries(SECRETARY, "case_opened", case_id=CASE_2) == "not-allowed"
    assert story.tries(CHAIR, "case_opened", case_id=CASE_2) == "consent-missing"
    assert story.tries(CHAIR, "case_opened", case_id=CASE_1) == "case-already-open"


def test_cs3_a_reopened_case_shows_what_it_showed():
    story = Story().opened().does(PRESENTER, "control_taken")
    story.does(PRESENTER, "view_changed", **view(7)).does(MEMBER, "mark_added", **mark())
    story.does(SECRETARY, "key_image_toggled", **KEY_IMAGE)
    before = show(story.state)
    story.does(CHAIR, "case_opened", case_id=CASE_2)
    other = {"case_id": None, "case_opened_at": None}
    assert show(story.state) | other == show(LiveState()) | {"session_state": "live"}
    story.does(CHAIR, "case_closed").does(CHAIR, "case_opened", case_id=CASE_1)
    again = {"control": None, "case_opened_at": show(story.state)["case_opened_at"]}
    assert show(story.state) == before | again


def test_cs4_recording_needs_the_server_and_the_consent_of_the_open_case():
    story = Story().opened()
    assert story.tries(CHAIR, "recording_started", recording_id="r") == "server-only"
    story.does(SERVER, "recording_started", recording_id="r")
    assert story.state.recording is not None
    assert story.state.recording.case_id == CASE_1
    assert story.tries(SERVER, "recording_started", recording_id="s") == "recording-runs"
    assert story.tries(CHAIR, "recording_stopped") == "server-only"
    story.does(SERVER, "recording_stopped")
    assert story.tries(SERVER, "recording_stopped") == "not-recording"
    story.does(CHAIR, "case_opened", case_id=CASE_2)
    slug = story.tries(SERVER, "recording_started", recording_id="r")
    assert slug == "recording-not-consented"


@pytest.mark.parametrize("end", ["case_closed", "session_ended"])
def test_cs5_the_end_of_a_case_ends_the_recording(end):
    story = Story().opened().does(SERVER, "recording_started", recording_id="r")
    assert story.does(CHAIR, end).state.recording is None


def test_cs6_hands():
    story = Story().does(MEMBER, "hand_raised").does(OBSERVER, "hand_raised")
    assert story.tries(MEMBER, "hand_lowered", identity=OBSERVER) == "not-allowed"
    story.does(CHAIR, "hand_lowered", identity=OBSERVER)
    assert story.does(MEMBER, "hand_lowered").state.hands == ()


@pytest.mark.parametrize("text", [None, 7, "", "   ", "x" * 2_001, ["x"]])
def test_cs7_chat_text_has_limits(text):
    assert Story().tries(MEMBER, "chat_message", text=text) == "bad-body"


def test_cs7_the_last_fifty_are_kept():
    story = Story()
    for number in range(60):
        story.does(OBSERVER, "chat_message", text=f" tin {number} ")
    assert [message.text for message in story.state.chat] == [f"tin {n}" for n in range(10, 60)]


def test_cs8_key_images():
    story = Story().opened()
    assert story.tries(MEMBER, "key_image_toggled", **KEY_IMAGE) == "not-allowed"
    assert story.tries(CHAIR, "key_image_toggled", sop_uid="9.9", frame=1) == "image-not-in-case"
    assert story.tries(CHAIR, "key_image_toggled", sop_uid="x", frame=1) == "bad-body"
    story.does(CHAIR, "key_image_toggled", **KEY_IMAGE)
    assert show(story.state)["key_images"] == [KEY_IMAGE]
    story.does(SECRETARY, "key_image_toggled", **KEY_IMAGE)
    assert show(story.state)["key_images"] == []


def test_cs9_minutes_and_changed_papers_are_told_by_the_server():
    assert Story().tries(SECRETARY, "minutes_saved", case_id=CASE_1, version=1) == "server-only"
    assert Story().tries(CHAIR, "papers_changed", case_id=CASE_1) == "server-only"


def test_cs10_the_chair_removes_and_admits():
    story = Story().opened().does(CHAIR, "control_granted", identity=MEMBER)
    assert story.tries(SECRETARY, "person_removed", identity=MEMBER) == "not-allowed"
    assert story.tries(CHAIR, "person_removed", identity=CHAIR) == "not-allowed"
    assert story.tries(CHAIR, "person_removed") == "bad-body"
    story.does(CHAIR, "person_removed", identity=MEMBER)
    assert story.state.control is None
    assert RULES.entry(story.state, Identity(MEMBER)) is not None
    assert story.tries(CHAIR, "control_granted", identity=MEMBER) == "not-seated"
    story.does(CHAIR, "person_admitted", identity=MEMBER)
    assert RULES.entry(story.state, Identity(MEMBER)) is None


def test_cs11_after_the_end_only_chat_and_minutes():
    story = Story().opened().does(CHAIR, "session_ended")
    story.does(MEMBER, "chat_message", text="Cảm ơn")
    story.does(SERVER, "minutes_saved", case_id=CASE_1, version=2)
    assert story.tries(MEMBER, "hand_raised") == "session-not-live"
    assert story.tries(CHAIR, "case_opened", case_id=CASE_1) == "session-not-live"


def test_vs2_only_the_holder_and_only_images_of_the_case():
    story = Story().opened()
    assert story.tries(PRESENTER, "view_changed", **view()) == "not-in-control"
    story.does(PRESENTER, "control_taken")
    assert story.tries(PRESENTER, "view_changed", **view(study="9.9")) == "image-not-in-case"
    assert story.tries(CHAIR, "view_changed", **view()) == "not-in-control"
    story.does(PRESENTER, "view_changed", **view())


@pytest.mark.parametrize("body", [{}, {"view": 3}, {"view": {"layout": 3}}, {"view": None}])
def test_vs1_a_view_must_be_one(body):
    story = Story().opened().does(PRESENTER, "control_taken")
    assert story.tries(PRESENTER, "view_changed", **body) == "bad-body"


def test_vs5_marks_have_their_author_and_time_from_the_server():
    story = Story().opened()
    body = mark()
    body["mark"] |= {"by": CHAIR, "at": "1999-01-01T00:00:00Z"}
    story.does(MEMBER, "mark_added", **body)
    (shown,) = show(story.state)["marks"]
    assert (shown["by"], shown["at"][:10]) == (MEMBER, "2026-11-26")
    assert story.tries(OBSERVER, "mark_added", **mark()) == "not-allowed"
    assert story.tries(MEMBER, "mark_added", **mark(study="9.9")) == "image-not-in-case"
    assert story.tries(MEMBER, "mark_added", mark={"id": "x"}) == "bad-body"


def test_vs5_vs6_marks_are_changed_and_removed_by_their_author_or_the_holder():
    story = Story().opened().does(MEMBER, "mark_added", **mark())
    assert story.tries(SECRETARY, "mark_added", **mark()) == "mark-of-another"
    assert story.tries(SECRETARY, "mark_removed", mark_id=MARK) == "mark-of-another"
    story.does(MEMBER, "mark_added", **mark()).does(MEMBER, "mark_removed", mark_id=MARK)
    assert story.tries(MEMBER, "mark_removed", mark_id=MARK) == "mark-unknown"
    assert story.tries(MEMBER, "mark_removed", mark_id="x") == "bad-body"
    story.does(MEMBER, "mark_added", **mark()).does(PRESENTER, "control_taken")
    assert story.does(PRESENTER, "mark_removed", mark_id=MARK).state.shown.marks == ()


def test_vs5_five_hundred_marks_are_enough():
    story = Story().opened()
    for number in range(500):
        story.does(MEMBER, "mark_added", **mark(f"00000000-0000-4000-8000-{number:012}"))
    assert story.tries(MEMBER, "mark_added", **mark()) == "too-many-marks"


def test_pt2_everyone_but_observers_points_while_a_case_is_open():
    assert not RULES.may_point(Story().state, "chair")
    state = Story().opened().state
    assert [RULES.may_point(state, SEATS[who]) for who in (MEMBER, OBSERVER)] == [True, False]


def test_lc5_an_unknown_kind_is_refused_and_reduces_to_nothing():
    story = Story()
    assert story.tries(CHAIR, "of_tomorrow") == "unknown-event"
    event = Event(1, START, Identity(CHAIR), "1", "of_tomorrow", {})
    assert RULES.reduce(story.state, event) is story.state
