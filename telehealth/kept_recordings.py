"""Recordings as the record keeps them: every voice, and the time axis that joins them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.archive_snapshot import KeptRecording
from recordings.archive_step import ArchivedFile
from recordings.recording import Recording, RecordingState
from recordings.recording_store import RecordingStore
from telehealth.blobs import FolderBlobs
from telehealth.replay import replay_of

JSON: Final = "application/json"


@dataclass(frozen=True)
class WithTimeline:
    """A ready recording and its time axis as JSON, not stored yet."""

    kept: KeptRecording
    name: str
    timeline: bytes


async def with_timelines(
    tx: AsyncSession, recordings: Sequence[Recording]
) -> tuple[WithTimeline, ...]:
    """The ready ones among a case's recordings, numbered from 1 in order."""
    ready = [one for one in recordings if one.state is RecordingState.READY]
    return tuple([await _with_timeline(tx, number, one) for number, one in enumerate(ready, 1)])


def put_timelines(found: Sequence[WithTimeline], blobs: FolderBlobs) -> tuple[KeptRecording, ...]:
    """Store the time axes beside the voices; blocks, so call it in a thread."""
    return tuple(_put(one, blobs) for one in found)


async def _with_timeline(tx: AsyncSession, number: int, one: Recording) -> WithTimeline:
    replay = await replay_of(tx, one)
    voices = tuple(
        ArchivedFile(f"ghi-am-{number}-{part.number}.ogg", "audio/ogg", part.sha256, part.size)
        for part in await RecordingStore(tx).segments(one.id)
    )
    kept = KeptRecording(one.id, one.started_at, replay.timeline.duration_s, voices)
    document = {"recording_id": str(one.id), "started_at": one.started_at.isoformat()}
    text = json.dumps(document | replay.body(), ensure_ascii=False, sort_keys=True)
    return WithTimeline(kept, f"ghi-am-{number}.json", text.encode())


def _put(one: WithTimeline, blobs: FolderBlobs) -> KeptRecording:
    ref = blobs.put(one.timeline)
    axis = ArchivedFile(one.name, JSON, ref.sha256, ref.size)
    return replace(one.kept, files=(*one.kept.files, axis))
