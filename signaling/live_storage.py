"""What the live log needs from storage, whatever stores it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from signaling.live_log import Event, SessionId
from signaling.live_presence import AttendanceNote


@dataclass(frozen=True)
class Snapshot:
    """The dumped state after event `seq`."""

    seq: int
    state: Mapping[str, Any]


@dataclass(frozen=True)
class Batch:
    """What is stored in one transaction."""

    events: Sequence[Event] = ()
    snapshot: Snapshot | None = None
    attendance: Sequence[AttendanceNote] = ()


@dataclass(frozen=True)
class Stored:
    """A log as found: the last snapshot and every event after it."""

    snapshot: Snapshot | None
    events: Sequence[Event]


@dataclass(frozen=True)
class Stay:
    """One unbroken presence; `left_at` None while it goes on."""

    identity: str
    seat: str
    joined_at: datetime
    left_at: datetime | None


class LiveStorage(Protocol):
    """Stores logs durably; every method is one transaction."""

    async def open(self, session_id: SessionId) -> Stored:
        """The stored log; stays that a crash left open end when they were last seen."""
        ...

    async def write(self, session_id: SessionId, batch: Batch) -> None:
        """Store all of the batch or nothing.

        Raises AlreadyLogged when an event's author and client id are known, LogMoved when a
        number is taken, EventRefused when an event may not be stored.
        """
        ...
