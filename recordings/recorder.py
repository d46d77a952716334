"""Writes the voices of one recording to disk, so that a killed process loses a second at most.

Each speaker's unbroken track is one Ogg Opus file with a level line beside it, in the folder of the
recording; a file's tags say what it is, so the folder alone is enough to go on after a crash.
"""

import asyncio
import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recordings.audio_line import AudioLine, VoicePacket
from recordings.errors import NotOurOgg
from recordings.levels import BIN_S, LevelLine
from recordings.ogg_opus import OpusPages, cut_opus_file, read_opus_file
from recordings.opus_packet import SAMPLES_PER_SECOND, is_stereo
from recordings.recording import RecordingId, Segment

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptFile:
    """A finished segment and where its file lies until a vault has it."""

    path: Path
    segment: Segment


class Recorder:
    """Takes packets in on the event loop, writes and syncs in a thread when told to flush."""

    def __init__(self, folder: Path, recording_id: RecordingId, started_s: float) -> None:
        """Write below `folder`, which exists; `started_s` is second 0 on the packets' clock."""
        self._folder = folder
        self._recording_id = recording_id
        self._started_s = started_s
        self._tracks: dict[str, _Track] = {}
        self._closing: list[_Track] = []
        self._next_number = 1 + max((number for number, _ in _segment_paths(folder)), default=0)

    def packet(
        self, identity: str, track_sid: str, packet: VoicePacket, level: int | None = None
    ) -> None:
        """Take one packet of a speaker's track; `level` 0..127 if the packet told its loudness."""
        if not packet.payload:
            return
        track = self._tracks.get(track_sid)
        if track is None:
            track = self._tracks[track_sid] = self._begin(identity, track_sid, packet)
        track.packet(packet, level)

    def speaks(self, identity: str, level: int, at_s: float) -> None:
        """From `at_s` on the speaker is this loud, as the media server says (0 is silent)."""
        for track in self._tracks.values():
            if track.identity == identity:
                track.speaks(level, at_s)

    def ended(self, track_sid: str) -> None:
        """The track was unpublished, or the connection lost: its file ends at the next flush."""
        track = self._tracks.pop(track_sid, None)
        if track is not None:
            self._closing.append(track)

    def all_ended(self) -> None:
        """Every track ends; what comes later begins new files."""
        for track_sid in list(self._tracks):
            self.ended(track_sid)

    async def flush(self, now_s: float) -> None:
        """Bring everything up to `now_s` onto the disk; OSError leaves it for the next flush."""
        closing, self._closing = self._closing, []
        for track in closing:
            track.end(now_s)
        for track in self._tracks.values():
            track.settle(now_s)
        try:
            await asyncio.to_thread(_write_all, [*self._tracks.values(), *closing])
        except OSError:
            self._closing = [*closing, *self._closing]
            raise

    async def close(self, now_s: float) -> None:
        """End all files."""
        self.all_ended()
        await self.flush(now_s)

    def _begin(self, identity: str, track_sid: str, first: VoicePacket) -> "_Track":
        number, self._next_number = self._next_number, self._next_number + 1
        offset_s = max(0.0, first.arrived_s - self._started_s)
        tags = {
            "RECORDING": str(self._recording_id),
            "SPEAKER": identity,
            "TRACK": track_sid,
            "OFFSET": f"{offset_s:.3f}",
        }
        log.info("segment %d begins, track %s, %.1f s", number, track_sid, offset_s)
        return _Track(self._folder / f"{number:04d}.ogg", number, first, tags)


