"""A room of twenty at full rate for an hour: whether memory or delay grow.

Everybody's camera and microphone is on, and every minute somebody leaves and comes back. One
member, the witness, reads the voices: each says when it was sent, and the kernel when it arrived.
`TELEHEALTH_BENCH_SOAK_MINUTES` changes the hour.
"""

import asyncio
import itertools
import os
import socket
import statistics
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from aiortc import RTCCertificate

from signaling.srtp import PacketBuffer
from tests.bench.harness import OURS, Row, Target, progress, resident_bytes
from tests.bench.media_forwarding import (
    AUDIO_RATE,
    LOAD_CORE,
    SERVER_CORE,
    SPEAKERS,
    VIDEO_RATE,
    Plan,
    Room,
    enter,
    livekit_room,
)
from tests.support.load_link import Link, Sink
from tests.support.load_sdp import PAYLOAD_TYPES
from tests.support.load_traffic import SENT_AT, WORDS_BYTES, run
from tests.support.media_alone import media_alone

PEOPLE = 20
PLAN = Plan(
    f"{PEOPLE} people, {PEOPLE} cameras and microphones, one leaves and returns a minute",
    PEOPLE,
    (("video", "audio"),) * PEOPLE,
    {"video": VIDEO_RATE, "audio": AUDIO_RATE},
)
WITNESS = PEOPLE - 1
GOERS = range(SPEAKERS, WITNESS)
WINDOW_SECONDS, WINDOWS = 5.0, 12  # a minute; between them the client lives: pings, negotiation
_BREATH_SECONDS = 0.2
_SO_TIMESTAMPNS = 35  # socket(7); Python's socket module has no name for it
_TIME = struct.Struct("@qq")  # struct timespec
MEMORY, SHARE = "MiB of memory", "% of one core"
DELAY, LATE = "ms of delay, p50", "ms of delay, p99"
SLOPE, GROWTH = "KiB of memory more an hour", "delay p50, last tenth / first"
TARGETS = {SLOPE: Target(1_024), GROWTH: Target(1.5)}


@dataclass(frozen=True)
class Minute:
    """What one minute cost."""

    memory_bytes: int
    cpu_share: float  # of one core
    delays_ms: tuple[float, ...]  # of every voice packet at the witness


class Witness:
    """A member that decrypts the voices it receives and knows how long they took."""

    def __init__(self, link: Link) -> None:
        self._link, self._packet = link, PacketBuffer()
        self.delays_ms: list[float] = []
        link.sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def drain(self) -> int:
        """Everything that lies in the socket; how many voices it was."""
        before = len(self.delays_ms)
        while True:
            try:
                size, told, _, _ = self._link.sock.recvmsg_into([self._packet.view], 64)
            except BlockingIOError:
                return len(self.delays_ms) - before
            if self._packet.bytes[1] & 0x7F == PAYLOAD_TYPES["audio"] and told:
                self._hear(size, told[0][2])

    def _hear(self, size: int, arrived: bytes) -> None:
        length = self._packet.unprotect(self._link.rx, size)
        if length:
            (sent_ns,) = SENT_AT.unpack_from(self._packet.bytes, length - WORDS_BYTES)
            seconds, ns = _TIME.unpack(arrived)
            self.delays_ms.append((seconds * 1_000_000_000 + ns - sent_ns) / 1e6)


def minute(room: Room, witness: Witness, runner: asyncio.Runner) -> Minute:
    """Twelve windows of traffic."""
    others = Sink([link for link in room.links if link is not room.members[WITNESS].link])
    witness.delays_ms.clear()
    before, seconds = room.cpu(), 0.0
    for _ in range(WINDOWS):
        drain = lambda: others.drain() + witness.drain()  # noqa: E731
        seconds += run(room.streams, drain, WINDOW_SECONDS).seconds
        runner.run(asyncio.sleep(_BREATH_SECONDS))
    memory = sum(resident_bytes(pid) for pid in room.pids)
    return Minute(memory, (room.cpu() - before) / seconds, tuple(witness.delays_ms))


async def leave_and_return(room: Room, index: int, ws: str, certificate: RTCCertificate) -> None:
    """Member `index` goes and comes back on a new connection."""
    gone = room.members[index]
    room.links.remove(gone.link)
    room.streams = [stream for stream in room.streams if stream.link is not gone.link]
    await gone.leave()
    await enter(room, PLAN, index, ws, certificate)
    room.members[index] = room.members.pop()


def soak(room: Room, runner: asyncio.Runner, ws: str, minutes: int) -> Iterator[Minute]:
    """Minute by minute; the voices and the witness stay throughout."""
    certificate = RTCCertificate.generateCertificate()
    witness = Witness(room.members[WITNESS].link)
    goers = itertools.cycle(GOERS)
    for number in range(minutes):
        found = minute(room, witness, runner)
        progress(
            f"minute {number + 1} of {minutes}: {found.memory_bytes >> 10} KiB,"
            f" {found.cpu_share:.1%}, p50 {statistics.median(found.delays_ms):.2f} ms"
        )
        yield found
        runner.run(leave_and_return(room, next(goers), ws, certificate))


def rows_of(minutes: Sequence[Minute]) -> list[Row]:
    """The figures; memory's growth is judged from when everybody who goes has been away once."""
    tenth = max(1, len(minutes) // 10)
    medians = [statistics.median(minute.delays_ms) for minute in minutes]
    first_round = min(len(GOERS), len(minutes) // 2)
    settled = [minute.memory_bytes / 1_024 for minute in minutes[first_round:]]
    slope = statistics.linear_regression(range(len(settled)), settled).slope * 60
    growth = statistics.median(medians[-tenth:]) / statistics.median(medians[:tenth])
    late = [statistics.quantiles(minute.delays_ms, n=100)[-1] for minute in minutes]
    figures: dict[str, Sequence[float]] = {
        MEMORY: [minute.memory_bytes / 2**20 for minute in minutes],
        SHARE: [minute.cpu_share * 100 for minute in minutes],
        DELAY: medians,
        LATE: late,
        SLOPE: [slope],
        GROWTH: [growth],
    }
    work = f"{PLAN.work}, {len(minutes)} minutes"
    return [
        Row(work, OURS, unit, tuple(values), TARGETS.get(unit)) for unit, values in figures.items()
    ]


def measure() -> list[Row]:
    """The rows of this subject."""
    os.sched_setaffinity(0, {LOAD_CORE})
    minutes = int(os.environ.get("TELEHEALTH_BENCH_SOAK_MINUTES", "60"))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(media_alone(folder, SERVER_CORE))
        runner = stack.enter_context(asyncio.Runner())
        room = runner.run(livekit_room(PLAN, own.ws, (own.web, own.worker)))
        return rows_of(list(soak(room, runner, own.ws, minutes)))
