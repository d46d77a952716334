"""A browser behind a narrow line: its voices live, its picture shrinks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from playwright.async_api import Browser, Page

from tests.support.media import ROOM, MediaServer, join, media_grows, sees, until

_BITS_PER_SECOND = 190_000  # a voice and the smaller picture take about 150,000
_BUFFER_SECONDS = 0.5

# The page reaches the server by the relay: as behind a router, only the address differs.
_DETOUR = """
const describe = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
  const port = /127\\.0\\.0\\.1 (\\d+) typ host/.exec(description.sdp)?.[1];
  if (!port) return describe.call(this, description);
  const relay = await relayTo(Number(port));
  const sdp = description.sdp.replaceAll(`127.0.0.1 ${port} typ`, `127.0.0.1 ${relay} typ`);
  return describe.call(this, { type: description.type, sdp });
};
"""


class _Relay(asyncio.DatagramProtocol):
    """Carries datagrams between one browser and the server; towards the browser they queue."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._client: tuple[str, int] | None = None
        self._free_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if addr != self._server:
            self._client = addr
            self._transport.sendto(data, self._server)
            return
        loop = asyncio.get_running_loop()
        start = max(loop.time(), self._free_at)
        if start - loop.time() < _BUFFER_SECONDS:
            self._free_at = start + len(data) * 8 / _BITS_PER_SECOND
            loop.call_at(self._free_at, self._deliver, data)

    def _deliver(self, data: bytes) -> None:
        if self._client is not None and not self._transport.is_closing():
            self._transport.sendto(data, self._client)


@asynccontextmanager
async def _behind_the_line(server: MediaServer, browser: Browser, name: str) -> AsyncIterator[Page]:
    loop, relays = asyncio.get_running_loop(), dict[int, asyncio.DatagramTransport]()

    async def relay_to(port: int) -> int:
        if port not in relays:
            relays[port], _ = await loop.create_datagram_endpoint(
                lambda: _Relay(("127.0.0.1", port)), local_addr=("127.0.0.1", 0)
            )
        return int(relays[port].get_extra_info("sockname")[1])

    context = await browser.new_context()
    try:
        await context.expose_function("relayTo", relay_to)
        await context.add_init_script(_DETOUR)
        page = await context.new_page()
        await page.goto(server.http)
        await page.evaluate(
            "([url, token]) => enter(url, token, {}, false)", [server.ws, server.token(name)]
        )
        yield page
    finally:
        await context.close()
        for relay in relays.values():
            relay.close()


async def _told_of(server: MediaServer, identity: str) -> list[str]:
    """Why this participant's pictures are as they are, by the server (Q2)."""
    lines = json.loads((await server.workers.lines(ROOM)).body)
    (line,) = [line for line in lines if line["identity"] == identity]
    assert line["down"]["bps"] > 0
    return [picture["reason"] for picture in line["pictures"]]


async def test_g4_on_a_narrow_line_the_picture_shrinks_and_the_voice_stays_whole(
    server: MediaServer, browser: Browser
) -> None:
    carol = await join(server, browser, "carol", options={"dynacast": False})
    near = await join(server, browser, "near", devices=False)
    await sees(near, "carol")
    async with _behind_the_line(server, browser, "dave") as dave:

        async def is_small() -> bool:
            seen: dict[str, dict[str, float]] = await dave.evaluate("stats()")
            return seen.get("carol video", {}).get("width", 0) == 320

        await until(is_small, "a small picture on the narrow line")
        before = (await dave.evaluate("stats()"))["carol audio"]
        await media_grows(dave, "carol audio", "packets", 400)
        after = (await dave.evaluate("stats()"))["carol audio"]
        assert after["lost"] - before["lost"] < 0.05 * (after["packets"] - before["packets"])
        assert await _told_of(server, "dave") == ["line"]
        layers: list[dict[str, Any]] = await carol.evaluate("sending()")
        assert {layer["width"] for layer in layers if layer["encoded"]} == {320, 640}

        async def sees_large() -> bool:
            seen: dict[str, dict[str, float]] = await near.evaluate("stats()")
            return seen["carol video"]["width"] == 640

        await until(sees_large, "a large picture on the other line")
        assert await _told_of(server, "near") == ["wished"]
