"""A voice as FFmpeg hears it, and a tap that livekit-api removes (docs/recording.md)."""

import asyncio
import time
from pathlib import Path

import pytest
from livekit import api
from playwright.async_api import Browser

from recordings.levels import Voice as LevelVoice
from recordings.levels import spans
from recordings.recorder import KeptFile, keep_files
from signaling.tap import Tap
from tests.support.media import KEY, ROOM, SECRET, MediaServer, join, until
from tests.support.played import decoded
from tests.support.tapping import RecordingSink, heard, reached, recorder_token, tapping

FAR = 3_600.0


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


async def test_a_removed_tap_does_not_come_back(server: MediaServer, tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path)
    tap = Tap(server.ws, lambda: recorder_token(server), sink, time.time)
    running = asyncio.create_task(tap.run())
    await until(lambda: reached(sink, 1), "join")
    async with api.LiveKitAPI(server.http, KEY, SECRET) as admin:
        removed = api.RoomParticipantIdentity(room=ROOM, identity="recorder")
        await admin.room.remove_participant(removed)
    assert await asyncio.wait_for(running, 60) == "participant-removed"
