"""A media server and browsers on hosts of the line lab."""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright

from signaling.workers import Workers
from tests.support.browsers import CHROMIUM
from tests.support.line_lab import Host
from tests.support.livekit_server import LiveKit, livekit_server
from tests.support.media import CHROMIUM_FLAGS, KEY, SECRET, MediaServer

WEB_PORT = 8000


def media_on(host: Host, folder: Path, **worker: Any) -> MediaServer:
    """A server on that host; `worker` changes what its media workers are told."""
    addresses = [{"bind": host.address, "advertise": host.address, "tcp_port": 0}]
    told = json.dumps({"addresses": addresses} | worker)
    module = [sys.executable, "-m", "tests.support.media_process"]
    command = [*module, str(folder), host.address, str(WEB_PORT), told]
    log = folder / "server.log"
    out = host.popen(command, log).stdout
    assert out is not None
    line = out.readline()
    assert line, log.read_text()[-2000:]
    sockets = (folder / "run/media-0.sock", folder / "run/media-1.sock")
    port = json.loads(line)["port"]
    return MediaServer(port, Workers(sockets), sockets, host=host.address)


@contextmanager
def livekit_on(host: Host, folder: Path) -> Iterator[LiveKit]:
    """A livekit-server on that host, whose media uses the host's first line."""
    prefix, name = tuple(host.inside(())), host.links[0].line.name
    place = {"interfaces": {"includes": [name]}, "enable_loopback_candidate": False}
    with livekit_server(
        folder, {KEY: SECRET}, prefix=prefix, address=host.address, **place
    ) as engine:
        yield engine


@asynccontextmanager
async def browser_on(
    host: Host, playwright: Playwright, server: str, folder: Path
) -> AsyncIterator[Browser]:
    """Chromium on that host, which trusts `server` (http://…) with a camera."""
    browser = await playwright.chromium.launch(
        executable_path=str(host.script(CHROMIUM, folder)),
        args=[
            *CHROMIUM_FLAGS,
            f"--unsafely-treat-insecure-origin-as-secure={server}",
            "--ignore-certificate-errors",  # the lab's relay signs for itself
        ],
    )
    try:
        yield browser
    finally:
        await browser.close()


_WAY = """async () => {
  const found = {};
  (await room.engine.pcManager.publisher.getStats()).forEach((r) => { found[r.id] = r; });
  const transport = Object.values(found).find((r) => r.type === "transport");
  const pair = found[transport?.selectedCandidatePairId];
  const [near, far] = [found[pair?.localCandidateId], found[pair?.remoteCandidateId]];
  const protocol = near?.relayProtocol ?? near?.protocol ?? "";
  return [protocol, near?.candidateType ?? "", far?.address ?? ""];
}"""


async def way(page: Page) -> tuple[str, str, str]:
    """How a page's media goes: protocol (to the relay, if any), kind of candidate, server."""
    protocol, kind, address = await page.evaluate(_WAY)
    return protocol, kind, address
