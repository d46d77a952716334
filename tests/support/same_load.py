"""One publisher's pictures and voice to a few receivers, by each server in turn.

`python -m tests.support.same_load` under scripts/loopback-only tells, as JSON, how many packets
were sent and how many each receiver got.
"""

import asyncio
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench.media_forwarding import (
    AUDIO_RATE,
    JANUS,
    LIVEKIT,
    OURS,
    VIDEO_RATE,
    Plan,
    Room,
    janus_room,
    livekit_room,
)
from tests.support.janus import janus_server
from tests.support.livekit_server import livekit_server
from tests.support.load_link import Sink
from tests.support.load_traffic import run
from tests.support.media import KEY, SECRET
from tests.support.media_alone import media_alone

PLAN = Plan("same", 5, (("video", "audio"),), {"video": VIDEO_RATE, "audio": AUDIO_RATE})
SECONDS = 2.0


def carried(room: Room) -> dict[str, list[int]]:
    """What one window brought to each receiver; the publisher, who comes first, gets nothing."""
    sink = Sink(room.links)
    sink.drain()
    receivers = room.links[1:]
    before = [link.packets for link in receivers]
    traffic = run(room.streams, sink.drain, SECONDS)
    arrived = [link.packets - were for link, were in zip(receivers, before, strict=True)]
    return {"sent": [traffic.sent], "received": arrived}


def measure() -> dict[str, dict[str, list[int]]]:
    """Server -> what it carried."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(media_alone(folder))
        livekit = stack.enter_context(livekit_server(folder, {KEY: SECRET}))
        janus = stack.enter_context(janus_server(folder))
        runner = stack.enter_context(asyncio.Runner())
        rooms = {
            OURS: livekit_room(PLAN, own.ws, (own.web, own.worker)),
            LIVEKIT: livekit_room(PLAN, livekit.ws, (livekit.pid,)),
            JANUS: janus_room(PLAN, janus),
        }
        return {name.split(" ")[0]: carried(runner.run(room)) for name, room in rooms.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
