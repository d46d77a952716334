"""Forwarding beside Janus and livekit-server: one publisher to many, a conference, a full house.

Every server is pinned to core 0, the load client to core 1. CPU is all that the server's processes
use in the window; a packet out is one that a receiver read from its socket.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from aiortc import RTCCertificate

from signaling.grant import Grant, write_token
from tests.bench.harness import (
    OURS,
    Figures,
    Row,
    Target,
    cpu_seconds,
    interleaved,
    progress,
    resident_bytes,
)
from tests.support.janus import Janus, Session, janus_server
from tests.support.livekit_server import livekit_server
from tests.support.load_link import Link, Sink
from tests.support.load_livekit import Member
from tests.support.load_sdp import PAYLOAD_TYPES, Media
from tests.support.load_traffic import HISS_LEVEL, SPEECH_LEVEL, Stream, run
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
FULL_HOUSE = "50 sites, 8 videos and 50 open microphones"
SPEAKERS = 3  # of whom has a microphone open
CPU, SPEED = "CPU us per packet out", "packets out per CPU second"
SHARE, DELIVERED = "% of one core", "thousand packets out per second"
MEMORY = "KiB of memory per participant"
LIVEKIT, JANUS = "livekit-server 1.13.5", "janus 1.1.2"
_BREATH_SECONDS = 0.5
TARGETS: Mapping[str, Mapping[str, Target]] = {
    BROADCAST: {CPU: Target(6), SPEED: Target(2.5, at_most=False, peer="janus")},
    CONFERENCE: {SHARE: Target(15)},
    FULL_HOUSE: {SHARE: Target(40)},
}


@dataclass
class Room:
    """A room full of connections on one server."""

    pids: tuple[int, ...]
    pictures: int  # that all members together receive
    empty_bytes: int  # memory before anybody came
    streams: list[Stream] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)  # their tasks live as long as they

    @classmethod
    def empty(cls, plan: "Plan", pids: tuple[int, ...]) -> "Room":
        """Nobody is there yet."""
        return cls(pids, plan.pictures, sum(resident_bytes(pid) for pid in pids))

    def add(self, plan: "Plan", index: int, link: Link) -> None:
        """A connection of member `index`, with what it sends."""
        self.links.append(link)
        self.streams += [
            Stream(link, media, plan.rates[media.kind], plan.level(index))
            for media in plan.media(index)
        ]

    def cpu(self) -> float:
        """Seconds that the server has used so far."""
        return sum(cpu_seconds(pid) for pid in self.pids)

    def seen(self) -> int:
        """How many videos have begun at their receivers."""
        kinds = [kind for link in self.links for kind, _ in link.streams]
        return kinds.count(PAYLOAD_TYPES["video"])

    def memory(self) -> int:
        """Memory that the server took for these members so far."""
        return sum(resident_bytes(pid) for pid in self.pids) - self.empty_bytes


@dataclass(frozen=True)
class Plan:
    """Who sends what: the first members send, all receive what the others send."""

    work: str
    members: int
    senders: tuple[tuple[str, ...], ...]  # ("video", "audio") for each sender
    rates: Mapping[str, float]

    @property
    def pictures(self) -> int:
        """How many videos all members together receive."""
        received = (media for index in range(self.members) for media in self.received_by(index))
        return sum(1 for media in received if media.kind == "video")

    def level(self, index: int) -> int:
        """How loud it is at member `index`, -dBov."""
        return SPEECH_LEVEL if index < SPEAKERS else HISS_LEVEL

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
    Plan(
        FULL_HOUSE,
        RECEIVERS,
        (*(("video", "audio"),) * 8, *(("audio",),) * 42),
        {"video": VIDEO_RATE, "audio": AUDIO_RATE},
    ),
)


async def livekit_room(plan: Plan, ws: str, pids: tuple[int, ...]) -> Room:
    """All members of a plan, connected to a server of the LiveKit protocol."""
    room, certificate = Room.empty(plan, pids), RTCCertificate.generateCertificate()
    for index in range(plan.members):
        await enter(room, plan, index, ws, certificate)
    await flowing(room)
    return room


async def enter(room: Room, plan: Plan, index: int, ws: str, certificate: RTCCertificate) -> None:
    """Member `index` joins a server of the LiveKit protocol."""
    member = Member(certificate, plan.media(index), plan.received_by(index))
    grant = Grant(f"site-{index}", room=plan.work, room_join=True)
    await member.enter(ws, write_token(grant, KEY, SECRET, datetime.now(UTC), timedelta(hours=1)))
    room.members.append(member)
    room.add(plan, index, member.link)


async def janus_room(plan: Plan, server: Janus) -> Room:
    """All members of a plan in Janus: a sender has two connections, one each way."""
    session = Session(server, RTCCertificate.generateCertificate())
    await session.open()
    room, feeds = Room.empty(plan, (server.pid,)), []
    for index in range(len(plan.senders)):
        link, feed = await session.publish(plan.media(index))
        feeds.append(feed)
        room.add(plan, index, link)
    for index in range(plan.members):
        others = [feed for at, feed in enumerate(feeds) if at != index]
        if others:
            room.links.append(await session.subscribe(others))
    await flowing(room)
    return room


async def flowing(room: Room) -> None:
    """Waits, with a gentle stream of key frames, until every receiver gets every picture."""
    async with asyncio.timeout(60):
        while room.seen() < room.pictures:
            for stream in room.streams:
                stream.send(key_frame=True)
            await asyncio.sleep(0.05)


def figures(plan: Plan, room: Room, runner: asyncio.Runner) -> Figures:
    """One window, after the connections had time for their own needs."""
    runner.run(asyncio.sleep(_BREATH_SECONDS))
    before = room.cpu()
    traffic = run(room.streams, Sink(room.links).drain, SECONDS)
    used = room.cpu() - before
    return {
        CPU: used / traffic.received * 1e6,
        SPEED: traffic.received / used,
        SHARE: used / traffic.seconds * 100,
        DELIVERED: traffic.received / (traffic.seconds * 1_000),
        MEMORY: room.memory() / 1_024 / plan.members,
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
            name: partial(figures, plan, room, runner) for name, room in rooms.items()
        }
        return interleaved(plan.work, contenders, ROUNDS, TARGETS[plan.work])


def measure() -> list[Row]:
    """The rows of this subject."""
    os.sched_setaffinity(0, {LOAD_CORE})
    return [row for plan in PLANS for row in measure_plan(plan)]
