"""One recording from the claim to the vault: join the room, write, finish, keep."""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from recordings.audio_line import VoicePacket
from recordings.levels import linear_loudness, loudness
from recordings.recorder import KeptFile, Recorder, keep_files, remove_kept
from recordings.recording import Recording, RecordingState, has_waited_too_long
from recordings.recording_store import RecordingStore
from signaling.errors import TapRefused
from signaling.tap import Tap, TappedPacket
from telehealth.blobs import FolderBlobs
from telehealth.database import Database

log = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 1.0
_COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class RecorderParts:
    """What a recorder process is made of; `token` is made for (session, recording)."""

    database: Database
    blobs: FolderBlobs
    folder: Path
    server: str
    token: Callable[[UUID, UUID], str]
    owner: str


class RecordingJob:
    """Works on a claimed recording until it is kept, given up, or the process stops."""

    def __init__(self, parts: RecorderParts, recording: Recording) -> None:
        self._parts = parts
        self._recording = recording
        self._folder = parts.folder / str(recording.id)
        self._clock = steady_clock()

    async def run(self, stop: asyncio.Event) -> None:
        """Record while the recording is live, then keep what was written."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        if self._recording.is_live:
            await self._record(stop)
        if self._recording.state is RecordingState.CLOSING:
            await self._keep()
        elif self._recording.state is RecordingState.FAILED:
            await asyncio.to_thread(shutil.rmtree, self._folder)  # nobody was told
        elif self._recording.is_live:
            async with self._parts.database.transaction() as tx:
                await RecordingStore(tx).release(self._recording.id, self._parts.owner)

    async def _record(self, stop: asyncio.Event) -> None:
        recording, parts = self._recording, self._parts
        recorder = Recorder(self._folder, recording.id, recording.started_at.timestamp())
        sink = _Sink(recorder, self._clock)
        token = partial(parts.token, recording.session_id, recording.id)
        tap = Tap(parts.server, token, sink, self._clock)
        listening = asyncio.create_task(tap.run())
        try:
            while await self._goes_on(sink, listening) and not stop.is_set():
                await _either(sink.news, listening, FLUSH_SECONDS)
                await self._flush(recorder)
        finally:
            tap.stop()
            await asyncio.gather(listening, return_exceptions=True)
            await recorder.close(self._clock())

    async def _flush(self, recorder: Recorder) -> None:
        try:
            await recorder.flush(self._clock())
        except OSError:  # the bytes wait for the next flush
            log.exception("recording cannot be written recording_id=%s", self._recording.id)

    async def _goes_on(self, sink: "_Sink", listening: "asyncio.Task[str]") -> bool:
        """Bring row and reality together; False when there is nothing more to record."""
        async with self._parts.database.transaction() as tx:
            store = RecordingStore(tx)
            now = datetime.now(UTC)
            found = await store.renew(self._recording.id, self._parts.owner, now)
            if found is None:  # another recorder holds it
                return False
            if has_waited_too_long(found, now):
                await store.fail(found.id, "not-begun", now)
            elif listening.done() and found.is_live:
                await self._sent_away(store, found, listening, now)
            elif sink.is_in and found.state is RecordingState.REQUESTED:
                await store.joined(found.id)
            self._recording = await store.get(found.id)
        return self._recording.is_live

    async def _sent_away(
        self,
        store: RecordingStore,
        found: Recording,
        listening: "asyncio.Task[str]",
        now: datetime,
    ) -> None:
        error = listening.exception()
        if error is not None and not isinstance(error, TapRefused):
            raise error
        log.warning("recorder sent away recording_id=%s", found.id)
        if found.state is RecordingState.REQUESTED:
            await store.fail(found.id, "room-refused" if error else "room-closed", now)
        else:
            await store.stop(found.id, now)

    async def _keep(self) -> None:
        recording = self._recording
        assert recording.stopped_at is not None
        until_s = (recording.stopped_at - recording.started_at).total_seconds()
        kept = await asyncio.to_thread(keep_files, self._folder, until_s)
        for file in kept:
            await asyncio.to_thread(_into_vault, self._parts.blobs, file)
        async with self._parts.database.transaction() as tx:
            await RecordingStore(tx).keep(recording.id, [file.segment for file in kept])
        await asyncio.to_thread(remove_kept, self._folder, kept)
        log.info("recording kept recording_id=%s segments=%d", recording.id, len(kept))


class _Sink:
    """What the tap hears goes to the recorder."""

    def __init__(self, recorder: Recorder, clock: Callable[[], float]) -> None:
        self._recorder = recorder
        self._clock = clock
        self.is_in = False
        self.news = asyncio.Event()

    def joined(self) -> None:
        self.is_in = True
        self.news.set()

    def lost(self) -> None:
        self.is_in = False
        self._recorder.all_ended()

    def packet(self, identity: str, track_sid: str, packet: TappedPacket) -> None:
        voice = VoicePacket(
            packet.ssrc, packet.sequence, packet.timestamp, packet.arrived_s, packet.payload
        )
        level = None if packet.level is None else loudness(packet.level)
        self._recorder.packet(identity, track_sid, voice, level)

    def speaks(self, identity: str, level: float) -> None:
        self._recorder.speaks(identity, linear_loudness(level), self._clock())

    def voice_ended(self, track_sid: str) -> None:
        self._recorder.ended(track_sid)


def _into_vault(blobs: FolderBlobs, file: KeptFile) -> None:
    with file.path.open("rb") as source:
        ref = blobs.put(iter(lambda: source.read(_COPY_BYTES), b""))
    if ref.sha256 != file.segment.sha256:
        raise OSError(f"segment {file.segment.number} changed on its way into the vault")


async def _either(news: asyncio.Event, listening: "asyncio.Task[str]", seconds: float) -> None:
    waiting = asyncio.create_task(news.wait())
    await asyncio.wait({waiting, listening}, timeout=seconds, return_when="FIRST_COMPLETED")
    waiting.cancel()
    news.clear()


def steady_clock() -> Callable[[], float]:
    """Seconds since 1970 that never jump: the wall clock now, then the monotonic one."""
    began = time.time() - time.monotonic()
    return lambda: began + time.monotonic()
