"""A hidden recorder in a room of our own server, with a speaking browser (docs/recording.md)."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from livekit import api
from playwright.async_api import Browser

from recordings.audio_line import VoicePacket
from recordings.levels import Voice as LevelVoice
from recordings.levels import linear_loudness, spans
from recordings.recorder import KeptFile, Recorder, keep_files
from recordings.recording import RecordingId
from signaling.errors import TapRefused
from signaling.tap import Tap, TappedPacket
from tests.support.media import KEY, ROOM, SECRET, MediaServer, join, process_behind, until

FAR = 3_600.0


class RecordingSink:
    """Feeds a recorder, and counts."""

    def __init__(self, folder: Path) -> None:
        self.started_s = time.time()
        self.recorder = Recorder(folder, RecordingId(uuid4()), self.started_s)
        self.packets = self.joins = self.losses = 0
        self.loudest = 0.0

    def joined(self) -> None:
        self.joins += 1

    def lost(self) -> None:
        self.losses += 1
        self.recorder.all_ended()

    def packet(self, identity: str, track_sid: str, packet: TappedPacket) -> None:
        self.packets += 1
        voice = VoicePacket(
            packet.ssrc, packet.sequence, packet.timestamp, packet.arrived_s, packet.payload
        )
        self.recorder.packet(identity, track_sid, voice)

    def speaks(self, identity: str, level: float) -> None:
        self.loudest = max(self.loudest, level)
        self.recorder.speaks(identity, linear_loudness(level), time.time())

    def voice_ended(self, track_sid: str) -> None:
        self.recorder.ended(track_sid)


def recorder_token(server: MediaServer) -> str:
    return server.token("recorder", hidden=True, recorder=True, can_publish=False)


@asynccontextmanager
async def tapping(
    server: MediaServer, sink: RecordingSink, token: Callable[[], str]
) -> AsyncIterator[Tap]:
    tap = Tap(server.ws, token, sink, time.time)
    running = asyncio.create_task(tap.run())
    try:
        yield tap
    finally:
        tap.stop()
        assert await running == "stopped"
        await sink.recorder.close(time.time())


async def heard(sink: RecordingSink, packets: int) -> None:
    goal = sink.packets + packets

    async def enough() -> bool:
        return sink.packets >= goal

    await until(enough, f"{packets} packets")


def decoded(ogg: bytes, folder: Path) -> tuple[float, float]:
    """Length in seconds and loudest sample in dB, as ffmpeg decodes the file."""
    path = folder / "played.ogg"
    path.write_bytes(ogg)
    command = ["ffmpeg", "-hide_banner", "-i", str(path), "-af", "volumedetect"]
    done = subprocess.run([*command, "-f", "null", "-"], check=True, capture_output=True, text=True)
    assert "rror" not in done.stderr
    samples = float(done.stderr.split("n_samples:")[1].split()[0])
    peak = float(done.stderr.split("max_volume:")[1].split("dB")[0])
    channels = 2 if "stereo" in done.stderr else 1
    return samples / 48_000 / channels, peak


def seconds_and_volume(file: KeptFile) -> tuple[float, float]:
    """`decoded` of a kept file."""
    return decoded(file.path.read_bytes(), file.path.parent)


async def test_r10_a_voice_is_written_as_it_was_spoken(
    server: MediaServer, browser: Browser, tmp_path: Path
) -> None:
    sink = RecordingSink(tmp_path)
    carol = await join(server, browser, "carol")
    async with tapping(server, sink, lambda: recorder_token(server)):
        await heard(sink, 50)
        began = time.monotonic()
        await heard(sink, 200)
        took = time.monotonic() - began
        people = await carol.evaluate("[...room.remoteParticipants.keys()]")
    (kept,) = keep_files(tmp_path, FAR)
    assert people == []
    assert kept.segment.identity == "carol"
    length, peak = seconds_and_volume(kept)
    assert length == pytest.approx(kept.segment.duration_s, abs=0.021)
    assert kept.segment.duration_s >= took
    assert peak > -30
    assert sink.loudest > 0.01
    assert spans(LevelVoice("carol", kept.segment.offset_s, kept.segment.levels))


async def test_r11_a_muted_minute_is_as_long_in_the_file(
    server: MediaServer, browser: Browser, tmp_path: Path
) -> None:
    sink = RecordingSink(tmp_path)
    async with tapping(server, sink, lambda: recorder_token(server)):
        carol = await join(server, browser, "carol")
        await heard(sink, 50)
        began = time.monotonic()
        await carol.evaluate("room.localParticipant.setMicrophoneEnabled(false)")
        await carol.evaluate("new Promise((done) => setTimeout(done, 3000))")
        await carol.evaluate("room.localParticipant.setMicrophoneEnabled(true)")
        await heard(sink, 100)
        took = time.monotonic() - began
    kept = keep_files(tmp_path, FAR)
    (file,) = kept
    assert took + 0.5 < file.segment.duration_s < took + 4
    assert seconds_and_volume(file)[0] == pytest.approx(file.segment.duration_s, abs=0.021)


async def test_j_a_tap_comes_back_by_itself_and_the_gap_lies_between_two_files(
    server: MediaServer, browser: Browser, tmp_path: Path
) -> None:
    sink = RecordingSink(tmp_path)
    await join(server, browser, "carol")
    async with tapping(server, sink, lambda: recorder_token(server)):
        await heard(sink, 50)
        for path in server.sockets:
            os.kill(process_behind(path), signal.SIGTERM)
        await until(lambda: _reached(sink, 2), "second join", 40)
        await heard(sink, 50)
    kept = keep_files(tmp_path, FAR)
    assert sink.losses >= 1
    first, second = (file.segment for file in kept)
    assert (first.identity, second.identity) == ("carol", "carol")
    assert second.offset_s >= first.offset_s + first.duration_s


async def _reached(sink: RecordingSink, joins: int) -> bool:
    return sink.joins >= joins


async def test_a_refused_token_ends_the_tap_at_once(server: MediaServer, tmp_path: Path) -> None:
    tap = Tap(server.ws, lambda: "no.token.x", RecordingSink(tmp_path), time.time)
    with pytest.raises(TapRefused):
        await asyncio.wait_for(tap.run(), 10)


async def test_a_removed_tap_does_not_come_back(server: MediaServer, tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path)
    tap = Tap(server.ws, lambda: recorder_token(server), sink, time.time)
    running = asyncio.create_task(tap.run())
    await until(lambda: _reached(sink, 1), "join")
    async with api.LiveKitAPI(server.http, KEY, SECRET) as admin:
        removed = api.RoomParticipantIdentity(room=ROOM, identity="recorder")
        await admin.room.remove_participant(removed)
    assert await asyncio.wait_for(running, 10) == "participant-removed"
