"""Stores what waits together in one transaction and knows where the log stands."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from signaling.live_audience import Fanout, LocalAudience
from signaling.live_errors import AlreadyLogged, EventRefused
from signaling.live_log import (
    Decision,
    Draft,
    EventKey,
    FactsT,
    Log,
    Refusal,
    Rules,
    SessionId,
    StateT,
    decide,
    replay,
    snapshot_due,
)
from signaling.live_presence import AttendanceNote
from signaling.live_storage import Batch, LiveStorage, Snapshot

RECENT_KEYS: Final = 4_096  # older repetitions are found by the storage

Clock = Callable[[], datetime]
FanoutFor = Callable[[SessionId, LocalAudience], Fanout]

StateIn = TypeVar("StateIn", contravariant=True)
FactsOut = TypeVar("FactsOut", covariant=True)


class FactFinder(Protocol[StateIn, FactsOut]):
    """Looks up what the rules must know from outside to judge these drafts."""

    def __call__(
        self, session_id: SessionId, state: StateIn, drafts: Sequence[Draft]
    ) -> Awaitable[FactsOut]:
        """The facts; may come from a cache where no draft depends on a change."""
        ...


def in_process(_session_id: SessionId, audience: LocalAudience) -> Fanout:
    """The fan-out of a single web process: straight to its connections."""
    return audience


@dataclass(frozen=True)
class Parts(Generic[StateT, FactsT]):
    """What every hub is made of."""

    rules: Rules[StateT, FactsT]
    facts: FactFinder[StateT, FactsT]
    storage: LiveStorage
    clock: Clock
    fanout: FanoutFor = in_process


class LogWriter(Generic[StateT, FactsT]):
    """The one writer of a session's log; create it with `open_log`."""

    def __init__(
        self, session_id: SessionId, parts: Parts[StateT, FactsT], start: Log[StateT]
    ) -> None:
        self._session_id = session_id
        self._parts = parts
        self._known: OrderedDict[EventKey, int] = OrderedDict()
        self.log = start

    async def store(
        self, drafts: Sequence[Draft], notes: Sequence[AttendanceNote]
    ) -> Decision[StateT]:
        """Decide on the drafts and store what may happen, all or nothing; raises LogMoved."""
        facts = await self._parts.facts(self._session_id, self.log.state, drafts)
        now = self._parts.clock()
        refused: dict[EventKey, Refusal] = {}
        while True:
            rest = [draft for draft in drafts if draft.key not in refused]
            decision = decide(self.log, rest, self._known, self._parts.rules, facts, now)
            try:
                await self._write(decision, notes)
            except AlreadyLogged as error:
                self._known.update(error.seqs)
            except EventRefused as error:
                refused[error.key] = error.refusal
            else:
                self._remember(decision)
                refusals = {**decision.refusals, **refused}
                return Decision(decision.log, decision.events, decision.seqs, refusals)

    async def _write(self, decision: Decision[StateT], notes: Sequence[AttendanceNote]) -> None:
        if not decision.events and not notes:
            return
        after, snapshot = decision.log, None
        if snapshot_due(self.log.seq, after.seq):
            snapshot = Snapshot(after.seq, self._parts.rules.dump(after.state))
        await self._parts.storage.write(self._session_id, Batch(decision.events, snapshot, notes))

    def _remember(self, decision: Decision[StateT]) -> None:
        self.log = decision.log
        self._known.update(decision.seqs)
        while len(self._known) > RECENT_KEYS:
            self._known.popitem(last=False)


async def open_log(
    session_id: SessionId, parts: Parts[StateT, FactsT]
) -> LogWriter[StateT, FactsT]:
    """A writer standing where the stored log ends (LL8, LL10)."""
    stored = await parts.storage.open(session_id)
    start = Log(0, parts.rules.initial())
    if stored.snapshot is not None:
        start = Log(stored.snapshot.seq, parts.rules.load(stored.snapshot.state))
    return LogWriter(session_id, parts, replay(start, stored.events, parts.rules))
