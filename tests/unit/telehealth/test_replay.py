"""Replay shows what the meeting showed (docs/recording.md R-30)."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from recordings.levels import Voice
from recordings.recording import Recording, RecordingId, RecordingState
from recordings.timeline import LoggedEvent
from signaling.live_log import SERVER, SERVER_SEAT, Draft, Event, Identity, Log, decide
from telehealth.live_rules import LiveRules
from telehealth.live_state import LiveState, show
from telehealth.replay import Replay, lay_out
from tests.support.live_vectors import CASE_1, CASE_2, CHAIR, FACTS, MEMBER, SEATS, START, view

RULES = LiveRules()
BEGAN_AT = 20.0
STOPPED_AT = 80.0
STORY = [
    (0, CHAIR, "session_started", {}),
    (1, CHAIR, "chat_message", {"text": "Ca trước"}),
    (2, CHAIR, "case_opened", {"case_id": CASE_1}),
    (3, CHAIR, "control_taken", {}),
    (10, CHAIR, "view_changed", view(frame=1)),
    (BEGAN_AT, SERVER, "recording_started", {"recording_id": "r"}),
    (30, CHAIR, "view_changed", view(frame=7)),
    (31, MEMBER, "chat_message", {"text": "Lát này"}),
    (40, CHAIR, "view_changed", view(frame=9)),
    (STOPPED_AT, CHAIR, "case_opened", {"case_id": CASE_2}),
    (90, MEMBER, "chat_message", {"text": "Ca sau"}),
]


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def told() -> tuple[list[LoggedEvent], dict[int, LiveState]]:
    """The story as the log stored it, and what the meeting showed after each event."""
    log, events, shown = Log(0, RULES.initial()), [], {}
    for second, by, kind, body in STORY:
        seat = SEATS.get(by, SERVER_SEAT)
        draft = Draft(Identity(by), seat, str(second), kind, body)
        decided = decide(log, [draft], {}, RULES, FACTS, at(second))
        assert not decided.refusals, decided.refusals
        log = decided.log
        event: Event = decided.events[0]
        events.append(LoggedEvent(event.seq, event.at, event.kind, event.by, event.body))
        shown[event.seq] = log.state
    return events, shown


@pytest.fixture
def replay() -> Replay:
    recording = Recording(
        RecordingId(uuid4()), uuid4(), uuid4(), uuid4(), at(BEGAN_AT), RecordingState.READY
    )
    events, _ = told()
    voices = [Voice(CHAIR, 1.0, bytes([100] * 20))]
    return lay_out(replace(recording, stopped_at=at(STOPPED_AT)), events, voices)


@pytest.mark.parametrize(("second", "image_frame"), [(0.0, 1), (9.9, 1), (10.0, 7), (59.0, 9)])
def test_r30_the_right_slice_stands_at_each_second(
    replay: Replay, second: float, image_frame: int
) -> None:
    view_then = replay.state_at(second).shown.view
    assert view_then is not None
    port = view_then.viewports[0]
    assert port is not None
    assert port.body()["frame"] == image_frame


def test_r30_replay_equals_the_meeting_but_for_earlier_chat(replay: Replay) -> None:
    _, shown = told()
    meeting, replayed = show(shown[9]), show(replay.state_at(59.0))
    assert replayed.pop("chat") == meeting.pop("chat")[1:]
    assert replayed == meeting


def test_r6_nothing_of_another_case_is_told(replay: Replay) -> None:
    body = str(replay.body())
    assert "Lát này" in body
    assert "Ca trước" not in body
    assert "Ca sau" not in body
    assert CASE_2 not in body


def test_the_body_is_the_contract(replay: Replay) -> None:
    body = replay.body()
    assert body["duration_s"] == 60.0
    assert [event["t_s"] for event in body["events"]] == [10.0, 11.0, 20.0]
    assert body["speakers"] == [{"identity": CHAIR, "spans": [[1.0, 3.0]]}]
    assert body["state"]["case_id"] == CASE_1
    assert max(body["peaks"]) == pytest.approx(100 / 127, abs=0.001)
