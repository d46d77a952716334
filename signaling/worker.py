"""A media worker: `python -m signaling.worker --socket PATH`, its configuration as JSON on stdin.

It ends when stdin closes, so no worker outlives the process that started it, however that died.
"""

import argparse
import asyncio
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from aiortc import RTCCertificate
from livekit.protocol import rtc

from signaling import messages
from signaling.admission import Admission, Denial, admit
from signaling.errors import MalformedMessage
from signaling.grant import Grant, write_token
from signaling.host import Host
from signaling.limits import SIGNAL_BACKLOG_BYTES
from signaling.machine import every_address
from signaling.messages import Accepted, Closed, Denied, Join, Question, Reply, Signal
from signaling.mux import Listen, Mux
from signaling.room import RoomSettings
from signaling.room_requests import answer
from signaling.sdp import Endpoint
from signaling.tcp import TcpPort
from signaling.turn import ice_servers
from signaling.udp import UdpPort
from signaling.voices import DEFAULT_VOICES
from signaling.webhooks import Webhooks

_log = logging.getLogger(__name__)
_TOKEN_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class WorkerConfig:
    """What a worker is told; empty `addresses` means every address of the machine, on the ports."""

    keys: Mapping[str, str]  # API key -> secret
    addresses: tuple[Listen, ...] = ()
    port: int = 0  # UDP; 0: any free one
    tcp_port: int | None = None  # None: no TCP
    loopback: bool = False  # advertise 127.0.0.1 too
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    webhook_urls: tuple[str, ...] = ()
    voices: int = DEFAULT_VOICES  # microphones of a room that are heard at a time; 0: all

    @classmethod
    def from_json(cls, text: str) -> "WorkerConfig":
        """Reads what the supervisor wrote."""
        values = json.loads(text)
        addresses = tuple(Listen(**item) for item in values.pop("addresses", ()))
        return cls(
            keys=values["keys"],
            addresses=addresses,
            port=values.get("port", 0),
            tcp_port=values.get("tcp_port"),
            loopback=values.get("loopback", False),
            turn_urls=tuple(values.get("turn_urls", ())),
            turn_secret=values.get("turn_secret", ""),
            webhook_urls=tuple(values.get("webhook_urls", ())),
            voices=max(0, int(values.get("voices", DEFAULT_VOICES))),
        )


