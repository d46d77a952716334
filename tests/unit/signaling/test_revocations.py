from datetime import UTC, datetime, timedelta

from signaling.grant import Grant, read_token, write_token
from signaling.revocations import KEPT, Revocations

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
KEYS = {"key": "a-secret-of-at-least-thirty-two-bytes"}


def token_of(identity: str, written: datetime, room: str = "conference") -> Grant:
    """The grant as the door reads it from a token that was written then."""
    grant = Grant(identity, room=room, room_join=True)
    text = write_token(grant, "key", KEYS["key"], written, timedelta(minutes=10))
    return read_token(text, KEYS, NOW)[0]


def test_h12_tokens_from_before_the_removal_are_refused_and_later_ones_not() -> None:
    revocations = Revocations()
    revocations.revoke("conference", "carol", int(NOW.timestamp()), NOW)
    assert revocations.cover(token_of("carol", NOW - timedelta(seconds=1)), NOW)
    assert not revocations.cover(token_of("carol", NOW), NOW)


def test_h12_a_removal_is_about_one_person_and_one_room() -> None:
    revocations = Revocations()
    revocations.revoke("conference", "carol", int(NOW.timestamp()), NOW)
    before = NOW - timedelta(minutes=1)
    assert not revocations.cover(token_of("dave", before), NOW)
    assert not revocations.cover(token_of("carol", before, "another"), NOW)


def test_h12_a_removal_is_forgotten_when_no_old_token_can_be_good() -> None:
    revocations, later = Revocations(), NOW + KEPT
    old = token_of("carol", NOW - timedelta(minutes=1))
    revocations.revoke("conference", "carol", int(NOW.timestamp()), NOW)
    assert revocations.cover(old, later - timedelta(seconds=1))
    assert not revocations.cover(old, later)


def test_h12_a_token_that_hides_when_it_was_written_is_an_old_one() -> None:
    revocations = Revocations()
    revocations.revoke("conference", "carol", int(NOW.timestamp()), NOW)
    assert revocations.cover(Grant("carol", room="conference"), NOW)
