"""The recorder process: claims recordings that are asked for and makes them, away from the web."""

import asyncio
import contextlib
import logging
import os
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID, uuid4

from recordings.recording import Recording
from recordings.recording_store import RecordingStore
from signaling.grant import Grant, write_token
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.media import media_address
from telehealth.recording_job import RecorderParts, RecordingJob
from telehealth.settings import Settings, livekit_key

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.25
TOKEN_LIFE: Final = timedelta(hours=6)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Record until `stop`; what is running then is given back for another process to go on."""
    database = Database(settings.database())
    parts = RecorderParts(
        database=database,
        blobs=FolderBlobs(settings.data_dir / "blobs"),
        folder=settings.data_dir / "recordings",
        server=media_address(settings),
        token=lambda session_id, recording_id: _token(settings, session_id, recording_id),
        owner=uuid4().hex,
    )
    try:
        await work(parts, stop)
    finally:
        await database.close()


async def work(parts: RecorderParts, stop: asyncio.Event) -> None:
    """Claim and make recordings until `stop`."""
    await _clean_up(parts)
    jobs: set[asyncio.Task[None]] = set()
    while not stop.is_set():
        while (recording := await _claim(parts)) is not None:
            job = asyncio.create_task(RecordingJob(parts, recording).run(stop))
            jobs.add(job)
            job.add_done_callback(partial(_ended, recording.id))
            job.add_done_callback(jobs.discard)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)
    await asyncio.gather(*jobs, return_exceptions=True)


async def _clean_up(parts: RecorderParts) -> None:
    """Remove what killed recorders wrote for recordings that failed (R-4)."""
    await asyncio.to_thread(parts.folder.mkdir, parents=True, exist_ok=True)
    folders = {UUID(name): name for name in await asyncio.to_thread(os.listdir, parts.folder)}
    async with parts.database.reading() as tx:
        abandoned = await RecordingStore(tx).abandoned(folders)
    for recording_id in abandoned:
        await asyncio.to_thread(shutil.rmtree, parts.folder / folders[recording_id])


async def _claim(parts: RecorderParts) -> Recording | None:
    now = datetime.now(UTC)
    async with parts.database.reading() as tx:
        if not await RecordingStore(tx).any_free(now):
            return None
    async with parts.database.transaction() as tx:
        return await RecordingStore(tx).claim(parts.owner, now)


def _ended(recording_id: UUID, job: asyncio.Task[None]) -> None:
    """One recording's trouble must not end the others; its claim runs out and it is tried again."""
    if not job.cancelled() and (error := job.exception()) is not None:
        name = type(error).__name__
        log.error(
            "recording interrupted recording_id=%s error=%s", recording_id, name, exc_info=error
        )


def _token(settings: Settings, session_id: UUID, recording_id: UUID) -> str:
    key, secret = livekit_key(settings)
    grant = Grant(
        identity=f"recorder-{recording_id}",
        room=str(session_id),
        room_join=True,
        can_publish=False,
        can_publish_data=False,
        hidden=True,
        recorder=True,
    )
    return write_token(grant, key, secret, datetime.now(UTC), TOKEN_LIFE)
