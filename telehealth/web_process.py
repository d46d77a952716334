"""The web process: opens the parts, serves until told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import uvicorn

from signaling.room_service import RoomService
from signaling.workers import Workers
from telehealth.api.rtc import rtc_routes
from telehealth.app import build, now
from telehealth.blobs import FolderBlobs
from telehealth.case_images import image_material
from telehealth.database import Database
from telehealth.directory import person_card
from telehealth.identity import Identity
from telehealth.images import Images
from telehealth.media import media_address, socket_paths
from telehealth.media_entrance import MediaEntrance
from telehealth.parts import Parts
from telehealth.recording_effects import watching_recordings
from telehealth.room_effects import RoomFollower
from telehealth.settings import Settings, livekit_key

WS_MAX_BYTES = 2 << 20  # livekit-server's cap on one signal message


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """The long-lived parts, closed at the end."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database())
    local = {f"http://{name}:{settings.port}" for name in ("127.0.0.1", "localhost")}
    origins = frozenset({settings.origin(), *local})
    identity = Identity(database, person_card, now, timedelta(hours=settings.login_hours), origins)
    try:
        blobs = FolderBlobs(settings.data_dir / "blobs")
        images = Images(settings.data_dir, database, blobs, now)
        own = settings.media_engine == "embedded"
        media = Workers(socket_paths(settings)) if own else None
        async with following_rooms(settings) as after:
            parts = Parts(
                settings, database, identity, blobs, now, image_material, images, after, media
            )
            async with images.running(), watching_recordings(database, parts.live.post, now):
                try:
                    yield parts
                finally:
                    await parts.live.close()
    finally:
        await database.close()


@asynccontextmanager
async def following_rooms(settings: Settings) -> AsyncIterator[RoomFollower]:
    """Meanwhile the media rooms do what the live logs say of them."""
    rooms = RoomService(media_address(settings), *livekit_key(settings), now)
    follower = RoomFollower(rooms)
    try:
        yield follower
    finally:
        await follower.close()
        await rooms.close()


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve HTTP and WebSockets until `stop`, or a signal that uvicorn hears itself.

    uvicorn raises the signal once more when it has stopped: the caller must handle it, or the
    process is gone before the parts are closed.
    """
    async with open_parts(settings) as parts:
        entrance = MediaEntrance(parts.live, livekit_key(settings), now)
        workers = parts.media or Workers(socket_paths(settings))
        config = uvicorn.Config(
            build(parts, rtc_routes(workers, entrance)),
            host=settings.host,
            port=settings.port,
            ws="wsproto",
            ws_max_size=WS_MAX_BYTES,
            ws_per_message_deflate=False,  # small messages: CPU for nothing
            loop="none",
            log_config=None,
            access_log=False,  # request lines carry media tokens
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=2,
        )
        if not stop.is_set():
            await uvicorn.Server(config).serve()
