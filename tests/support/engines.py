"""Either media engine, by name, for tests that must hold on both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.livekit_media import livekit_media
from tests.support.media import MediaServer, media_server

ENGINES = ("embedded", "livekit")


@asynccontextmanager
async def engine(
    name: str, folder: Path, address: str = "127.0.0.1", device: str = "lo"
) -> AsyncIterator[MediaServer]:
    """A running server whose media uses this address of that network device."""
    if name == "livekit":
        place = {"node_ip": address, "interfaces": {"includes": [device]}}
        async with livekit_media(folder, **place) as server:
            yield server
    else:
        listens = [{"bind": address, "advertise": address}]
        async with media_server(folder, worker={"addresses": listens}) as server:
            yield server
