"""A hidden listener in a media room: every voice's packets, undecoded, to a sink.

Works with any server that speaks the LiveKit protocol, ours or livekit-server.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Never, Protocol

from aiortc import RTCCertificate
from google.protobuf.message import DecodeError
from livekit.protocol import rtc
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from signaling import rtp
from signaling.errors import MalformedMessage, TapLost, TapRefused
from signaling.limits import SIGNAL_MESSAGE_BYTES
from signaling.tap_sdp import read_offer, write_answer
from signaling.tap_signal import (
    Describe,
    Effect,
    Joined,
    Leave,
    Listener,
    RemoteCandidate,
    Say,
    Speaks,
    VoiceEnded,
    answer,
    goodbye,
    join_address,
    ping,
)
from signaling.tap_transport import TapTransport

_log = logging.getLogger(__name__)
_VERSION = "0.1.0"
_OPEN_LIMIT_S = 10.0
_MEDIA_LIMIT_S = 20.0
# A browser that comes back resumes; a tap joins anew, and its file has a hole. Its line is short.
_SILENCE_S_LEAST = 10.0
_RETRY_WAITS_S = (0.2, 0.5, 1.0, 2.0)
_REFUSING = frozenset({400, 401, 403})


@dataclass(frozen=True)
class TappedPacket:
    """One RTP packet of a voice; `payload` as it came, `level` 0 loudest to 127 if it was told."""

    arrived_s: float
    ssrc: int
    sequence: int
    timestamp: int
    payload: bytes
    level: int | None


class PacketSink(Protocol):
    """Who wants the packets; called on the event loop, so it must be quick."""

    def joined(self) -> None:
        """We are in the room, at first or again."""
        ...

    def packet(self, identity: str, track_sid: str, packet: TappedPacket) -> None:
        """A packet of a voice."""
        ...

    def speaks(self, identity: str, level: float) -> None:
        """How loud somebody is from now on, 0 to 1, as the server measures it."""
        ...

    def voice_ended(self, track_sid: str) -> None:
        """A voice is no longer published."""
        ...

    def lost(self) -> None:
        """We are out of the room: nothing is heard until `joined` comes again."""
        ...


class Tap:
    """Listens until stopped, joining again by itself whenever the connection breaks."""

    def __init__(
        self,
        server: str,
        token: Callable[[], str],
        sink: PacketSink,
        clock: Callable[[], float],
    ) -> None:
        """`token` gives a valid one for each join; `clock` stamps arrivals, in seconds."""
        self._server = server
        self._token = token
        self._sink = sink
        self._clock = clock
        self._stopping = asyncio.Event()
        self._certificate = RTCCertificate.generateCertificate()

    def stop(self) -> None:
        """Leave the room; `run` returns soon after."""
        self._stopping.set()

    async def run(self) -> str:
        """Listen until `stop`, or until the server sends us away; returns why it ended.

        TapRefused if the server does not accept the token.
        """
        failures = 0
        while not self._stopping.is_set():
            session = _Session(self._sink, self._clock, self._certificate)
            try:
                end = await self._listen(session)
            except (OSError, TimeoutError, WebSocketException, TapLost, MalformedMessage) as error:
                _log.warning("tap lost: %s", type(error).__name__)
                end = None
            if session.was_in:
                self._sink.lost()
                failures = 0
            if end is not None and not end.again:
                return end.reason
            await self._pause(_RETRY_WAITS_S[min(failures, len(_RETRY_WAITS_S) - 1)])
            failures += 1
        return "stopped"

    async def _listen(self, session: "_Session") -> Leave | None:
        address = join_address(self._server, _VERSION)
        try:
            socket = await connect(
                address,
                additional_headers={"Authorization": f"Bearer {self._token()}"},
                open_timeout=_OPEN_LIMIT_S,
                close_timeout=1,
                ping_interval=None,  # the protocol has its own heartbeat
                max_size=SIGNAL_MESSAGE_BYTES,
                proxy=None,
            )
        except InvalidStatus as error:
            if error.response.status_code in _REFUSING:
                raise TapRefused(error.response.status_code) from error
            raise
        async with socket:
            return await session.run(socket, self._stopping)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


class _Session:
    """One join: from the open socket to its end."""

    def __init__(
        self, sink: PacketSink, clock: Callable[[], float], certificate: RTCCertificate
    ) -> None:
        self._sink = sink
        self._clock = clock
        self._listener = Listener()
        self._transport = TapTransport(certificate, self._on_rtp)
        self._connecting: asyncio.Task[None] | None = None
        self._described = asyncio.Event()
        self._tracks: dict[int, str] = {}
        self._level_extension = 0
        self._silence_limit_s = 15.0
        self._ping_interval_s = 5.0
        self.was_in = False

    async def run(self, socket: ClientConnection, stopping: asyncio.Event) -> Leave | None:
        """The server's leave, None when stopped; raises whatever broke the connection."""
        await self._transport.gather()
        ends: list[asyncio.Task[Leave]] = [
            asyncio.create_task(self._read(socket)),
            asyncio.create_task(self._beat(socket)),
            asyncio.create_task(self._watch_media()),
        ]
        stopped = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait([*ends, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in ends:
                if task.done():
                    return task.result()
            await socket.send(goodbye().SerializeToString())
            return None
        finally:
            await self._end([*ends, stopped])

    async def _end(self, tasks: list[asyncio.Task[Any]]) -> None:
        if self._connecting is not None:
            tasks = [*tasks, self._connecting]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._transport.close()

    async def _read(self, socket: ClientConnection) -> Leave:
        while True:
            async with asyncio.timeout(self._silence_limit_s):
                message = await socket.recv()
            if isinstance(message, str):
                continue  # we speak binary, and so does a server that we spoke to
            for effect in self._listener.receive(_response(message)):
                if isinstance(effect, Leave):
                    return effect
                await self._perform(effect, socket)

    async def _perform(self, effect: Effect, socket: ClientConnection) -> None:
        match effect:
            case Joined():
                self._ping_interval_s = effect.ping_interval_s
                self._silence_limit_s = max(effect.silence_limit_s, _SILENCE_S_LEAST)
            case Say():
                await socket.send(effect.request.SerializeToString())
            case Describe():
                await self._answer(effect, socket)
            case RemoteCandidate():
                await self._transport.candidate(_candidate(effect.init_json))
            case Speaks():
                self._sink.speaks(effect.identity, effect.level)
            case VoiceEnded():
                self._sink.voice_ended(effect.track_sid)

    async def _answer(self, describe: Describe, socket: ClientConnection) -> None:
        offer = read_offer(describe.sdp)
        self._tracks = offer.tracks_by_ssrc(describe.tracks_by_mid)
        self._level_extension = offer.level_extension
        text = write_answer(offer, self._transport.local_side())
        await socket.send(answer(text, describe.offer_id).SerializeToString())
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._transport.connect(offer))
            self._described.set()

    async def _beat(self, socket: ClientConnection) -> Never:
        while True:
            await asyncio.sleep(self._ping_interval_s)
            await socket.send(ping(int(self._clock() * 1000)).SerializeToString())

    async def _watch_media(self) -> Never:
        async with asyncio.timeout(_MEDIA_LIMIT_S):
            await self._described.wait()
            if self._connecting is not None:
                await asyncio.shield(self._connecting)
        self.was_in = True
        self._sink.joined()
        await self._transport.lost.wait()
        raise TapLost("media")

    def _on_rtp(self, data: bytes) -> None:
        header = rtp.read_header(data, len(data))
        track_sid = self._tracks.get(header.ssrc) if header else None
        identity = self._listener.owners.get(track_sid or "")
        if header is None or track_sid is None or identity is None:
            return
        padding = data[-1] if header.padding else 0
        payload = data[header.payload_at : len(data) - padding]
        packet = TappedPacket(
            self._clock(),
            header.ssrc,
            header.sequence,
            header.timestamp,
            payload,
            self._level(data, header),
        )
        self._sink.packet(identity, track_sid, packet)

    def _level(self, data: bytes, header: rtp.Header) -> int | None:
        if not self._level_extension:
            return None
        levels = (v for n, v in rtp.read_extensions(data, header) if n == self._level_extension)
        value = next(levels, b"")
        return value[0] & 127 if value else None


def _response(message: bytes) -> rtc.SignalResponse:
    try:
        return rtc.SignalResponse.FromString(message)
    except DecodeError as error:
        raise MalformedMessage("signal response") from error


def _candidate(init_json: str) -> str:
    try:
        value = json.loads(init_json)["candidate"]
    except (ValueError, KeyError, TypeError):
        return ""
    return value.partition(":")[2] if isinstance(value, str) else ""
