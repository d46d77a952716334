"""The media room follows the stored log: LC9, CS11."""

import asyncio
import logging
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from signaling.errors import ParticipantMissing, RoomMissing, RoomServiceFailed, SignalingError
from signaling.live_log import Event, Identity, SessionId
from telehealth.room_effects import RoomFollower

SESSION = SessionId(uuid4())
WHO = str(uuid4())


class FakeRooms:
    """Implements `telehealth.room_effects.RoomControl`: fails as told, then obeys."""

    def __init__(self, *failures: SignalingError) -> None:
        self.failures = list(failures)
        self.calls: list[tuple[str, ...]] = []
        self.obeyed = asyncio.Event()

    async def remove(self, name: str, identity: str) -> None:
        self._obey("remove", name, identity)

    async def delete(self, name: str) -> None:
        self._obey("delete", name)

    def _obey(self, *call: str) -> None:
        self.calls.append(call)
        if self.failures:
            raise self.failures.pop(0)
        self.obeyed.set()


def event(kind: str, **body: str) -> Event:
    return Event(1, datetime(2026, 11, 26, tzinfo=UTC), Identity("chair"), "a", kind, body)


def unreachable() -> RoomServiceFailed:
    return RoomServiceFailed("RemoveParticipant", "unreachable")


async def finished(follower: RoomFollower) -> None:
    """All that was begun is over."""
    async with asyncio.timeout(5):
        while follower.busy:
            await asyncio.sleep(0)


async def test_lc9_a_removed_person_leaves_the_media_room() -> None:
    rooms = FakeRooms()
    follower = RoomFollower(rooms)
    follower(SESSION, [event("hand_raised"), event("person_removed", identity=WHO)])
    assert rooms.calls == []  # not on the path of the events
    await finished(follower)
    assert rooms.calls == [("remove", str(SESSION), WHO)]


async def test_cs11_the_media_room_ends_with_the_session() -> None:
    rooms = FakeRooms()
    follower = RoomFollower(rooms)
    follower(SESSION, [event("session_started"), event("session_ended")])
    await finished(follower)
    assert rooms.calls == [("delete", str(SESSION))]


async def test_an_engine_that_fails_is_asked_again_and_logged_with_ids_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rooms = FakeRooms(unreachable(), unreachable())
    follower = RoomFollower(rooms, (0.0, 0.0))
    with caplog.at_level(logging.WARNING):
        follower(SESSION, [event("person_removed", identity=WHO)])
        await finished(follower)
    assert rooms.obeyed.is_set()
    assert len(rooms.calls) == 3
    assert len(caplog.messages) == 2
    assert all(str(SESSION) in words and WHO in words for words in caplog.messages)


async def test_an_engine_that_stays_away_is_given_up() -> None:
    rooms = FakeRooms(*[unreachable()] * 9)
    follower = RoomFollower(rooms, (0.0, 0.0))
    follower(SESSION, [event("session_ended")])
    await finished(follower)
    assert len(rooms.calls) == 3
    assert not rooms.obeyed.is_set()


@pytest.mark.parametrize("gone", [RoomMissing("r"), ParticipantMissing("p")])
async def test_who_is_not_there_needs_no_second_try(gone: SignalingError) -> None:
    rooms = FakeRooms(gone)
    follower = RoomFollower(rooms, (0.0,))
    follower(SESSION, [event("person_removed", identity=WHO)])
    await finished(follower)
    assert len(rooms.calls) == 1


async def test_closing_does_not_wait_for_further_tries() -> None:
    rooms = FakeRooms(*[unreachable()] * 9)
    follower = RoomFollower(rooms, (3_600.0,))
    follower(SESSION, [event("session_ended")])
    while not rooms.calls:
        await asyncio.sleep(0)
    await asyncio.wait_for(follower.close(), 5)
    assert len(rooms.calls) == 1
