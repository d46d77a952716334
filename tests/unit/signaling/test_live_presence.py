"""Who is in the session: PR rules of docs/live-log.md."""

from datetime import timedelta
from uuid import UUID

from signaling.live_presence import Arrived, Left, Roster, Seen
from tests.support.live_tally import START, person

FIRST, SECOND = UUID(int=1), UUID(int=2)
AN = person("an")
LATER = START + timedelta(seconds=5)


def test_a_first_arrival_is_a_stay():
    roster = Roster(START)
    assert roster.arrive(AN, "tab 1", FIRST, LATER) == (Arrived(FIRST, "an", "member", LATER), None)
    assert roster.online() == ["an"]
    assert roster.absent_since("an") is None


def test_pr1_pr3_a_newer_connection_replaces_without_a_new_stay():
    roster = Roster(START)
    roster.arrive(AN, "tab 1", FIRST, START)
    assert roster.arrive(AN, "tab 2", SECOND, LATER) == (None, "tab 1")
    assert roster.leave("an", "tab 1", LATER) is None
    assert roster.online() == ["an"]
    assert roster.leave("an", "tab 2", LATER) == Left(FIRST, LATER)


def test_who_returns_begins_a_new_stay():
    roster = Roster(START)
    roster.arrive(AN, "tab 1", FIRST, START)
    roster.leave("an", "tab 1", START)
    arrived, replaced = roster.arrive(AN, "tab 2", SECOND, LATER)
    assert (arrived, replaced) == (Arrived(SECOND, "an", "member", LATER), None)


def test_ct6_absence_counts_from_the_departure_or_the_opening():
    roster = Roster(START)
    assert roster.absent_since("binh") == START
    roster.arrive(AN, "tab", FIRST, START)
    roster.leave("an", "tab", LATER)
    assert roster.absent_since("an") == LATER


def test_pr2_presence_keeps_those_who_left():
    roster = Roster(START)
    roster.arrive(AN, "tab", FIRST, START)
    roster.leave("an", "tab", LATER)
    assert roster.show() == [
        {
            "identity": "an",
            "full_name": "BS. an",
            "facility": "BV Nậm Khê",
            "seat": "member",
            "online": False,
            "joined_at": "2026-11-26T07:00:00.000Z",
        }
    ]


def test_pr4_those_present_are_seen():
    roster = Roster(START)
    assert roster.seen(LATER) is None
    roster.arrive(AN, "tab", FIRST, START)
    assert roster.seen(LATER) == Seen((FIRST,), LATER)


def test_a_stranger_does_not_leave():
    assert Roster(START).leave("an", "tab", START) is None
