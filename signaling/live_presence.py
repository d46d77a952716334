"""Who is in the session: one live connection a person, the newest wins. Pure, no clock."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from signaling.live_log import Identity
from signaling.live_messages import instant


@dataclass(frozen=True)
class Person:
    """A participant as the others see one."""

    identity: Identity
    full_name: str
    facility: str
    seat: str


@dataclass(frozen=True)
class Arrived:
    """A stay begins; `id` names it."""

    id: UUID
    identity: Identity
    seat: str
    at: datetime


@dataclass(frozen=True)
class Left:
    """A stay ends."""

    id: UUID
    at: datetime


@dataclass(frozen=True)
class Seen:
    """These stays go on (PR4)."""

    ids: tuple[UUID, ...]
    at: datetime


AttendanceNote = Arrived | Left | Seen


@dataclass(frozen=True)
class _Place:
    person: Person
    joined_at: datetime
    stay: UUID
    connection: object | None
    left_at: datetime | None = None


class Roster:
    """Everybody who came since the log was opened at `opened_at`."""

    def __init__(self, opened_at: datetime) -> None:
        self._opened_at = opened_at
        self._places: dict[Identity, _Place] = {}

    def arrive(
        self, person: Person, connection: object, stay: UUID, now: datetime
    ) -> tuple[Arrived | None, object | None]:
        """(the new stay, if it is one; the connection this one replaces, if any) (PR1, PR3)."""
        before = self._places.get(person.identity)
        if before is not None and before.connection is not None:
            place = replace(before, person=person, connection=connection)
            self._places[person.identity] = place
            return None, before.connection
        self._places[person.identity] = _Place(person, now, stay, connection)
        return Arrived(stay, person.identity, person.seat, now), None

    def leave(self, identity: Identity, connection: object, now: datetime) -> Left | None:
        """The end of the stay; None when a newer connection has taken over."""
        place = self._places.get(identity)
        if place is None or place.connection is not connection:
            return None
        self._places[identity] = replace(place, connection=None, left_at=now)
        return Left(place.stay, now)

    def absent_since(self, identity: Identity) -> datetime | None:
        """Since when a person is away, None while present; never seen counts from the opening."""
        place = self._places.get(identity)
        if place is None:
            return self._opened_at
        return place.left_at

    def online(self) -> list[Identity]:
        """Who is connected."""
        return [who for who, place in self._places.items() if place.connection is not None]

    def seen(self, now: datetime) -> Seen | None:
        """A note that the present are still present; None when nobody is."""
        ids = tuple(place.stay for place in self._places.values() if place.connection is not None)
        return Seen(ids, now) if ids else None

    def show(self) -> list[dict[str, Any]]:
        """The list as clients get it (PR2)."""
        return [
            {
                **vars(place.person),
                "online": place.connection is not None,
                "joined_at": instant(place.joined_at),
            }
            for place in self._places.values()
        ]
