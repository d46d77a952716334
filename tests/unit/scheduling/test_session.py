from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from scheduling.errors import SeatsRefused, TransitionRefused
from scheduling.facility import FacilityId
from scheduling.person import PersonId
from scheduling.session import (
    MOST_SEATS,
    TRANSITIONS,
    Seat,
    Seated,
    Session,
    SessionEvent,
    SessionId,
    SessionKind,
    SessionState,
    moved,
    rescheduled,
    seated,
)

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
START = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


def a_session(state: SessionState = SessionState.PLANNED) -> Session:
    return Session(
        id=SessionId(UUID(int=1)),
        hub_id=FacilityId(UUID(int=2)),
        kind=SessionKind.WEEKLY,
        title="Hội chẩn tuần 48",
        starts_at=START,
        ends_at=START + timedelta(minutes=150),
        time_zone="Asia/Ho_Chi_Minh",
        state=state,
        version=3,
        changed_at=NOW - timedelta(days=1),
    )


def person(number: int) -> PersonId:
    return PersonId(UUID(int=number))


@pytest.mark.parametrize(("state", "event"), list(product(SessionState, SessionEvent)))
def test_every_pair_of_state_and_event_moves_or_is_refused(
    state: SessionState, event: SessionEvent
) -> None:
    if (state, event) in TRANSITIONS:
        there = moved(a_session(state), event, NOW)
        assert (there.state, there.version) == (TRANSITIONS[state, event], 4)
        assert there.changed_at == NOW
    else:
        with pytest.raises(TransitionRefused):
            moved(a_session(state), event, NOW)


def test_rescheduling_keeps_the_length() -> None:
    there = rescheduled(a_session(), START + timedelta(days=1), NOW)
    assert there.slot_minutes == 150
    assert there.starts_at == START + timedelta(days=1)


def test_a_postponed_session_is_planned_again_when_it_gets_a_date() -> None:
    there = rescheduled(a_session(SessionState.POSTPONED), START, NOW)
    assert there.state is SessionState.PLANNED


def test_deadline_is_16_00_local_two_days_before() -> None:
    assert a_session().submission_deadline == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_ad_hoc_sessions_have_no_deadline() -> None:
    assert replace(a_session(), kind=SessionKind.AD_HOC).submission_deadline is None


def test_people_who_stay_keep_their_answer() -> None:
    before = replace(a_session(), seats=(Seated(person(1), Seat.MEMBER, True, "đến muộn 5 phút"),))
    there = seated(before, [Seated(person(2), Seat.CHAIR), Seated(person(1), Seat.SECRETARY)], NOW)
    assert there.seats[1] == Seated(person(1), Seat.SECRETARY, True, "đến muộn 5 phút")
    assert there.holder(Seat.CHAIR) == person(2)
    assert there.seat_of(person(1)) is Seat.SECRETARY
    assert there.seat_of(person(9)) is None


@pytest.mark.parametrize(
    ("seats", "reason"),
    [
        ([Seated(person(1), Seat.CHAIR), Seated(person(1), Seat.MEMBER)], "person-twice"),
        ([Seated(person(1), Seat.CHAIR), Seated(person(2), Seat.CHAIR)], "chair-twice"),
        ([Seated(person(1), Seat.SECRETARY), Seated(person(2), Seat.SECRETARY)], "secretary-twice"),
        ([Seated(person(n), Seat.OBSERVER) for n in range(MOST_SEATS + 1)], "too-many-people"),
    ],
)
def test_broken_seatings_are_refused_by_name(seats: list[Seated], reason: str) -> None:
    with pytest.raises(SeatsRefused) as refused:
        seated(a_session(), seats, NOW)
    assert refused.value.reason == reason


def test_nobody_is_seated_in_a_cancelled_session() -> None:
    with pytest.raises(TransitionRefused):
        seated(a_session(SessionState.CANCELLED), [], NOW)