class _Link:
    """The worker's end of one participant's signal connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._ended = False

    def send(self, data: bytes) -> None:
        self.put(Signal(data))
        if self._writer.transport.get_write_buffer_size() > SIGNAL_BACKLOG_BYTES:
            _log.warning("a client stopped reading its signals")
            self._writer.transport.abort()

    def close(self) -> None:
        self.put(Closed(1000))
        self.end()

    def end(self) -> None:
        """Nothing more is said. The other half stays open until the web process closes it: were it
        to write into a closed connection, it would lose what it has not read yet, the reason too.
        """
        if not self._ended and not self._writer.is_closing():
            self._writer.write_eof()
        self._ended = True

    def put(self, message: messages.Message) -> None:
        if not self._ended and not self._writer.is_closing():
            self._writer.write(messages.write(message))


class Worker:
    """Answers the Unix socket; a room it holds is held by no other worker."""

    def __init__(self, config: WorkerConfig) -> None:
        self._config = config
        every = every_address(config.loopback, config.port, config.tcp_port)
        mux, listens = Mux(), config.addresses or every
        self._udp, self._tcp = UdpPort(mux), TcpPort(mux)
        self._udp.open(listens)
        self._tcp.open(listens)
        certificate = RTCCertificate.generateCertificate()
        digest = next(f for f in certificate.getFingerprints() if f.algorithm == "sha-256")
        candidates = self._udp.candidates() + self._tcp.candidates()
        endpoint = Endpoint(f"sha-256 {digest.value}", candidates)
        settings = RoomSettings(endpoint, self._relays, self._refreshed)
        self._webhooks = Webhooks(config.webhook_urls, config.keys)
        self.host = Host(mux, certificate, settings, self._webhooks.put, config.voices)

    def _relays(self, identity: str, now: datetime) -> tuple[rtc.ICEServer, ...]:
        config = self._config
        servers = ice_servers(config.turn_urls, config.turn_secret, identity, now)
        return tuple(rtc.ICEServer(**server) for server in servers)

    def _refreshed(self, grant: Grant, key: str, now: datetime) -> str:
        return write_token(grant, key, self._config.keys[key], now, _TOKEN_LIFE)

    async def serve(self, path: Path, until: asyncio.Event) -> None:
        """Serves until `until` is set, then sends every client away to rejoin."""
        await self._tcp.start()
        server = await asyncio.start_unix_server(self._connection, sock=_listening(path))
        keeping_time = asyncio.create_task(self.host.run())
        webhooks = asyncio.create_task(self._webhooks.run())
        told = asyncio.create_task(until.wait())
        gc.freeze()  # what lives as long as the process is no work for the collector
        await asyncio.wait({keeping_time, webhooks, told}, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():  # a defect: die, be started again, let the clients rejoin
            await asyncio.gather(*(task for task in (keeping_time, webhooks) if task.done()))
        server.close()
        await self.host.close()
        await self._webhooks.drain()
        for task in (keeping_time, webhooks):
            task.cancel()
        await asyncio.gather(keeping_time, webhooks, return_exceptions=True)
        self._udp.close()
        self._tcp.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await messages.read(reader)
            if isinstance(first, Join):
                await self._join(first, reader, _Link(writer))
            elif isinstance(first, Question):
                _Link(writer).put(self._answer(first))
        except MalformedMessage as error:
            _log.warning("malformed %s from the web process", error.what)
        finally:
            writer.close()

    async def _join(self, join: Join, reader: asyncio.StreamReader, link: _Link) -> None:
        decision = self._decide(join.kind, join.query, join.token)
        if isinstance(decision, Denial):
            link.put(Denied(decision.status, decision.body))
            return
        link.put(Accepted())
        joined = self.host.join(decision, link)
        if joined is None:
            link.end()
            await _read_out(reader)
            return
        room, participant = joined
        try:
            while isinstance(message := await messages.read(reader), Signal):
                self.host.hear(room, participant, link, message.data)  # unheard once it has ended
        finally:
            self.host.lost(room, participant, link)

    def _decide(self, kind: str, query: str, token: str) -> Admission | Denial:
        decision = admit(kind, query, token, self._config.keys, _now())
        if isinstance(decision, Denial):
            return decision
        if self.host.revocations.cover(decision.grant, _now()):
            return Denial(401, "invalid token: revoked")
        if self.host.is_full(decision.grant):
            return Denial(503, "the room is full")
        return decision

    def _answer(self, question: Question) -> Reply:
        if question.door in ("v0", "v1"):
            query = question.body.decode("utf-8", "replace")
            decision = self._decide(question.door, query, question.token)
            if isinstance(decision, Denial):
                return Reply(decision.status, "text/plain", decision.body.encode())
            return Reply(200, "text/plain", b"success")
        if question.door == "stats":
            return Reply(200, "application/json", json.dumps(self.host.stats()).encode())
        if question.door == "lines":
            return self._lines(question.body.decode("utf-8", "replace"))
        return answer(self.host, question, self._config.keys, _now())

    def _lines(self, room_name: str) -> Reply:
        room = self.host.rooms.get(room_name)
        lines = self.host.lines(room) if room else []
        told = json.dumps([asdict(line) for line in lines])
        return Reply(200, "application/json", told.encode())


async def _read_out(reader: asyncio.StreamReader) -> None:
    """What still comes until the other side closes, unheard."""
    while await messages.read(reader) is not None:
        pass


def _listening(path: Path) -> socket.socket:
    """A Unix socket at `path` for this user only; what an earlier worker left there goes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    path.chmod(0o600)
    return sock


def _now() -> datetime:
    return datetime.now(UTC)


async def _run(path: Path, config: WorkerConfig) -> None:
    until, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(0, 1024) else until.set())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, until.set)
    await Worker(config).serve(path, until)


def main() -> None:
    """Process entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    path = parser.parse_args().socket
    logging.basicConfig(level=logging.INFO, format="media %(levelname)s %(message)s")
    for noisy in ("aiortc", "aioice", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    line = _first_line()
    uvloop.run(_run(path, WorkerConfig.from_json(line)))


def _first_line() -> str:
    """The configuration line, read without buffering so that the end of stdin stays visible."""
    taken = bytearray()
    while not taken.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            raise SystemExit("no configuration on stdin")
        taken += piece
    return taken.decode()


if __name__ == "__main__":
    main()
