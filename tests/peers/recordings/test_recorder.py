"""Voices on disk, judged by ffmpeg and ffprobe, also after kill -9 (docs/recording.md)."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from recordings.audio_line import VoicePacket
from recordings.ogg_pages import whole_pages
from recordings.recorder import Recorder, keep_files, remove_kept
from recordings.recording import RecordingId

RECORDING = RecordingId(UUID("11111111-1111-4111-8111-111111111111"))


def a_tone(folder: Path, seconds: int) -> list[bytes]:
    """Opus packets of 20 ms holding a 440 Hz tone, made by libopus."""
    made = folder / "tone.opus"
    tone = f"sine=440:duration={seconds}:sample_rate=48000"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", tone]
    subprocess.run([*command, "-c:a", "libopus", "-b:a", "32k", str(made)], check=True)
    packets = [p for page in list(whole_pages(made.read_bytes()))[2:] for p in page.packets]
    made.unlink()
    return packets[: seconds * 50]


def rtp(number: int, payload: bytes, began_s: float) -> VoicePacket:
    return VoicePacket(9, number & 0xFFFF, number * 960, began_s + number * 0.02, payload)


def duration_s(path: Path) -> float:
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(path)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert told["streams"][0]["codec_name"] == "opus"
    return float(told["format"]["duration"])


def volume_db(path: Path, start_s: float, length_s: float) -> float:
    """Mean volume of a stretch as ffmpeg hears it; -91 is digital silence."""
    command = ["ffmpeg", "-hide_banner", "-ss", str(start_s), "-t", str(length_s), "-i", str(path)]
    told = subprocess.run(
        [*command, "-af", "volumedetect", "-f", "null", "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    return float(told.split("mean_volume:")[1].split("dB")[0])


async def test_two_speakers_become_two_files_that_ffmpeg_plays(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    folder.mkdir()
    recorder = Recorder(folder, RECORDING, 1_000.0)
    for number, payload in enumerate(a_tone(tmp_path, 5)):
        if not 100 <= number < 150:  # silent from 2 to 3 s
            recorder.packet("first", "TR_1", rtp(number, payload, 1_002.5), 100)
        if number >= 125:
            recorder.packet("second", "TR_2", rtp(number, payload, 1_002.5), 60)
        if number % 50 == 0:
            await recorder.flush(1_002.5 + number * 0.02)
    await recorder.close(1_007.5)
    first, second = keep_files(folder, 60.0)
    assert (first.segment.identity, first.segment.offset_s) == ("first", 2.5)
    assert (second.segment.identity, second.segment.offset_s) == ("second", 5.0)
    for kept, length in ((first, 5.0), (second, 2.5)):
        assert kept.segment.duration_s == pytest.approx(length, abs=0.02)
        assert duration_s(kept.path) == pytest.approx(length, abs=0.03)
        assert kept.segment.size == kept.path.stat().st_size
        assert kept.segment.sha256 == hashlib.sha256(kept.path.read_bytes()).hexdigest()
    assert volume_db(first.path, 0.5, 1.0) > -30
    assert volume_db(first.path, 2.3, 0.6) < -60
    assert volume_db(first.path, 3.5, 1.0) > -30
    assert set(first.segment.levels[:19]) == {100}
    assert set(first.segment.levels[21:29]) == {0}
    remove_kept(folder, [first, second])
    assert not folder.exists()


async def test_r6_nothing_later_than_the_stop_is_kept(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, RECORDING, 100.0)
    for number, payload in enumerate(a_tone(tmp_path, 5)):
        recorder.packet("a", "TR_1", rtp(number, payload, 101.0), 100)
        recorder.packet("late", "TR_2", rtp(number, payload, 104.1))
        if number % 50 == 49:
            await recorder.flush(101.0 + number * 0.02)
    await recorder.close(110.0)
    (kept,) = keep_files(tmp_path, 4.0)
    assert kept.segment.identity == "a"
    assert kept.segment.duration_s == pytest.approx(3.0, abs=0.021)
    assert kept.segment.duration_s <= 3.0
    assert duration_s(kept.path) == pytest.approx(3.0, abs=0.03)
    assert len(kept.segment.levels) == 30
    assert sorted(os.listdir(tmp_path)) == ["0001.levels", "0001.ogg"]
    assert keep_files(tmp_path, 4.0) == [kept]


async def test_an_ended_track_continues_in_a_new_file(tmp_path: Path) -> None:
    payloads = a_tone(tmp_path, 2)
    recorder = Recorder(tmp_path, RECORDING, 100.0)
    for number, payload in enumerate(payloads[:50]):
        recorder.packet("a", "TR_1", rtp(number, payload, 100.0))
    recorder.all_ended()
    for number, payload in enumerate(payloads[50:]):
        recorder.packet("a", "TR_1", rtp(number, payload, 104.0))
    await recorder.close(106.0)
    kept = [file.segment for file in keep_files(tmp_path, 60.0)]
    assert [(s.number, s.offset_s) for s in kept] == [(1, 0.0), (2, 4.0)]
    assert Recorder(tmp_path, RECORDING, 100.0)._next_number == 3


async def test_a_full_disk_loses_nothing_once_there_is_room(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    folder.mkdir()
    recorder = Recorder(folder, RECORDING, 0.0)
    payloads = a_tone(tmp_path, 1)
    for number, payload in enumerate(payloads):
        recorder.packet("a", "TR_1", rtp(number, payload, 0.0))
    folder.rename(tmp_path / "away")
    with pytest.raises(OSError, match="No such file"):
        await recorder.close(1.0)
    (tmp_path / "away").rename(folder)
    await recorder.flush(1.0)
    (kept,) = keep_files(folder, 60.0)
    assert kept.segment.duration_s == pytest.approx(1.0, abs=0.02)


DYING = """
import asyncio, sys, time
from pathlib import Path
from recordings.recorder import Recorder
from tests.peers.recordings.test_recorder import RECORDING, a_tone, rtp

async def main(folder):
    payloads = a_tone(folder.parent, 8)
    recorder = Recorder(folder, RECORDING, 0.0)
    for number, payload in enumerate(payloads):
        recorder.packet("a", "TR_1", rtp(number, payload, 0.0), 100)
        if number % 50 == 49:
            await recorder.flush((number + 1) * 0.02)
            sys.stdout.write(f"{(number + 1) * 0.02}\\n")
            sys.stdout.flush()
    await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_kill_9_leaves_everything_flushed_playable(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    folder.mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DYING, str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    flushed = 0.0
    while flushed < 6.0:
        flushed = float(await asyncio.wait_for(process.stdout.readline(), 30))
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    torn = folder / "0001.ogg"
    assert duration_s(torn) >= flushed - 0.15
    with torn.open("ab") as out:
        out.write(b"OggS half a page")
    (kept,) = keep_files(folder, 60.0)
    assert kept.segment.duration_s >= flushed - 0.15
    assert duration_s(kept.path) == pytest.approx(kept.segment.duration_s, abs=0.02)
    assert volume_db(kept.path, flushed - 1.5, 1.0) > -30
    assert keep_files(folder, 60.0) == [kept]


def test_a_file_without_headers_stays_and_hurts_nobody(tmp_path: Path) -> None:
    (tmp_path / "0001.ogg").write_bytes(b"OggS")
    assert keep_files(tmp_path, 60.0) == []
    remove_kept(tmp_path, [])
    assert (tmp_path / "0001.ogg").exists()
