"""The log of one session: order, repetition, refusal. Pure.

What an event means is not known here: `Rules` decide whether it may happen and what it changes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Generic, NewType, Protocol, TypeVar
from uuid import UUID

SessionId = NewType("SessionId", UUID)
Identity = NewType("Identity", str)

SERVER: Final = Identity("server")
SERVER_SEAT: Final = "server"
SNAPSHOT_EVERY: Final = 500  # events; bounds how many are read when a log is opened

Body = Mapping[str, Any]
EventKey = tuple[Identity, str]  # author, client id
AbsentSince = Callable[[Identity], datetime | None]

StateT = TypeVar("StateT")
FactsT = TypeVar("FactsT")
FactsIn = TypeVar("FactsIn", contravariant=True)


@dataclass(frozen=True)
class Draft:
    """An event somebody wants: not in the log yet. `seat` is the author's seat in the session."""

    by: Identity
    seat: str
    client_id: str
    kind: str
    body: Body

    @property
    def key(self) -> EventKey:
        """What makes a repetition recognisable."""
        return (self.by, self.client_id)


@dataclass(frozen=True)
class Event:
    """One entry of the log; `seq` counts from 1 without gaps."""

    seq: int
    at: datetime
    by: Identity
    client_id: str
    kind: str
    body: Body

    @property
    def key(self) -> EventKey:
        """What makes a repetition recognisable."""
        return (self.by, self.client_id)


@dataclass(frozen=True)
class Refusal:
    """Why an event may not happen: stable slug, English title, data members of the problem."""

    slug: str
    title: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def problem(self) -> dict[str, Any]:
        """The problem object (RFC 9457) without status: a socket has none."""
        return {"type": f"/problems/{self.slug}", "title": self.title, **self.data}


class Rules(Protocol[StateT, FactsIn]):
    """What events mean: pure, the same on every machine."""

    def initial(self) -> StateT:
        """The state before the first event."""
        ...

    def admit(self, state: StateT, draft: Draft, facts: FactsIn, now: datetime) -> Body | Refusal:
        """The body to store, completed by what only the server knows, or why not."""
        ...

    def reduce(self, state: StateT, event: Event) -> StateT:
        """The state after a stored event; total."""
        ...

    def due(self, state: StateT, absent_since: AbsentSince, now: datetime) -> Draft | None:
        """What the server itself has to write by now."""
        ...

    def entry(self, state: StateT, identity: Identity) -> Refusal | None:
        """Why this person may not be in the session, None when welcome."""
        ...

    def may_point(self, state: StateT, seat: str) -> bool:
        """Whether somebody in this seat may show a pointer."""
        ...

    def show(self, state: StateT) -> dict[str, Any]:
        """What clients see of the state: JSON."""
        ...

    def dump(self, state: StateT) -> dict[str, Any]:
        """The whole state as JSON, for a snapshot."""
        ...

    def load(self, stored: Mapping[str, Any]) -> StateT:
        """The state that `dump` wrote."""
        ...


@dataclass(frozen=True)
class Log(Generic[StateT]):
    """Where a log stands: the number of its last event and the state after it."""

    seq: int
    state: StateT


@dataclass(frozen=True)
class Decision(Generic[StateT]):
    """What becomes of drafts that waited together."""

    log: Log[StateT]
    events: Sequence[Event] = ()
    seqs: Mapping[EventKey, int] = field(default_factory=dict)
    refusals: Mapping[EventKey, Refusal] = field(default_factory=dict)


def decide(
    log: Log[StateT],
    drafts: Sequence[Draft],
    known: Mapping[EventKey, int],
    rules: Rules[StateT, FactsT],
    facts: FactsT,
    now: datetime,
) -> Decision[StateT]:
    """Number the drafts that may happen, each judged on the state its forerunners leave (LL1-LL7).

    `known` are the numbers of events logged before; a draft among them is not applied again.
    """
    events: list[Event] = []
    seqs: dict[EventKey, int] = {}
    refusals: dict[EventKey, Refusal] = {}
    for draft in drafts:
        if draft.key in seqs or draft.key in refusals:
            continue
        if (seq := known.get(draft.key)) is not None:
            seqs[draft.key] = seq
            continue
        body = rules.admit(log.state, draft, facts, now)
        if isinstance(body, Refusal):
            refusals[draft.key] = body
            continue
        event = Event(log.seq + 1, now, draft.by, draft.client_id, draft.kind, body)
        log = Log(event.seq, rules.reduce(log.state, event))
        seqs[event.key] = event.seq
        events.append(event)
    return Decision(log, events, seqs, refusals)


def replay(log: Log[StateT], events: Sequence[Event], rules: Rules[StateT, FactsT]) -> Log[StateT]:
    """The log after stored events; ValueError on a gap (LL1, LL8)."""
    for event in events:
        if event.seq != log.seq + 1:
            raise ValueError(f"event {event.seq} cannot follow {log.seq}")
        log = replace(log, seq=event.seq, state=rules.reduce(log.state, event))
    return log


def snapshot_due(before: int, after: int) -> bool:
    """Whether a multiple of SNAPSHOT_EVERY was passed (LL10)."""
    return before // SNAPSHOT_EVERY != after // SNAPSHOT_EVERY
