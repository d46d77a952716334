"""Reads and writes the live log; the transaction belongs to the caller."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import insert, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from signaling.live_errors import LogMoved
from signaling.live_log import Event, EventKey, Identity, SessionId
from signaling.live_messages import dump
from signaling.live_presence import Arrived, AttendanceNote, Left, Seen
from signaling.live_storage import Batch, Snapshot, Stay, Stored
from signaling.live_tables import LiveAttendanceRow, LiveEventRow, LiveSnapshotRow

_Event = LiveEventRow
_Stay = LiveAttendanceRow


class LiveStore:
    """The live log in one transaction; never commits."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def open(self, session_id: SessionId) -> Stored:
        """The log for a writer: last snapshot, later events; ends stays that a crash left open."""
        await self._tx.exec(
            update(_Stay)
            .where(col(_Stay.session_id) == session_id, col(_Stay.left_at).is_(None))
            .values(left_at=_Stay.seen_at)
        )
        row = await self._tx.get(LiveSnapshotRow, session_id)
        snapshot = Snapshot(row.seq, json.loads(row.state)) if row else None
        return Stored(snapshot, await self.events(session_id, row.seq if row else 0))

    async def events_of_kinds(self, session_id: SessionId, kinds: Sequence[str]) -> list[Event]:
        """The events of some kinds, in order."""
        rows = await self._tx.exec(
            select(_Event)
            .where(_Event.session_id == session_id, col(_Event.kind).in_(kinds))
            .order_by(col(_Event.seq))
        )
        return [_event(row) for row in rows]

    async def is_mentioned(self, session_id: SessionId, kinds: Sequence[str], text: str) -> bool:
        """Whether a body of these kinds contains a text; stops at the first."""
        found = await self._tx.scalar(
            select(_Event.seq)
            .where(
                _Event.session_id == session_id,
                col(_Event.kind).in_(kinds),
                col(_Event.body).contains(text, autoescape=True),
            )
            .limit(1)
        )
        return found is not None

    async def events(
        self,
        session_id: SessionId,
        after: int = 0,
        limit: int | None = None,
        kinds: Collection[str] = (),
    ) -> list[Event]:
        """Events above `after` in order, at most `limit`; of these kinds, if any are named."""
        query = select(_Event).where(_Event.session_id == session_id, _Event.seq > after)
        if kinds:
            query = query.where(col(_Event.kind).in_(kinds))
        rows = await self._tx.exec(query.order_by(col(_Event.seq)).limit(limit))
        return [_event(row) for row in rows]

    async def write(self, session_id: SessionId, batch: Batch) -> None:
        """Add a batch; LogMoved when a number or client id is taken, the caller then rolls back."""
        if batch.events:
            await self._add_events(session_id, batch.events)
        if batch.snapshot is not None:
            state = dump(batch.snapshot.state)
            row = LiveSnapshotRow(session_id=session_id, seq=batch.snapshot.seq, state=state)
            await self._tx.merge(row)
        for note in batch.attendance:
            await self._note(session_id, note)

    async def attendance(self, session_id: SessionId) -> list[Stay]:
        """Every stay, in order of arrival."""
        rows = await self._tx.exec(
            select(_Stay).where(_Stay.session_id == session_id).order_by(col(_Stay.joined_at))
        )
        return [Stay(row.identity, row.seat, row.joined_at, row.left_at) for row in rows]

    async def known(self, session_id: SessionId, keys: Sequence[EventKey]) -> dict[EventKey, int]:
        """The numbers of those events that are in the log already."""
        rows = await self._tx.exec(
            select(_Event.author, _Event.client_id, _Event.seq).where(
                _Event.session_id == session_id,
                tuple_(col(_Event.author), col(_Event.client_id)).in_(keys),
            )
        )
        return {(Identity(author), client_id): seq for author, client_id, seq in rows}

    async def _add_events(self, session_id: SessionId, events: Sequence[Event]) -> None:
        # No look before the leap: this runs many times a second, a repetition once in a while.
        try:
            rows = [_row(session_id, event) for event in events]
            await self._tx.exec(insert(_Event), params=rows)
        except IntegrityError as error:
            raise LogMoved from error

    async def _note(self, session_id: SessionId, note: AttendanceNote) -> None:
        match note:
            case Arrived(id_, identity, seat, at):
                self._tx.add(
                    _Stay(
                        id=id_,
                        session_id=session_id,
                        identity=identity,
                        seat=seat,
                        joined_at=at,
                        seen_at=at,
                    )
                )
                await self._tx.flush()
            case Left(id_, at):
                await self._mark([id_], seen_at=at, left_at=at)
            case Seen(ids, at):
                await self._mark(ids, seen_at=at)

    async def _mark(self, ids: Sequence[object], **times: datetime) -> None:
        await self._tx.exec(update(_Stay).where(col(_Stay.id).in_(ids)).values(**times))


def _row(session_id: SessionId, event: Event) -> dict[str, object]:
    return {
        "session_id": session_id,
        "seq": event.seq,
        "at": event.at,
        "author": event.by,
        "client_id": event.client_id,
        "kind": event.kind,
        "body": dump(event.body),
    }


def _event(row: LiveEventRow) -> Event:
    body = json.loads(row.body)
    return Event(row.seq, row.at, Identity(row.author), row.client_id, row.kind, body)
