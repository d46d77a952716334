"""One session's hub: stores events in groups, then acknowledges and spreads them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic
from uuid import uuid4

from signaling.live_audience import LocalAudience, Mailbox
from signaling.live_connection import Close
from signaling.live_errors import EventRefused, LogClosed
from signaling.live_log import Draft, Event, FactsT, Identity, Refusal, SessionId, StateT
from signaling.live_messages import (
    NOT_ALLOWED,
    REPLACED,
    TRY_AGAIN,
    Point,
    dump,
    event_text,
    pointer_text,
    welcome_text,
)
from signaling.live_presence import AttendanceNote, Person, Roster
from signaling.live_writer import LogWriter, Parts, open_log

log = logging.getLogger(__name__)

INBOX_LIMIT: Final = 2_000
BATCH_LIMIT: Final = 256  # events in one transaction
RECENT_EVENTS: Final = 500  # kept encoded for those who return (LC3)
PRESENCE_INTERVAL_SECONDS: Final = 0.2
TICK_SECONDS: Final = 1.0
SEEN_EVERY_TICKS: Final = 15  # PR4
DRAIN_SECONDS: Final = 5.0

Answer = Callable[[int | Refusal], None]


@dataclass(frozen=True)
class _Waiting:
    draft: Draft
    answer: Answer


class LiveHub(Generic[StateT, FactsT]):
    """Orders, stores and spreads the events of one session; create it with `open_hub`."""

    def __init__(
        self,
        session_id: SessionId,
        parts: Parts[StateT, FactsT],
        writer: LogWriter[StateT, FactsT],
    ) -> None:
        self.session_id = session_id
        self.closed = False
        self._parts = parts
        self._writer = writer
        self._audience = LocalAudience()
        self._fanout = parts.fanout(session_id, self._audience)
        self._roster = Roster(parts.clock())
        self._inbox: asyncio.Queue[_Waiting | AttendanceNote] = asyncio.Queue(INBOX_LIMIT)
        self._recent: deque[tuple[int, str]] = deque(maxlen=RECENT_EVENTS)
        self._state_json: tuple[int, str] = (-1, "")
        self._presence_timer: asyncio.TimerHandle | None = None
        self._storing = asyncio.create_task(self._store_for_ever())
        self._storing.add_done_callback(self._stored)
        self._ticking = asyncio.create_task(self._tick())

    @property
    def state(self) -> StateT:
        """The state after the last stored event."""
        return self._writer.log.state

    @property
    def seq(self) -> int:
        """The number of the last stored event."""
        return self._writer.log.seq

    @property
    def online(self) -> int:
        """How many people are connected."""
        return len(self._roster.online())

    @property
    def idle(self) -> bool:
        """Whether nobody is connected and nothing waits."""
        return not self._roster.online() and self._inbox.empty()

    def entry(self, identity: Identity) -> Refusal | None:
        """Why this person may not come in, None when welcome (LC9)."""
        return self._parts.rules.entry(self.state, identity)

    async def enter(self, person: Person, mailbox: Mailbox, last_seq: int | None) -> None:
        """Seat a person: the welcome comes first, then every later event (LC2, PR1)."""
        self._require_open()
        now = self._parts.clock()
        arrived, replaced = self._roster.arrive(person, mailbox, uuid4(), now)
        if isinstance(replaced, Mailbox):
            replaced.close(Close(REPLACED, "replaced by a newer connection"))
        mailbox.push(self._welcome(person, last_seq))
        self._audience.seat(person.identity, mailbox)
        self._spread_presence()
        if arrived is not None:
            await self._inbox.put(arrived)

    async def leave(self, identity: Identity, mailbox: Mailbox) -> None:
        """Unseat a connection; the person has left unless a newer one took over (PR3)."""
        self._audience.unseat(identity, mailbox)
        left = self._roster.leave(identity, mailbox, self._parts.clock())
        if left is not None and not self.closed:
            self._spread_presence()
            await self._inbox.put(left)

    async def submit(self, draft: Draft, answer: Answer) -> None:
        """Queue an event; `answer` gets its number or the refusal. Waits when too many wait."""
        self._require_open()
        await self._inbox.put(_Waiting(draft, answer))

    async def post(self, draft: Draft) -> int:
        """Write an event and return its number; raises EventRefused or LogClosed."""
        outcome: asyncio.Future[int | Refusal] = asyncio.get_running_loop().create_future()

        def answer(result: int | Refusal) -> None:
            if not outcome.done():  # the asker may have been cancelled
                outcome.set_result(result)

        await self.submit(draft, answer)
        ends: set[asyncio.Future[Any]] = {outcome, self._storing}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not outcome.done():
            raise LogClosed
        result = outcome.result()
        if isinstance(result, Refusal):
            raise EventRefused(draft.key, result)
        return result

    def point(self, identity: Identity, seat: str, point: Point) -> None:
        """Show a pointer to the others, if this seat may point (PT2)."""
        if self._parts.rules.may_point(self.state, seat):
            self._fanout.pointer(identity, pointer_text(identity, point))

    async def close(self) -> None:
        """Store what waits, then stop."""
        self.closed = True
        drained = asyncio.create_task(self._inbox.join())
        ends: set[asyncio.Future[Any]] = {drained, self._storing}
        await asyncio.wait(ends, timeout=DRAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        self._fanout.close(Close(TRY_AGAIN, "try again"))
        if self._presence_timer is not None:
            self._presence_timer.cancel()
        tasks = (drained, self._storing, self._ticking)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _require_open(self) -> None:
        if self.closed:
            raise LogClosed

    def _welcome(self, person: Person, last_seq: int | None) -> str:
        head = {
            "session_id": str(self.session_id),
            "identity": person.identity,
            "seat": person.seat,
            "seq": self.seq,
            "presence": self._roster.show(),
        }
        if self._state_json[0] != self.seq:
            self._state_json = (self.seq, dump(self._parts.rules.show(self.state)))
        return welcome_text(head, self._state_json[1], self._since(last_seq))

    def _since(self, last_seq: int | None) -> list[str] | None:
        if last_seq is None or last_seq > self.seq:
            return None
        first_kept = self._recent[0][0] if self._recent else self.seq + 1
        if last_seq + 1 < first_kept:
            return None
        return [text for seq, text in self._recent if seq > last_seq]

    async def _store_for_ever(self) -> None:
        while True:
            items = [await self._inbox.get()]
            while len(items) < BATCH_LIMIT and not self._inbox.empty():
                items.append(self._inbox.get_nowait())
            await self._store(items)
            for _ in items:
                self._inbox.task_done()

    def _stored(self, storing: asyncio.Task[None]) -> None:
        """LL11: whatever ended it, memory may be ahead of storage; the log is opened anew."""
        if not storing.cancelled() and (error := storing.exception()) is not None:
            self._fail(error)

    async def _store(self, items: Sequence[_Waiting | AttendanceNote]) -> None:
        waiting = [item for item in items if isinstance(item, _Waiting)]
        notes = [item for item in items if not isinstance(item, _Waiting)]
        decision = await self._writer.store([item.draft for item in waiting], notes)
        self._spread(decision.events)
        for item in waiting:
            refusal = decision.refusals.get(item.draft.key)
            item.answer(refusal or decision.seqs[item.draft.key])
        if decision.events:
            self._expel()

    def _spread(self, events: Sequence[Event]) -> None:
        texts = [event_text(event) for event in events]
        self._recent.extend((event.seq, text) for event, text in zip(events, texts, strict=True))
        self._fanout.events(texts)

    def _expel(self) -> None:
        for identity in self._roster.online():
            if refusal := self.entry(identity):
                self._fanout.expel(identity, Close(NOT_ALLOWED, refusal.slug))

    def _spread_presence(self) -> None:
        if self._presence_timer is None:
            loop = asyncio.get_running_loop()
            self._presence_timer = loop.call_later(PRESENCE_INTERVAL_SECONDS, self._show_presence)

    def _show_presence(self) -> None:
        self._presence_timer = None
        self._fanout.presence(dump({"type": "presence", "people": self._roster.show()}))

    async def _tick(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            ticks += 1
            now = self._parts.clock()
            if due := self._parts.rules.due(self.state, self._roster.absent_since, now):
                await self._inbox.put(_Waiting(due, lambda _result: None))
            if ticks % SEEN_EVERY_TICKS == 0 and (seen := self._roster.seen(now)):
                await self._inbox.put(seen)

    def _fail(self, error: BaseException) -> None:
        name = type(error).__name__
        log.error("live log dropped session_id=%s error=%s", self.session_id, name, exc_info=error)
        self.closed = True
        while not self._inbox.empty():  # those who wait to put come through and find it closed
            self._inbox.get_nowait()
        self._fanout.close(Close(TRY_AGAIN, "try again"))


async def open_hub(session_id: SessionId, parts: Parts[StateT, FactsT]) -> LiveHub[StateT, FactsT]:
    """A hub standing where the stored log ends (LL8)."""
    return LiveHub(session_id, parts, await open_log(session_id, parts))
