"""Recordings in a real database: one live in a session, claimed by one recorder at a time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.errors import AlreadyRecording, RecordingUnknown
from recordings.recording import LEASE, TAKEOVER, Recording, RecordingId, RecordingState, Segment
from recordings.recording_store import RecordingStore
from recordings.recording_tables import RecordingRow, SegmentRow

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
SESSION, CASE = uuid4(), uuid4()


@pytest.fixture
async def tx(tmp_path: Path) -> AsyncIterator[AsyncSession]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    tables = [SQLModel.metadata.tables[row.__tablename__] for row in (RecordingRow, SegmentRow)]
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all, tables=tables)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
    await engine.dispose()


def a_recording(session_id: UUID = SESSION) -> Recording:
    return Recording(RecordingId(uuid4()), session_id, CASE, uuid4(), NOW)


async def test_r2_a_session_has_one_live_recording(tx: AsyncSession) -> None:
    store, first = RecordingStore(tx), a_recording()
    await store.add(first)
    with pytest.raises(AlreadyRecording):
        await store.add(a_recording())
    await store.add(a_recording(uuid4()))
    await store.stop(first.id, NOW + timedelta(seconds=9))
    await store.stop(first.id, NOW + timedelta(seconds=99))
    stopped = await store.get(first.id)
    assert (stopped.state, stopped.stopped_at) == ("closing", NOW + timedelta(seconds=9))
    assert await store.live_of_session(SESSION) is None
    await store.add(a_recording())
    assert len(await store.of_case(CASE)) == 3


async def test_r2_the_database_refuses_a_second_live_one_too(tx: AsyncSession) -> None:
    for _ in range(2):
        values = vars(a_recording()) | {"id": uuid4()}
        tx.add(RecordingRow(**values))
    with pytest.raises(IntegrityError):
        await tx.flush()


async def test_r3_a_claim_lasts_as_long_as_it_is_renewed(tx: AsyncSession) -> None:
    store, asked = RecordingStore(tx), a_recording()
    await store.add(asked)
    assert await store.any_free(NOW)
    claimed = await store.claim("one", NOW)
    assert not await store.any_free(NOW)
    assert claimed is not None
    assert claimed.owner == "one"
    assert await store.claim("two", NOW + LEASE / 2) is None
    assert await store.renew(asked.id, "one", NOW + LEASE / 2) is not None
    assert await store.claim("two", NOW + LEASE) is None
    taken = await store.claim("two", NOW + LEASE * 1.5)
    assert taken is not None
    assert taken.owner == "two"
    assert await store.renew(asked.id, "one", NOW + LEASE * 2) is None
    await store.release(asked.id, "one")
    assert not await store.any_free(NOW + LEASE * 2)
    await store.release(asked.id, "two")
    assert await store.any_free(NOW + LEASE * 2)


async def test_kept_segments_make_it_ready(tx: AsyncSession) -> None:
    store, asked = RecordingStore(tx), a_recording()
    await store.add(asked)
    await store.joined(asked.id)
    await store.stop(asked.id, NOW)
    segment = Segment(1, "p", "TR_1", 1.5, 60.0, "ab" * 32, 1_000, b"\x01\x02")
    await store.keep(asked.id, [segment])
    assert (await store.get(asked.id)).state is RecordingState.READY
    assert await store.segments(asked.id) == [segment]
    assert await store.segment(asked.id, 1) == segment
    with pytest.raises(RecordingUnknown):
        await store.segment(asked.id, 2)
    with pytest.raises(RecordingUnknown):
        await store.get(uuid4())
    assert await store.claim("one", NOW + LEASE) is None


async def test_r4_a_failure_is_named(tx: AsyncSession) -> None:
    store, asked = RecordingStore(tx), a_recording()
    await store.add(asked)
    await store.fail(asked.id, "room-not-reached", NOW)
    failed = await store.get(asked.id)
    assert (failed.state, failed.failure, failed.stopped_at) == ("failed", "room-not-reached", NOW)
    assert await store.renew(asked.id, "one", NOW) == failed
    alive, unknown = a_recording(uuid4()), uuid4()
    await store.add(alive)
    assert await store.abandoned([alive.id, asked.id, unknown]) == [asked.id, unknown]


async def test_r8_the_end_is_announced_once_and_stops_the_recorder(tx: AsyncSession) -> None:
    store, asked = RecordingStore(tx), a_recording()
    await store.add(asked)
    await store.claim("one", NOW)
    await store.joined(asked.id)
    await store.announce(asked.id, NOW)
    assert await store.silent(NOW) == []
    assert [one.id for one in await store.silent(NOW + LEASE + TAKEOVER)] == [asked.id]
    await store.announce_end(SESSION, NOW + LEASE)
    await store.announce_end(SESSION, NOW + LEASE * 2)
    ended = await store.get(asked.id)
    assert (ended.state, ended.stopped_at) == ("closing", NOW + LEASE)
    assert ended.end_announced_at == NOW + LEASE
    assert await store.silent(NOW + LEASE + TAKEOVER) == []
