from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from signaling.live_log import Event, Identity
from signaling.live_storage import Stay
from telehealth.case_names import ascii_name
from telehealth.case_stays import present_during, spans_of

START = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def event(minute: int, kind: str, case_id: str = "") -> Event:
    body = {"case_id": case_id} if case_id else {}
    return Event(minute, at(minute), Identity("chair"), str(minute), kind, body)


def test_a_case_has_a_turn_for_each_time_it_was_open() -> None:
    log = [
        event(1, "case_opened", "a"),
        event(5, "case_opened", "b"),
        event(9, "case_opened", "a"),
        event(12, "session_ended"),
    ]
    assert spans_of(log, "a") == [(at(1), at(5)), (at(9), at(12))]
    assert spans_of(log[:3], "a") == [(at(1), at(5)), (at(9), None)]
    assert spans_of(log, "c") == []


def test_only_who_was_there_in_a_turn_counts_once() -> None:
    spans = [(at(1), at(5)), (at(9), at(12))]
    stays = [
        Stay("early", "member", at(0), at(1)),
        Stay("whole", "chair", at(0), None),
        Stay("twice", "member", at(2), at(3)),
        Stay("twice", "member", at(10), at(11)),
        Stay("between", "member", at(6), at(8)),
    ]
    assert present_during(stays, spans) == [
        Stay("whole", "chair", at(1), at(12)),
        Stay("twice", "member", at(2), at(11)),
    ]


minutes = st.integers(0, 30)


@given(st.lists(st.tuples(minutes, minutes), max_size=6))
def test_nobody_is_there_outside_the_turns(pairs: list[tuple[int, int]]) -> None:
    stays = [Stay(str(n), "member", at(min(p)), at(max(p))) for n, p in enumerate(pairs)]
    for one in present_during(stays, [(at(10), at(20))]):
        assert at(10) <= one.joined_at
        assert one.left_at is not None
        assert one.joined_at < one.left_at <= at(20)


def test_titles_become_names_any_share_takes() -> None:
    assert ascii_name("Hội chẩn từ xa tuần 48/2026 (Đột xuất)") == (
        "hoi-chan-tu-xa-tuan-48-2026-dot-xuat"
    )
    assert ascii_name("../…") == "khong-ten"
    assert len(ascii_name("á" * 300)) == 40
