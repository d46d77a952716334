"""The conference of tests/support/conference.py with real images behind it, on a real port."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from telehealth.app import build
from telehealth.case_images import image_material
from telehealth.images import Images
from tests.support.conference import Conference, conference

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = "application/offset+octet-stream"


@asynccontextmanager
async def image_conference(
    folder: Path, now: datetime, url: str | None = None
) -> AsyncIterator[tuple[Conference, Images]]:
    """People, cases and images; nothing runs in the background: call `images.worker.settle()`."""
    async with conference(folder, now, url) as bare:
        parts = bare.parts
        images = Images(folder, parts.database, parts.blobs, bare.clock)
        whole = replace(parts, images=images, material=image_material)
        meeting = Conference(whole, bare.clock, bare.material)
        try:
            yield meeting, images
        finally:
            await meeting.close()
            await images.close()


@asynccontextmanager
async def served(meeting: Conference) -> AsyncIterator[str]:
    """The application on a free loopback port; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(build(meeting.parts), log_config=None, lifespan="off", ws="wsproto")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def upload(
    client: httpx.AsyncClient, case_id: str, body: bytes, name: str = "IM1"
) -> httpx.Response:
    """A whole file in one request (tus creation-with-upload)."""
    headers = TUS | {
        "Upload-Length": str(len(body)),
        "Upload-Metadata": f"filename {_b64(name)}",
        "Content-Type": CHUNK,
    }
    return await client.post(f"/api/cases/{case_id}/uploads", content=body, headers=headers)


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def bearer(meeting: Conference, username: str) -> dict[str, Any]:
    """The header that signs a person in."""
    client = await meeting.client(username)
    return {"Authorization": client.headers["Authorization"]}
