from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.agenda import (
    MOST_CASES,
    AgendaItem,
    minutes_over,
    planned_starts,
    replan,
    total_minutes,
)
from scheduling.calendar_export import CalendarEntry, ics
from scheduling.case import CaseState
from scheduling.errors import AgendaRefused, VersionConflict
from scheduling.session import SessionState
from tests.unit.scheduling.test_session import START, a_session

OPEN = a_session(SessionState.OPEN)
items = st.lists(
    st.builds(AgendaItem, st.uuids(), st.integers(1, 240)),
    max_size=MOST_CASES,
    unique_by=lambda item: item.case_id,
)


@given(items)
def test_total_is_the_sum_and_starts_follow_one_another(found: list[AgendaItem]) -> None:
    starts = planned_starts(START, found)
    assert len(starts) == len(found)
    if found:
        end = starts[-1] + timedelta(minutes=found[-1].planned_minutes)
        assert end - START == timedelta(minutes=total_minutes(found))
    assert minutes_over(found, 150) == max(0, total_minutes(found) - 150)
    assert list(starts) == sorted(starts)


@given(items, st.sets(st.uuids(), max_size=5))
def test_a_new_agenda_says_what_comes_and_what_goes(
    found: list[AgendaItem], others: set[UUID]
) -> None:
    half = {item.case_id for item in found[::2]}
    states = {
        item.case_id: CaseState.SCHEDULED if item.case_id in half else CaseState.ACCEPTED
        for item in found
    }
    current = half | others
    change = replan(OPEN, OPEN.version, found, current, states)
    assert list(change.placed) == found
    assert set(change.added) == set(states) - half
    assert set(change.removed) == current - set(states)


def test_an_old_version_is_told_the_current_one() -> None:
    with pytest.raises(VersionConflict) as conflict:
        replan(OPEN, OPEN.version - 1, [], (), {})
    assert conflict.value.current == OPEN.version


@pytest.mark.parametrize("state", set(SessionState) - {SessionState.OPEN, SessionState.PLANNED})
def test_a_locked_agenda_stays(state: SessionState) -> None:
    session = a_session(state)
    with pytest.raises(AgendaRefused) as refused:
        replan(session, session.version, [], (), {})
    assert refused.value.reason == "agenda-locked"


CASE = UUID(int=1)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ([AgendaItem(CASE, 10), AgendaItem(CASE, 10)], "case-twice"),
        ([AgendaItem(CASE, 0)], "minutes-out-of-range"),
        ([AgendaItem(CASE, 241)], "minutes-out-of-range"),
        ([AgendaItem(UUID(int=2), 10)], "case-not-accepted"),
        ([AgendaItem(UUID(int=n), 1) for n in range(MOST_CASES + 1)], "too-many-cases"),
    ],
)
def test_broken_agendas_are_refused_by_name(wanted: list[AgendaItem], reason: str) -> None:
    with pytest.raises(AgendaRefused) as refused:
        replan(OPEN, OPEN.version, wanted, (), {CASE: CaseState.ACCEPTED})
    assert refused.value.reason == reason


@pytest.mark.parametrize("state", set(CaseState) - {CaseState.ACCEPTED, CaseState.SCHEDULED})
def test_only_accepted_cases_come_on_the_agenda(state: CaseState) -> None:
    with pytest.raises(AgendaRefused):
        replan(OPEN, OPEN.version, [AgendaItem(CASE, 10)], (), {CASE: state})


def test_the_feed_tells_time_place_and_change_and_no_more() -> None:
    entry = CalendarEntry(OPEN, "Bệnh viện Trung ương Lạc Việt", "http://hub/sessions/1")
    text = ics([entry], "Lịch hội chẩn", "hub").decode().replace("\r\n ", "")
    assert "BEGIN:VEVENT" in text
    assert "DTSTART:20261126T070000Z" in text
    assert f"UID:{OPEN.id}@hub" in text
    assert "SEQUENCE:3" in text
    assert "STATUS:CONFIRMED" in text
    assert "SUMMARY:Hội chẩn tuần 48" in text
    cancelled = CalendarEntry(a_session(SessionState.CANCELLED), "", "")
    assert "STATUS:CANCELLED" in ics([cancelled], "", "hub").decode()