class _Track:
    def __init__(
        self, path: Path, number: int, first: VoicePacket, tags: Mapping[str, str]
    ) -> None:
        self.identity = tags["SPEAKER"]
        self._began_s = first.arrived_s
        self._line = AudioLine()
        self._levels = LevelLine()
        self._pages = OpusPages(number, 2 if is_stereo(first.payload) else 1, tags)
        self._ogg = _GrowingFile(path)
        self._level_file = _GrowingFile(path.with_suffix(".levels"))
        self._ended = False

    def packet(self, packet: VoicePacket, level: int | None) -> None:
        self._add(self._line.push(packet))
        if level is not None:
            self._levels.packet(max(0.0, packet.arrived_s - self._began_s), level)

    def speaks(self, level: int, at_s: float) -> None:
        self._levels.hold(max(0.0, at_s - self._began_s), level)

    def settle(self, now_s: float) -> None:
        self._add(self._line.settle(now_s))
        self._ogg.waiting += self._pages.take()
        self._level_file.waiting += self._levels.take(max(0.0, now_s - self._began_s))

    def end(self, now_s: float) -> None:
        if self._ended:  # a flush that failed is repeated
            return
        self._ended = True
        self._add(self._line.settle())
        self._ogg.waiting += self._pages.end()
        self._level_file.waiting += self._levels.take(max(0.0, now_s - self._began_s))

    def write(self) -> None:
        self._ogg.write(durable=True)
        self._level_file.write(durable=False)

    def _add(self, packets: list[bytes]) -> None:
        for packet in packets:
            self._pages.add(packet)


class _GrowingFile:
    """A file that only grows; writing the same bytes again after an error does no harm."""

    def __init__(self, path: Path) -> None:
        self.waiting = bytearray()
        self._path = path
        self._size = 0

    def write(self, *, durable: bool) -> None:
        if not self.waiting:
            return
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            written = 0
            while written < len(self.waiting):
                piece = self.waiting[written:]
                written += os.pwrite(handle, piece, self._size + written)
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)
        if durable and self._size == 0:
            _sync_folder(self._path.parent)
        self._size += written
        self.waiting.clear()


def _write_all(tracks: list[_Track]) -> None:
    for track in tracks:
        track.write()


def keep_files(folder: Path, until_s: float) -> list[KeptFile]:
    """Finish every segment file of a recording's folder, whether it was ended or cut by a crash.

    A torn last page is cut off and the end-of-stream page added; nothing later than second
    `until_s` of the recording stays. Blocking: run it in a thread.
    """
    kept: list[KeptFile] = []
    for number, path in _segment_paths(folder):
        try:
            file = _finish(number, path, until_s)
        except NotOurOgg:
            log.warning("segment %d holds no whole header and stays where it is", number)
            continue
        if file.segment.duration_s > 0:
            kept.append(file)
        else:
            _remove(path)
    return kept


def _finish(number: int, path: Path, until_s: float) -> KeptFile:
    data = path.read_bytes()
    found = read_opus_file(data)
    offset_s = float(found.tags["OFFSET"])
    length_s = max(0.0, until_s - offset_s)
    whole = data[: found.whole_bytes] + found.closing
    whole = cut_opus_file(whole, int(length_s * SAMPLES_PER_SECOND))
    if whole != data:
        _replace(path, whole)
    levels = path.with_suffix(".levels")
    segment = Segment(
        number=number,
        identity=found.tags["SPEAKER"],
        track_sid=found.tags["TRACK"],
        offset_s=offset_s,
        duration_s=read_opus_file(whole).duration_s,
        sha256=hashlib.sha256(whole).hexdigest(),
        size=len(whole),
        levels=levels.read_bytes()[: int(length_s / BIN_S)] if levels.exists() else b"",
    )
    return KeptFile(path, segment)


def remove_kept(folder: Path, kept: list[KeptFile]) -> None:
    """Remove files that a vault holds now, and the folder once nothing is left in it."""
    for file in kept:
        _remove(file.path)
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def _remove(path: Path) -> None:
    path.with_suffix(".levels").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(".repaired")
    with temporary.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _segment_paths(folder: Path) -> Iterator[tuple[int, Path]]:
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9].ogg")):
        yield int(path.stem), path


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
