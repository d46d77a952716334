"""What goes into the record: voices and the time axis, with true hashes."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from recordings.recording import Recording, RecordingId, Segment
from recordings.recording_store import RecordingStore
from signaling.live_log import Event, Identity, SessionId
from signaling.live_storage import Batch
from signaling.live_store import LiveStore
from telehealth import schema  # noqa: F401
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.kept_recordings import put_timelines, with_timelines
from tests.support.databases import make_tables

START = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
SESSION, CASE = SessionId(UUID(int=1)), uuid4()


async def test_a_ready_recording_brings_voices_and_time_axis(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await make_tables(database)
    recording = Recording(RecordingId(uuid4()), SESSION, CASE, uuid4(), START)
    voice = Segment(1, str(UUID(int=5)), "TR_1", 0.5, 9.0, "ab" * 32, 1_000, bytes([100] * 10))
    hand = Event(1, START + timedelta(seconds=3), Identity("a"), "1", "hand_raised", {})
    blobs = FolderBlobs(tmp_path / "blobs")
    async with database.transaction() as tx:
        store = RecordingStore(tx)
        await LiveStore(tx).write(SESSION, Batch([hand], None, []))
        await store.add(recording)
        assert await with_timelines(tx, await store.of_case(CASE)) == ()
        await store.stop(recording.id, START + timedelta(seconds=10))
        await store.keep(recording.id, [voice])
        (kept,) = put_timelines(await with_timelines(tx, await store.of_case(CASE)), blobs)
    await database.close()
    assert (kept.id, kept.duration_s) == (recording.id, 10.0)
    ogg, axis = kept.files
    assert (ogg.name, ogg.sha256, ogg.size) == ("ghi-am-1-1.ogg", "ab" * 32, 1_000)
    stored = blobs.read(axis.sha256)
    assert (axis.name, axis.size) == ("ghi-am-1.json", len(stored))
    assert hashlib.sha256(stored).hexdigest() == axis.sha256
    told = json.loads(stored)
    assert [(event["t_s"], event["kind"]) for event in told["events"]] == [(3.0, "hand_raised")]
    assert told["speakers"] == [{"identity": voice.identity, "spans": [[0.5, 1.5]]}]
