"""Forwarding beside Janus and livekit-server: one publisher to many, and a conference.

Every server is pinned to core 0, the load client to core 1. CPU is all that the server's processes
use in the window; a packet out is one that a receiver read from its socket.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from aiortc import RTCCertificate

from signaling.grant import Grant, write_token
from tests.bench.harness import OURS, Figures, Row, Target, cpu_seconds, interleaved, progress
from tests.support.janus import Janus, Session, janus_server
from tests.support.livekit_server import livekit_server
from tests.support.load_link import Link
from tests.support.load_livekit import Member
from tests.support.load_sdp import Media
from tests.support.load_traffic import Stream, run
from tests.support.media import KEY, SECRET
from tests.support.media_alone import media_alone

SERVER_CORE = ("taskset", "-c", "0")
LOAD_CORE = 1
RECEIVERS = 50
SECONDS = 3.0
ROUNDS = 3
SATURATING = 6_000.0  # packets a second from one publisher: 300,000 out
VIDEO_RATE, AUDIO_RATE = 45.0, 50.0  # packets a second of a 400 kbit/s camera and of Opus

BROADCAST = "1 publisher to 50 receivers, 1,100 bytes, saturated"
CONFERENCE = "50 sites, 2 videos and 3 voices"
CPU, SPEED = "CPU us per packet out", "packets out per CPU second"
SHARE, DELIVERED = "% of one core", "thousand packets out per second"
LIVEKIT, JANUS = "livekit-server 1.13.5", "janus 1.1.2"
_BREATH_SECONDS = 0.5
TARGETS: Mapping[str, Mapping[str, Target]] = {
    BROADCAST: {CPU: Target(6), SPEED: Target(2.5, at_most=False, peer="janus")},
    CONFERENCE: {SHARE: Target(15)},
}


@dataclass
class Room:
    """A room full of connections on one server."""

    pids: tuple[int, ...]
    receivers: int
    streams: list[Stream] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)  # their tasks live as long as they

    def add(self, plan: "Plan", link: Link, sends: Sequence[Media]) -> None:
        """A connection and what it sends."""
        self.links.append(link)
        self.streams += [Stream(link, media, plan.rates[media.kind]) for media in sends]

    def cpu(self) -> float:
        """Seconds that the server has used so far."""
        return sum(cpu_seconds(pid) for pid in self.pids)


@dataclass(frozen=True)
class Plan:
    """Who sends what: the first members send, all receive what the others send."""

    work: str
    members: int
    senders: tuple[tuple[str, ...], ...]  # ("video", "audio") for each sender
    rates: Mapping[str, float]

    @property
    def receivers(self) -> int:
        """How many members receive anything."""
        return sum(1 for index in range(self.members) if self.received_by(index))

    def media(self, index: int) -> list[Media]:
        """What member `index` sends."""
        kinds = self.senders[index] if index < len(self.senders) else ()
        base = 1_000 * (index + 1)
        return [Media(k, base + at, f"cid-{base + at}") for at, k in enumerate(kinds)]

    def received_by(self, index: int) -> list[Media]:
        """The sections that member `index` needs for the others."""
        others = [k for at, kinds in enumerate(self.senders) if at != index for k in kinds]
        return [Media(kind) for kind in others]


PLANS = (
    Plan(BROADCAST, RECEIVERS + 1, (("video",),), {"video": SATURATING}),
    Plan(
        CONFERENCE,
        RECEIVERS,
        (("video", "audio"), ("video", "audio"), ("audio",)),
        {"video": VIDEO_RATE, "audio": AUDIO_RATE},
    ),
)


async def livekit_room(plan: Plan, ws: str, pids: tuple[int, ...]) -> Room:
    """All members of a plan, connected to a server of the LiveKit protocol."""
    room, certificate = Room(pids, plan.receivers), RTCCertificate.generateCertificate()
    for index in range(plan.members):
        sends = plan.media(index)
        member = Member(certificate, sends, plan.received_by(index))
        grant = Grant(f"site-{index}", room=plan.work, room_join=True)
        token = write_token(grant, KEY, SECRET, datetime.now(UTC), timedelta(hours=1))
        await member.enter(ws, token)
        room.members.append(member)
        room.add(plan, member.link, sends)
    await flowing(room)
    return room


async def janus_room(plan: Plan, server: Janus) -> Room:
    """All members of a plan in Janus: a sender has two connections, one each way."""
    session = Session(server, RTCCertificate.generateCertificate())
    await session.open()
    room, feeds = Room((server.pid,), plan.receivers), []
    for index in range(len(plan.senders)):
        sends = plan.media(index)
        link, feed = await session.publish(sends)
        feeds.append(feed)
        room.add(plan, link, sends)
    for index in range(plan.members):
        others = [feed for at, feed in enumerate(feeds) if at != index]
        if others:
            room.links.append(await session.subscribe(others))
    await flowing(room)
    return room


async def flowing(room: Room) -> None:
    """Waits, with a gentle stream of key frames, until every receiver gets something."""
    async with asyncio.timeout(60):
        while sum(1 for link in room.links if link.packets) < room.receivers:
            for stream in room.streams:
                stream.send(key_frame=True)
            await asyncio.sleep(0.05)


def figures(room: Room, runner: asyncio.Runner) -> Figures:
    """One window, after the connections had time for their own needs."""
    runner.run(asyncio.sleep(_BREATH_SECONDS))
    before = room.cpu()
    traffic = run(room.streams, room.links, SECONDS)
    used = room.cpu() - before
    return {
        CPU: used / traffic.received * 1e6,
        SPEED: traffic.received / used,
        SHARE: used / traffic.seconds * 100,
        DELIVERED: traffic.received / (traffic.seconds * 1_000),
    }


def measure_plan(plan: Plan) -> list[Row]:
    """All contenders, each with its room, in interleaved rounds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(media_alone(folder, SERVER_CORE))
        livekit = stack.enter_context(livekit_server(folder, {KEY: SECRET}, prefix=SERVER_CORE))
        janus = stack.enter_context(janus_server(folder, SERVER_CORE))
        runner = stack.enter_context(asyncio.Runner())
        rooms = {
            OURS: runner.run(livekit_room(plan, own.ws, (own.web, own.worker))),
            LIVEKIT: runner.run(livekit_room(plan, livekit.ws, (livekit.pid,))),
            JANUS: runner.run(janus_room(plan, janus)),
        }
        progress(f"{plan.work}: everyone is connected")
        contenders: dict[str, Callable[[], Figures]] = {
            name: partial(figures, room, runner) for name, room in rooms.items()
        }
        return interleaved(plan.work, contenders, ROUNDS, TARGETS[plan.work])


def measure() -> list[Row]:
    """The rows of this subject."""
    os.sched_setaffinity(0, {LOAD_CORE})
    return [row for plan in PLANS for row in measure_plan(plan)]
