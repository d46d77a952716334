"""A hidden recorder in a room of our own media server."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from recordings.audio_line import VoicePacket
from recordings.levels import linear_loudness
from recordings.recorder import Recorder
from recordings.recording import RecordingId
from signaling.tap import Tap, TappedPacket
from tests.support.media import MediaServer, until


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
    """A token of somebody who hears and is not seen."""
    return server.token("recorder", hidden=True, recorder=True, can_publish=False)


@asynccontextmanager
async def tapping(
    server: MediaServer, sink: RecordingSink, token: Callable[[], str]
) -> AsyncIterator[Tap]:
    """A running tap, and after it files on disk."""
    tap = Tap(server.ws, token, sink, time.time)
    running = asyncio.create_task(tap.run())
    try:
        yield tap
    finally:
        tap.stop()
        assert await running == "stopped"
        await sink.recorder.close(time.time())


async def heard(sink: RecordingSink, packets: int) -> None:
    """Waits for so many more packets."""
    goal = sink.packets + packets

    async def enough() -> bool:
        return sink.packets >= goal

    await until(enough, f"{packets} packets")


async def reached(sink: RecordingSink, joins: int) -> bool:
    """Whether the tap has joined so often."""
    return sink.joins >= joins
