"""A hostile client beside two honest ones: refused, and nobody else notices."""

import contextlib
import os
import random
import re
import socket

from livekit.protocol import models, rtc
from playwright.async_api import Browser
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.support.media import MediaServer, join, process_behind, sees


async def _offend(server: MediaServer, *messages: bytes) -> list[str]:
    """Joins by v0, sends these messages; what the server said until it closed or fell silent."""
    heard = []
    url = f"{server.ws}/rtc?protocol=17&access_token={server.token('mallory')}"
    async with connect(url, proxy=None, max_size=None) as ws:
        # It may be closed already when the ping is sent: what it said before is there to be read.
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                await ws.send(message)
            await ws.send(rtc.SignalRequest(ping=1).SerializeToString())
        try:
            async for answer in ws:
                assert isinstance(answer, bytes)
                heard.append(rtc.SignalResponse.FromString(answer).WhichOneof("message") or "")
                if heard[-1] == "pong":
                    break
        except ConnectionClosed:
            heard.append("closed")
    return heard


def _flood(port: int) -> None:
    """Datagrams of every kind, none of them good."""
    dice = random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(5000):
            first = bytes([dice.choice((0, 1, 22, 128, 144, 200))])
            stun = b"\x00\x01\x00\x08\x21\x12\xa4\x42" if dice.random() < 0.3 else first
            sock.sendto(stun + dice.randbytes(dice.randrange(1400)), ("127.0.0.1", port))


async def test_b1_broken_messages_and_datagrams_harm_nobody(
    server: MediaServer, browser: Browser
) -> None:
    workers = [process_behind(path) for path in server.sockets]
    carol = await join(server, browser, "carol")
    dave = await join(server, browser, "dave")
    await sees(dave, "carol")
    offer = rtc.SessionDescription(type="offer", sdp="v=0\r\nm=audio 9 X\r\na=mid:\x00\r\n")
    track = rtc.AddTrackRequest(cid="c" * 100_000, type=models.AUDIO)
    offences = {
        b"\xff" * 100: "leave",
        rtc.SignalRequest(offer=offer).SerializeToString(): "leave",
        rtc.SignalRequest(add_track=track).SerializeToString(): "request_response",
        rtc.SignalRequest(answer=offer).SerializeToString(): "leave",
        rtc.SignalRequest(
            trickle=rtc.TrickleRequest(candidateInit="{" * 50_000)
        ).SerializeToString(): "pong",
        rtc.SignalRequest(
            subscription=rtc.UpdateSubscription(track_sids=["x"] * 5000, subscribe=True)
        ).SerializeToString(): "leave",
    }
    for message, expected in offences.items():
        assert expected in await _offend(server, message), message[:20]
    answer = await carol.evaluate(
        "room.engine.pcManager.publisher.getRemoteDescription?.().sdp ?? "
        "room.engine.pcManager.publisher._pc.remoteDescription.sdp"
    )
    port = re.search(r"a=candidate:\S+ \d udp \d+ 127.0.0.1 (\d+)", answer)
    assert port is not None
    _flood(int(port[1]))
    await sees(dave, "carol")
    await sees(carol, "dave")
    assert [process_behind(path) for path in server.sockets] == workers
    assert all(os.path.exists(f"/proc/{pid}") for pid in workers)
