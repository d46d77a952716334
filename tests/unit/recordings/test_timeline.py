from datetime import UTC, datetime, timedelta

import pytest

from recordings.levels import Voice
from recordings.timeline import LoggedEvent, events_before, state_at, timeline

START = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


def event(seq: int, second: float, kind: str = "view_changed", **body: object) -> LoggedEvent:
    return LoggedEvent(seq, START + timedelta(seconds=second), kind, "p1", body)


def shown(state: str, event: LoggedEvent) -> str:
    return str(event.body["slice"]) if event.kind == "view_changed" else state


def test_events_during_the_recording_stand_at_their_second() -> None:
    events = [event(3, 12.3456), event(1, -5), event(2, 1), event(4, 60)]
    laid = timeline(START, START + timedelta(seconds=60), events, [])
    assert [(moment.t_s, moment.event.kind, moment.event.seq) for moment in laid.moments] == [
        (1.0, "view_changed", 2),
        (12.346, "view_changed", 3),
    ]
    assert laid.duration_s == 60
    assert [before.seq for before in events_before(START, events)] == [1]


@pytest.mark.parametrize(("second", "slice_shown"), [(0, "0"), (9.99, "1"), (10, "2"), (99, "3")])
def test_state_at_folds_with_the_reducer_of_the_meeting(second: float, slice_shown: str) -> None:
    events = [
        event(1, 1, slice=1),
        event(2, 10, slice=2),
        event(3, 11, "chat"),
        event(4, 20, slice=3),
    ]
    laid = timeline(START, START + timedelta(minutes=1), events, [])
    assert state_at("0", laid.moments, second, shown) == slice_shown


def test_speakers_are_joined_over_their_segments() -> None:
    voices = [
        Voice("b", 0.0, bytes([90] * 10)),
        Voice("a", 1.0, bytes([90] * 5)),
        Voice("a", 2.0, bytes([90] * 5)),
        Voice("silent", 0.0, bytes(20)),
    ]
    laid = timeline(START, START + timedelta(seconds=4), [], voices)
    assert [(speaker.identity, speaker.spans) for speaker in laid.speakers] == [
        ("a", ((1.0, 2.5),)),
        ("b", ((0.0, 1.0),)),
    ]
    assert len(laid.peaks) == 8
    assert laid.peaks[0] > 0.7
    assert laid.peaks[-1] == 0


def test_a_long_recording_has_bounded_peaks() -> None:
    laid = timeline(START, START + timedelta(hours=3), [], [])
    assert len(laid.peaks) == 2_000
