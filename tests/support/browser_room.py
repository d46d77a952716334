"""Firefox and Chromium in one room of either engine; run under scripts/loopback-only.

    python -m tests.support.browser_room FOLDER embedded|livekit      writes FOLDER/result.json

Firefox gives ICE no loopback address, so media goes over the address of that network's bridge.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from tests.support.engines import engine
from tests.support.firefox import firefox
from tests.support.media import CHROMIUM_FLAGS, MediaServer, join, media_grows, sees
from tests.support.media import told as hears

BRIDGE = "192.168.77.1"
SINGLE, DUAL = {"singlePeerConnection": True}, {"singlePeerConnection": False}


async def meet(server: MediaServer, fox: Any, chrome: Any, mode: dict[str, bool]) -> list[str]:
    """Everything two browsers do with each other; what was reached, in order."""
    reached = []
    fiona = await join(server, fox, "fiona", options=mode)
    carol = await join(server, chrome, "carol", options=mode)
    await sees(carol, "fiona")
    await sees(fiona, "carol")
    reached.append("j1")
    await fiona.evaluate("room.localParticipant.setMicrophoneEnabled(false)")
    await hears(carol, "trackMuted")
    await fiona.evaluate("room.localParticipant.setMicrophoneEnabled(true)")
    await hears(carol, "trackUnmuted")
    camera = "room.localParticipant.getTrackPublication('camera').track"
    await fiona.evaluate(f"room.localParticipant.unpublishTrack({camera}).then(() => 0)")
    await hears(carol, "trackUnpublished")
    await fiona.evaluate("room.localParticipant.setCameraEnabled(true).then(() => 0)")
    await media_grows(carol, "fiona video", "decoded")
    reached.append("p2")
    text = "'ế'.repeat(20000)"
    send = f"room.localParticipant.sendText({text}, {{topic: 'chat'}}).then(() => 0)"
    await fiona.evaluate(send)
    await hears(carol, "text fiona 20000")
    await carol.evaluate(send)
    await hears(fiona, "text carol 20000")
    call = "{destinationIdentity: 'carol', method: 'echo', payload: 'hi'}"
    assert await fiona.evaluate(f"room.localParticipant.performRpc({call})") == "echo:hi"
    reached.append("d1")
    await fiona.evaluate("room.simulateScenario('signal-reconnect').then(() => 0)")
    await hears(fiona, "reconnected")
    await sees(carol, "fiona")
    await sees(fiona, "carol")
    reached.append("r1")
    for page in (fiona, carol):
        await page.evaluate("room.disconnect().then(() => 0)")
    return reached


async def story(name: str, folder: Path) -> dict[str, list[str]]:
    """The two browsers meet by v1, then by v0."""
    async with (
        engine(name, folder, BRIDGE, "lb0") as server,
        firefox(folder) as fox,
        async_playwright() as playwright,
    ):
        chrome = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=CHROMIUM_FLAGS
        )
        reached = {
            "v1": await meet(server, fox, chrome, SINGLE),
            "v0": await meet(server, fox, chrome, DUAL),
        }
        await chrome.close()
    return reached


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / "result.json").write_text(json.dumps(asyncio.run(story(sys.argv[2], place))))
