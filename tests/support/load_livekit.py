"""A load client's signalling with a server of the LiveKit protocol: v1, one connection."""

import asyncio
import base64
import contextlib
import itertools
import json
from collections.abc import Sequence

from aiortc import RTCCertificate
from livekit.protocol import models, rtc
from websockets.asyncio.client import ClientConnection, connect

from tests.support.load_link import Link
from tests.support.load_sdp import Media, offer, remote_of

_BEAT_SECONDS = 2.0
_CHANNELS = ("_reliable", "_lossy")


class Member:
    """One participant: joins, offers, answers every demand for more sections."""

    def __init__(
        self, certificate: RTCCertificate, sends: Sequence[Media], receives: Sequence[Media]
    ) -> None:
        self.link = Link(certificate)
        self._sends, self._media = list(sends), [*sends, *receives]
        self._versions = itertools.count(1)
        self._trickled: list[str] = []
        self._answer = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._connecting: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    async def enter(self, server: str, token: str) -> None:
        """Joins and connects; `server` is a ws address."""
        join = rtc.JoinRequest(
            client_info=models.ClientInfo(
                sdk=models.ClientInfo.JS, version="2.17.0", protocol=16, os="linux"
            ),
            connection_settings=rtc.ConnectionSettings(auto_subscribe=True),
            add_track_requests=[_add(media) for media in self._sends],
            publisher_offer=self._offer(),
        )
        wrapped = rtc.WrappedJoinRequest(join_request=join.SerializeToString())
        packed = base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()
        self._socket = await connect(
            f"{server}/rtc/v1?join_request={packed}",
            additional_headers={"Authorization": f"Bearer {token}"},
            ping_interval=None,
            proxy=None,
            compression=None,
        )
        self._tasks = [
            asyncio.create_task(self._read(self._socket)),
            asyncio.create_task(self._beat(self._socket)),
        ]
        await asyncio.wait_for(self.connected.wait(), 30)

    async def leave(self) -> None:
        """Goes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        request = rtc.SignalRequest(leave=rtc.LeaveRequest(reason=models.CLIENT_INITIATED))
        with contextlib.suppress(ConnectionError):
            await self._socket.send(request.SerializeToString())
        await self._socket.close()
        await self.link.close()

    def _offer(self) -> rtc.SessionDescription:
        version = next(self._versions)
        text = offer(self.link, self._media, version, data=True)
        return rtc.SessionDescription(type="offer", sdp=text, id=version)

    async def _read(self, socket: ClientConnection) -> None:
        async for data in socket:
            assert isinstance(data, bytes)
            response = rtc.SignalResponse.FromString(data)
            match response.WhichOneof("message"):
                case "answer":
                    self._answer = response.answer.sdp
                    self._connect()
                case "trickle":
                    candidate = json.loads(response.trickle.candidateInit)["candidate"]
                    if candidate:
                        self._trickled.append(candidate.partition(":")[2])
                        self._connect()
                case "media_sections_requirement":
                    await self._offer_more(socket, response.media_sections_requirement)

    async def _offer_more(
        self, socket: ClientConnection, asked: rtc.MediaSectionsRequirement
    ) -> None:
        self._media += [Media("audio")] * asked.num_audios + [Media("video")] * asked.num_videos
        await socket.send(rtc.SignalRequest(offer=self._offer()).SerializeToString())

    def _connect(self) -> None:
        remote = remote_of(self._answer, self._trickled) if self._answer else None
        if remote is not None and self._connecting is None:

            async def connected() -> None:
                await self.link.connect(remote, channels=_CHANNELS)
                self.connected.set()

            self._connecting = asyncio.create_task(connected())

    async def _beat(self, socket: ClientConnection) -> None:
        while True:
            ping = rtc.SignalRequest(ping_req=rtc.Ping(timestamp=1))
            await socket.send(ping.SerializeToString())
            if self.connected.is_set():
                self.link.check()
            await asyncio.sleep(_BEAT_SECONDS)


def _add(media: Media) -> rtc.AddTrackRequest:
    is_video = media.kind == "video"
    return rtc.AddTrackRequest(
        cid=media.cid,
        type=models.VIDEO if is_video else models.AUDIO,
        source=models.CAMERA if is_video else models.MICROPHONE,
        width=640 if is_video else 0,
        height=360 if is_video else 0,
    )
