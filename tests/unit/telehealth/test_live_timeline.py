"""What the log says of a case afterwards: PR5 of docs/live-log.md."""

from datetime import datetime, timedelta
from typing import Any

from signaling.live_log import Event, Identity
from signaling.live_storage import Stay
from telehealth.live_timeline import (
    ShownSeries,
    Span,
    case_spans,
    images_shown,
    present_during,
)
from tests.support.live_vectors import CASE_1, CASE_2, CHAIR, SERIES, START, STUDY, view

EMPTY = {"view": None, "marks": [], "key_images": []}


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def log(*entries: tuple[int, str, dict[str, Any]]) -> list[Event]:
    return [
        Event(seq, at(minute), Identity(CHAIR), str(seq), kind, body)
        for seq, (minute, kind, body) in enumerate(entries, 1)
    ]


def opened(minute: int, case_id: str, **body: Any) -> tuple[int, str, dict[str, Any]]:
    return minute, "case_opened", {"case_id": case_id, **EMPTY, **body}


def test_a_case_is_open_until_the_next_thing_and_may_open_again():
    events = log(
        opened(1, CASE_1),
        opened(5, CASE_2),
        opened(9, CASE_1),
        (12, "case_closed", {"case_id": CASE_1}),
        opened(15, CASE_2),
    )
    assert case_spans(events, CASE_1) == [Span(at(1), at(5)), Span(at(9), at(12))]
    assert case_spans(events, CASE_2) == [Span(at(5), at(9)), Span(at(15))]
    assert case_spans([*events, *log((20, "session_ended", {}))], CASE_2)[-1].until == at(20)


def test_images_are_those_on_screen_while_the_case_was_open():
    other = view(1, "1.2.840.2")
    events = log(
        opened(1, CASE_1),
        (2, "view_changed", view(1)),
        (3, "view_changed", view(2)),
        opened(5, CASE_2),
        (6, "view_changed", other),
        (7, "case_closed", {"case_id": CASE_2}),
    )
    assert images_shown(events, CASE_1) == [ShownSeries(STUDY, SERIES, at(2))]
    assert [shown.study_uid for shown in images_shown(events, CASE_2)] == ["1.2.840.2"]


def test_a_reopened_case_shows_what_it_kept():
    assert images_shown(log(opened(1, CASE_1, **view(1))), CASE_1)[0].first_at == at(1)


def test_pr5_attendance_is_the_overlap_from_first_to_last():
    stays = [
        Stay("an", "chair", at(0), at(30)),
        Stay("binh", "member", at(3), at(4)),
        Stay("binh", "member", at(6), at(11)),
        Stay("chi", "member", at(6), at(8)),
        Stay("dung", "observer", at(9), None),
    ]
    spans = [Span(at(1), at(5)), Span(at(10), at(12))]
    assert present_during(stays, spans) == [
        Stay("an", "chair", at(1), at(12)),
        Stay("binh", "member", at(3), at(11)),
        Stay("dung", "observer", at(10), at(12)),
    ]


def test_pr5_who_is_still_there_has_not_left():
    stays = [Stay("an", "chair", at(0), at(2)), Stay("an", "chair", at(3), None)]
    assert present_during(stays, [Span(at(1))]) == [Stay("an", "chair", at(1), None)]
    assert present_during(stays, []) == []
