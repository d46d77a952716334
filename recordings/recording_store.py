"""Recordings in the database: asked for, claimed by a recorder process, kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.errors import AlreadyRecording, RecordingUnknown
from recordings.recording import (
    LEASE,
    LIVE_STATES,
    OPEN_STATES,
    Recording,
    RecordingId,
    RecordingState,
    RecordingStep,
    Segment,
    after,
    has_fallen_silent,
)
from recordings.recording_tables import RecordingRow, SegmentRow


class RecordingStore:
    """Recordings and segments within one transaction, which the caller opens and commits."""

    def __init__(self, tx: AsyncSession) -> None:
        """Work within `tx`."""
        self._tx = tx

    async def add(self, recording: Recording) -> None:
        """Insert a new recording; AlreadyRecording while the session has a live one."""
        if await self.live_of_session(recording.session_id) is not None:
            raise AlreadyRecording
        self._tx.add(
            RecordingRow(
                id=recording.id,
                session_id=recording.session_id,
                case_id=recording.case_id,
                requested_by=recording.requested_by,
                started_at=recording.started_at,
                state=recording.state,
            )
        )
        await self._tx.flush()

    async def get(self, recording_id: UUID) -> Recording:
        """One recording; RecordingUnknown."""
        return _recording(await self._row(recording_id))

    async def of_case(self, case_id: UUID) -> list[Recording]:
        """All recordings of a case, oldest first."""
        found = await self._tx.exec(
            select(RecordingRow)
            .where(col(RecordingRow.case_id) == case_id)
            .order_by(col(RecordingRow.started_at))
        )
        return [_recording(row) for row in found]

    async def live_of_session(self, session_id: UUID) -> Recording | None:
        """The session's recording that is running or about to."""
        row = await self._live_row(session_id)
        return None if row is None else _recording(row)

    async def announce(self, recording_id: UUID, at: datetime) -> None:
        """Note that the room has been told of the beginning."""
        row = await self._row(recording_id)
        row.announced_at = row.announced_at or at
        await self._tx.flush()

    async def announce_end(self, session_id: UUID, at: datetime) -> None:
        """The room has been told that it is not recorded any more: stop what still runs."""
        told = await self._tx.exec(
            select(RecordingRow).where(
                col(RecordingRow.session_id) == session_id,
                col(RecordingRow.announced_at).is_not(None),
                col(RecordingRow.end_announced_at).is_(None),
            )
        )
        for row in told:
            row.end_announced_at = at
            if row.state in LIVE_STATES:
                _stop(row, at)
        await self._tx.flush()

    async def stop(self, recording_id: UUID, now: datetime) -> None:
        """End a recording; nothing happens to one that has ended."""
        row = await self._row(recording_id)
        if row.state in LIVE_STATES:
            _stop(row, now)
            await self._tx.flush()

    async def silent(self, now: datetime) -> list[Recording]:
        """Those that people believe to run and that do not: `has_fallen_silent`."""
        told = await self._tx.exec(
            select(RecordingRow).where(
                col(RecordingRow.announced_at).is_not(None),
                col(RecordingRow.end_announced_at).is_(None),
            )
        )
        return [one for one in map(_recording, told) if has_fallen_silent(one, now)]

    async def any_free(self, now: datetime) -> bool:
        """Whether `claim` would find something: asked often, so it only reads."""
        return (
            await self._tx.scalar(select(RecordingRow.id).where(_is_free(now)).limit(1)) is not None
        )

    async def claim(self, owner: str, now: datetime) -> Recording | None:
        """Take the oldest recording that waits for a recorder, or whose recorder fell silent."""
        found = await self._tx.exec(
            select(RecordingRow)
            .where(_is_free(now))
            .order_by(col(RecordingRow.started_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = found.first()
        if row is None:
            return None
        row.owner, row.lease_until = owner, now + LEASE
        await self._tx.flush()
        return _recording(row)

    async def renew(self, recording_id: UUID, owner: str, now: datetime) -> Recording | None:
        """How it stands, its claim prolonged; None if another recorder holds it meanwhile."""
        row = await self._row(recording_id)
        if row.owner == owner:
            row.lease_until = now + LEASE
            await self._tx.flush()
        elif row.state in OPEN_STATES:
            return None
        return _recording(row)

    async def release(self, recording_id: UUID, owner: str) -> None:
        """Give a claim back so that another recorder goes on at once."""
        row = await self._row(recording_id)
        if row.owner == owner:
            row.owner = row.lease_until = None
            await self._tx.flush()

    async def joined(self, recording_id: UUID) -> None:
        """Note that the recorder is in the room."""
        row = await self._row(recording_id)
        row.state = after(RecordingState(row.state), RecordingStep.JOINED)
        await self._tx.flush()

    async def keep(self, recording_id: UUID, segments: Sequence[Segment]) -> None:
        """Enter the kept files and call the recording ready."""
        row = await self._row(recording_id)
        row.state = after(RecordingState(row.state), RecordingStep.KEPT)
        row.owner = row.lease_until = None
        self._tx.add_all(_segment_row(row.id, segment) for segment in segments)
        await self._tx.flush()

    async def fail(self, recording_id: UUID, failure: str, now: datetime) -> None:
        """Give the recording up for the reason `failure`, a slug."""
        row = await self._row(recording_id)
        row.state = after(RecordingState(row.state), RecordingStep.LOST)
        row.failure, row.stopped_at = failure, row.stopped_at or now
        row.owner = row.lease_until = None
        await self._tx.flush()

    async def abandoned(self, recording_ids: Iterable[UUID]) -> list[UUID]:
        """Those of which nothing is to be kept: failed ones, and unknown ones."""
        wanted = list(recording_ids)
        found = await self._tx.exec(
            select(RecordingRow.id).where(
                col(RecordingRow.id).in_(wanted),
                col(RecordingRow.state) != RecordingState.FAILED,
            )
        )
        alive = set(found)
        return [one for one in wanted if one not in alive]

    async def segments(self, recording_id: UUID) -> list[Segment]:
        """Its kept files by number."""
        found = await self._tx.exec(
            select(SegmentRow)
            .where(col(SegmentRow.recording_id) == recording_id)
            .order_by(col(SegmentRow.number))
        )
        return [_segment(row) for row in found]

    async def segment(self, recording_id: UUID, number: int) -> Segment:
        """One kept file; RecordingUnknown."""
        found = await self._tx.exec(
            select(SegmentRow).where(
                col(SegmentRow.recording_id) == recording_id, col(SegmentRow.number) == number
            )
        )
        row = found.first()
        if row is None:
            raise RecordingUnknown
        return _segment(row)

    async def _row(self, recording_id: UUID) -> RecordingRow:
        row = await self._tx.get(RecordingRow, recording_id)
        if row is None:
            raise RecordingUnknown
        return row

    async def _live_row(self, session_id: UUID) -> RecordingRow | None:
        found = await self._tx.exec(
            select(RecordingRow).where(
                col(RecordingRow.session_id) == session_id,
                col(RecordingRow.state).in_(LIVE_STATES),
            )
        )
        return found.first()


def _is_free(now: datetime) -> ColumnElement[bool]:
    # The same rule as recording.is_free.
    lease = col(RecordingRow.lease_until)
    return and_(col(RecordingRow.state).in_(OPEN_STATES), or_(lease.is_(None), lease <= now))


def _stop(row: RecordingRow, at: datetime) -> None:
    row.state = after(RecordingState(row.state), RecordingStep.STOP)
    row.stopped_at = at


def _recording(row: RecordingRow) -> Recording:
    return Recording(
        id=RecordingId(row.id),
        session_id=row.session_id,
        case_id=row.case_id,
        requested_by=row.requested_by,
        started_at=row.started_at,
        state=RecordingState(row.state),
        announced_at=row.announced_at,
        stopped_at=row.stopped_at,
        end_announced_at=row.end_announced_at,
        failure=row.failure,
        owner=row.owner,
        lease_until=row.lease_until,
    )


def _segment_row(recording_id: UUID, segment: Segment) -> SegmentRow:
    return SegmentRow(
        id=uuid5(recording_id, f"segment {segment.number}"),
        recording_id=recording_id,
        number=segment.number,
        identity=segment.identity,
        track_sid=segment.track_sid,
        offset_s=segment.offset_s,
        duration_s=segment.duration_s,
        sha256=segment.sha256,
        size=segment.size,
        levels=segment.levels,
    )


def _segment(row: SegmentRow) -> Segment:
    return Segment(
        number=row.number,
        identity=row.identity,
        track_sid=row.track_sid,
        offset_s=row.offset_s,
        duration_s=row.duration_s,
        sha256=row.sha256,
        size=row.size,
        levels=row.levels,
    )
