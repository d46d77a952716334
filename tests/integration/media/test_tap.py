"""A hidden recorder comes back, or is told to stay away (docs/recording.md)."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser

from recordings.recorder import keep_files
from signaling.errors import TapRefused
from signaling.tap import Tap
from tests.support.media import MediaServer, join, process_behind, until
from tests.support.tapping import RecordingSink, heard, reached, recorder_token, tapping

FAR = 3_600.0


async def test_j_a_tap_comes_back_by_itself_and_the_gap_lies_between_two_files(
    server: MediaServer, browser: Browser, tmp_path: Path
) -> None:
    sink = RecordingSink(tmp_path)
    await join(server, browser, "carol")
    async with tapping(server, sink, lambda: recorder_token(server)):
        await heard(sink, 50)
        for path in server.sockets:
            os.kill(process_behind(path), signal.SIGTERM)
        await until(lambda: reached(sink, 2), "second join", 90)
        await heard(sink, 50)
    kept = keep_files(tmp_path, FAR)
    assert sink.losses >= 1
    first, second = (file.segment for file in kept)
    assert (first.identity, second.identity) == ("carol", "carol")
    assert second.offset_s >= first.offset_s + first.duration_s


async def test_a_refused_token_ends_the_tap_at_once(server: MediaServer, tmp_path: Path) -> None:
    tap = Tap(server.ws, lambda: "no.token.x", RecordingSink(tmp_path), time.time)
    with pytest.raises(TapRefused):
        await asyncio.wait_for(tap.run(), 60)
