from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.facility import FacilityId
from scheduling.holidays import clashes, is_working_day, proposals, seed_holidays
from scheduling.series import (
    ExceptionKind,
    PlannedSession,
    Series,
    SeriesException,
    SeriesId,
    expand,
    session_id_of,
    synchronised,
)
from scheduling.session import SessionState

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
THURSDAYS = Series(
    id=SeriesId(UUID(int=7)),
    title="Hội chẩn thứ Năm",
    hub_id=FacilityId(UUID(int=8)),
    chair_id=None,
    secretary_id=None,
    starts_on=date(2026, 1, 1),
)
days = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@given(
    starts_on=days,
    weekday=st.integers(0, 6),
    span=st.integers(0, 1200),
    zone=st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Paris", "America/New_York"]),
)
def test_weekly_for_ever_on_the_same_weekday_and_wall_clock(
    starts_on: date, weekday: int, span: int, zone: str
) -> None:
    series = replace(THURSDAYS, starts_on=starts_on, weekday=weekday, time_zone=zone)
    last = starts_on + timedelta(days=span)
    found = expand(series, (), starts_on - timedelta(days=50), last)
    local = [o.starts_at.astimezone(ZoneInfo(zone)) for o in found]
    assert all(at.weekday() == weekday and at.time() == time(14, 0) for at in local)
    assert all(starts_on <= at.date() <= last for at in local)
    assert all((b.date() - a.date()).days == 7 for a, b in pairwise(local))
    assert len(found) in (span // 7, span // 7 + 1)
    assert all(o.ends_at - o.starts_at == timedelta(minutes=150) for o in found)


@given(first=days, cut=st.integers(0, 400))
def test_expanding_in_two_parts_gives_the_same_sessions(first: date, cut: int) -> None:
    series = replace(THURSDAYS, starts_on=first)
    middle, last = first + timedelta(days=cut), first + timedelta(days=400)
    whole = expand(series, (), first, last)
    parts = expand(series, (), first, middle) + expand(series, (), middle + timedelta(days=1), last)
    assert whole == parts
    assert len({o.session_id for o in whole}) == len(whole)


def test_vietnam_thursday_14_00_is_07_00_utc() -> None:
    (only,) = expand(THURSDAYS, (), date(2026, 11, 22), date(2026, 11, 28))
    assert only.starts_at == datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


def test_exceptions_skip_move_add_and_keep_the_id_of_the_rule() -> None:
    thursdays = [date(2026, 11, 26), date(2026, 12, 3), date(2026, 12, 10)]
    found = expand(
        THURSDAYS,
        [
            SeriesException(thursdays[0], ExceptionKind.SKIP),
            SeriesException(thursdays[1], ExceptionKind.MOVE, date(2026, 12, 4), time(8, 30)),
            SeriesException(date(2026, 12, 7), ExceptionKind.EXTRA, reason="dồn ca"),
        ],
        date(2026, 11, 22),
        date(2026, 12, 12),
    )
    local = [o.starts_at.astimezone(ZONE).replace(tzinfo=None) for o in found]
    assert local == [
        datetime(2026, 12, 4, 8, 30),  # noqa: DTZ001 local wall clock on purpose
        datetime(2026, 12, 7, 14, 0),  # noqa: DTZ001
        datetime(2026, 12, 10, 14, 0),  # noqa: DTZ001
    ]
    assert found[0].session_id == session_id_of(THURSDAYS.id, thursdays[1])


def test_an_inactive_series_has_no_sessions() -> None:
    off = replace(THURSDAYS, active=False)
    assert expand(off, (), date(2026, 11, 1), date(2026, 12, 1)) == ()


def test_changed_rule_keeps_sessions_with_cases_and_opened_ones() -> None:
    first, last = date(2026, 11, 22), date(2026, 12, 20)
    old = expand(THURSDAYS, (), first, last)
    stored = {
        o.session_id: PlannedSession(SessionState.PLANNED, o.starts_at, o.ends_at, 0) for o in old
    }
    stored[old[0].session_id] = replace(stored[old[0].session_id], case_count=2)
    stored[old[1].session_id] = replace(stored[old[1].session_id], state=SessionState.OPEN)
    fridays = expand(replace(THURSDAYS, weekday=4), (), first, last)
    sync = synchronised(fridays, stored)
    assert sync.create == fridays
    assert set(sync.drop) == {old[2].session_id, old[3].session_id}


def test_changed_hour_retimes_planned_sessions_only() -> None:
    first, last = date(2026, 11, 22), date(2026, 12, 20)
    old = expand(THURSDAYS, (), first, last)
    stored = {
        o.session_id: PlannedSession(SessionState.PLANNED, o.starts_at, o.ends_at, 1) for o in old
    }
    stored[old[0].session_id] = replace(stored[old[0].session_id], state=SessionState.OPEN)
    earlier = expand(replace(THURSDAYS, start_time=time(8, 0)), (), first, last)
    sync = synchronised(earlier, stored)
    assert sync.retime == earlier[1:]
    assert sync.create == ()
    assert sync.drop == ()
    assert synchronised(old, stored).retime == ()


def test_holiday_on_a_thursday_clashes_and_proposes_the_working_days_around() -> None:
    found = expand(THURSDAYS, (), date(2026, 4, 20), date(2026, 5, 10))
    (clash,) = clashes(found, seed_holidays(2026), ZONE, today=date(2026, 4, 1))
    assert clash.on == date(2026, 4, 30)
    assert clash.holiday.name_vi
    assert clash.proposals == (date(2026, 4, 29), date(2026, 5, 4))


def test_decided_dates_do_not_clash_again() -> None:
    keep = [SeriesException(date(2026, 4, 30), ExceptionKind.KEEP)]
    found = expand(THURSDAYS, keep, date(2026, 4, 20), date(2026, 5, 10))
    assert len(found) == 3
    assert clashes(found, seed_holidays(2026), ZONE, today=date(2026, 4, 1)) == ()


def test_lunar_days_are_those_of_vietnam_and_not_of_china() -> None:
    new_year = {
        year: next(h.on for h in seed_holidays(year) if h.name_vi.startswith("Tết Nguyên Đán"))
        for year in (2007, 2026, 2027, 2028, 2029, 2030)
    }
    assert new_year == {
        2007: date(2007, 2, 17),
        2026: date(2026, 2, 17),
        2027: date(2027, 2, 6),
        2028: date(2028, 1, 26),
        2029: date(2029, 2, 13),
        2030: date(2030, 2, 2),
    }


@given(day=days, off=st.sets(st.integers(-9, 9)), ahead=st.integers(-3, 3))
def test_proposals_are_coming_working_days(day: date, off: set[int], ahead: int) -> None:
    days_off = {day + timedelta(days=n) for n in off} | {day}
    today = day + timedelta(days=ahead)
    for proposal in proposals(day, days_off, today):
        assert is_working_day(proposal, days_off)
        assert proposal > today
