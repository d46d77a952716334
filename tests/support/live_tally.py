"""The smallest rules a live log can have, a storage in memory, and a hub made of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from signaling.live_errors import AlreadyLogged, LogMoved
from signaling.live_log import (
    SERVER,
    SERVER_SEAT,
    AbsentSince,
    Body,
    Draft,
    Event,
    Identity,
    Refusal,
    SessionId,
)
from signaling.live_presence import Arrived, Left, Person
from signaling.live_storage import Batch, Snapshot, Stay, Stored
from signaling.live_writer import Parts

SESSION = SessionId(UUID(int=7))
START = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
KEEPER = Identity("keeper")
NO = Refusal("not-allowed", "You may not do this")


@dataclass(frozen=True)
class Tally:
    """Who said what, in order."""

    said: tuple[str, ...] = ()
    banned: frozenset[str] = frozenset()


class TallyRules:
    """`say` adds a text, `forbidden` is refused, `ban` keeps a person out.

    When `keeper` has spoken and is away, the server says so, once.
    """

    def initial(self) -> Tally:
        return Tally()

    def admit(self, state: Tally, draft: Draft, facts: int, now: datetime) -> Body | Refusal:
        return {**draft.body, "facts": facts} if draft.kind in ("say", "ban") else NO

    def reduce(self, state: Tally, event: Event) -> Tally:
        if event.kind == "ban":
            return replace(state, banned=state.banned | {event.body["identity"]})
        return replace(state, said=(*state.said, f"{event.by}:{event.body.get('text')}"))

    def due(self, state: Tally, absent_since: AbsentSince, now: datetime) -> Draft | None:
        spoke = any(text.startswith("keeper:") for text in state.said)
        if not spoke or "server:gone" in state.said or absent_since(KEEPER) is None:
            return None
        return Draft(SERVER, SERVER_SEAT, f"gone {now}", "say", {"text": "gone"})

    def entry(self, state: Tally, identity: Identity) -> Refusal | None:
        return NO if identity in state.banned else None

    def may_point(self, state: Tally, seat: str) -> bool:
        return seat != "observer"

    def show(self, state: Tally) -> dict[str, Any]:
        return {"said": list(state.said)}

    def dump(self, state: Tally) -> dict[str, Any]:
        return {"said": list(state.said), "banned": sorted(state.banned)}

    def load(self, stored: Mapping[str, Any]) -> Tally:
        return Tally(tuple(stored["said"]), frozenset(stored["banned"]))


@dataclass
class MemoryStorage:
    """Keeps everything in lists; the same contract as the database's."""

    events: dict[SessionId, list[Event]] = field(default_factory=dict)
    snapshots: dict[SessionId, Snapshot] = field(default_factory=dict)
    stays: dict[UUID, Stay] = field(default_factory=dict)
    writes: int = 0

    async def open(self, session_id: SessionId) -> Stored:
        snapshot = self.snapshots.get(session_id)
        after = snapshot.seq if snapshot else 0
        return Stored(snapshot, self.events.get(session_id, [])[after:])

    async def write(self, session_id: SessionId, batch: Batch) -> None:
        stored = self.events.setdefault(session_id, [])
        known = {event.key: event.seq for event in stored}
        if repeated := {e.key: known[e.key] for e in batch.events if e.key in known}:
            raise AlreadyLogged(repeated)
        if batch.events and batch.events[0].seq != len(stored) + 1:
            raise LogMoved
        self.writes += 1
        stored.extend(batch.events)
        if batch.snapshot:
            self.snapshots[session_id] = batch.snapshot
        for note in batch.attendance:
            if isinstance(note, Arrived):
                self.stays[note.id] = Stay(note.identity, note.seat, note.at, None)
            elif isinstance(note, Left):
                self.stays[note.id] = replace(self.stays[note.id], left_at=note.at)


class StepClock:
    """A clock that goes one second at each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


async def no_facts(session_id: SessionId, state: Tally, drafts: Sequence[Draft]) -> int:
    return 0


def tally_parts(storage: Any) -> Parts[Tally, int]:
    return Parts(TallyRules(), no_facts, storage, StepClock())


def draft(by: str, client_id: str, kind: str = "say", seat: str = "member", **body: Any) -> Draft:
    return Draft(Identity(by), seat, client_id, kind, body)


def person(identity: str, seat: str = "member") -> Person:
    return Person(Identity(identity), f"BS. {identity}", "BV Nậm Khê", seat)
