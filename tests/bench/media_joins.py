"""Fifty people joining a room where one speaks, all at once: CPU of the server for each of them.

From the WebSocket's opening to DTLS, data channels (not in Janus) and the speaker's first packet.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from aiortc import RTCCertificate

from signaling.grant import Grant, write_token
from tests.bench.harness import OURS, Figures, Row, Target, cpu_seconds, interleaved
from tests.bench.media_forwarding import JANUS, LIVEKIT, LOAD_CORE, SERVER_CORE
from tests.support.janus import Janus, Session, janus_server
from tests.support.livekit_server import livekit_server
from tests.support.load_link import Link
from tests.support.load_livekit import Member
from tests.support.load_sdp import Media
from tests.support.load_traffic import Stream
from tests.support.media import KEY, SECRET
from tests.support.media_alone import media_alone

JOINS, ROUNDS = 50, 3
WORK = "50 joins at once, one voice"
CPU, SECONDS = "CPU ms per join", "seconds until all hear"
VOICE = Media("audio", 4_711, "voice")
_VOICE_SECONDS = 0.02
TARGETS = {CPU: Target(10), SECONDS: Target(3)}


async def _everyone_hears(voice: Stream, links: list[Link]) -> None:
    async with asyncio.timeout(60):
        while not all(link.packets for link in links):
            voice.send()
            await asyncio.sleep(_VOICE_SECONDS)


async def livekit_joins(ws: str, pids: tuple[int, ...], room: str) -> Figures:
    """A room of its own each time."""
    certificate = RTCCertificate.generateCertificate()

    async def enter(identity: str, member: Member) -> None:
        grant = Grant(identity, room=room, room_join=True)
        token = write_token(grant, KEY, SECRET, datetime.now(UTC), timedelta(minutes=10))
        await member.enter(ws, token)

    speaker = Member(certificate, [VOICE], [])
    await enter("speaker", speaker)
    members = [Member(certificate, [], [Media("audio")]) for _ in range(JOINS)]

    async def all_enter() -> list[Link]:
        await asyncio.gather(*(enter(f"site-{n}", member) for n, member in enumerate(members)))
        return [member.link for member in members]

    found = await _measured(pids, Stream(speaker.link, VOICE, 50), all_enter)
    await asyncio.gather(*(member.leave() for member in (*members, speaker)))
    return found


async def janus_joins(server: Janus) -> Figures:
    """Fifty subscribers of one feed."""
    session = Session(server, RTCCertificate.generateCertificate())
    await session.open()
    link, feed = await session.publish([VOICE])

    async def all_enter() -> list[Link]:
        return await asyncio.gather(*(session.subscribe([feed]) for _ in range(JOINS)))

    found = await _measured((server.pid,), Stream(link, VOICE, 50), all_enter)
    await session.close()
    return found


async def _measured(
    pids: tuple[int, ...], voice: Stream, all_enter: Callable[[], Awaitable[list[Link]]]
) -> Figures:
    before, started = [cpu_seconds(pid) for pid in pids], time.monotonic()
    await _everyone_hears(voice, await all_enter())
    took = time.monotonic() - started
    used = sum(cpu_seconds(pid) for pid in pids) - sum(before)
    return {CPU: used * 1_000 / JOINS, SECONDS: took}


def measure() -> list[Row]:
    """The rows of this subject."""
    os.sched_setaffinity(0, {LOAD_CORE})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(media_alone(folder, SERVER_CORE))
        livekit = stack.enter_context(livekit_server(folder, {KEY: SECRET}, prefix=SERVER_CORE))
        janus = stack.enter_context(janus_server(folder, SERVER_CORE))
        runner = stack.enter_context(asyncio.Runner())
        rooms = iter(range(1_000))

        def on(ws: str, pids: tuple[int, ...]) -> Figures:
            return runner.run(livekit_joins(ws, pids, f"room-{next(rooms)}"))

        contenders: dict[str, Callable[[], Figures]] = {
            OURS: partial(on, own.ws, (own.web, own.worker)),
            LIVEKIT: partial(on, livekit.ws, (livekit.pid,)),
            JANUS: lambda: runner.run(janus_joins(janus)),
        }
        return interleaved(WORK, contenders, ROUNDS, TARGETS)
