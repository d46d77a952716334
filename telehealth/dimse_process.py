"""The DIMSE process: listens once a peer is known, keeps what peers send, answers what they ask."""

import asyncio
import contextlib
import logging
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.dimse_desk import DimseDesk
from telehealth.images import Images
from telehealth.settings import Settings
from viewer.dimse_admission import Bounds
from viewer.dimse_server import DimseServer
from viewer.dimse_stack import OwnEntity, TlsFiles
from viewer.pacs_store import PacsStore

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 2.0
_SWEEP_SECONDS: Final = 60.0
# Far longer than a guest may be silent: nobody writes to such a file any more.
_ABANDONED_SECONDS: Final = 600.0


def now() -> datetime:
    """The clock of a process without web: aware UTC."""
    return datetime.now(UTC)


def own_entity(settings: Settings) -> OwnEntity:
    """Who we are to peers."""
    tls = TlsFiles(
        settings.dimse_tls_certificate, settings.dimse_tls_key, settings.dimse_tls_authorities
    )
    return OwnEntity(settings.dimse_ae_title, tls)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop`."""
    folder = _receiving_folder(settings.data_dir)
    database = Database(settings.database())
    images = Images(settings.data_dir, database, FolderBlobs(settings.data_dir / "blobs"), now)
    loop = asyncio.get_running_loop()
    desk = DimseDesk(database, images, own_entity(settings), folder, now, loop)
    try:
        await _until_a_peer_is_known(database, stop)
        if not stop.is_set():
            await _serve(settings, desk, stop)
    finally:
        await images.close()
        await database.close()


def _receiving_folder(data_dir: Path) -> Path:
    """Where objects are received, beside the blobs; what a crash left was never acknowledged."""
    folder = data_dir.absolute() / "dimse"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(folder, 0)
    tempfile.tempdir = str(folder)  # pynetdicom receives into temporary files
    return folder


async def _until_a_peer_is_known(database: Database, stop: asyncio.Event) -> None:
    while not stop.is_set():
        async with database.reading() as tx:
            if await PacsStore(tx).peers():
                return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)


async def _serve(settings: Settings, desk: DimseDesk, stop: asyncio.Event) -> None:
    servers: list[DimseServer] = []
    try:
        for port, tls in ((settings.dimse_port, False), (settings.dimse_tls_port, True)):
            if port:
                address = (settings.dimse_host, port)
                servers.append(DimseServer(desk.own, address, desk, Bounds(), tls))
                log.info("dimse listens host=%s port=%d tls=%s", *address, tls)
        while not stop.is_set():
            await asyncio.to_thread(_sweep, desk.folder, _ABANDONED_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _SWEEP_SECONDS)
    except OSError as error:  # the parent starts us again, more and more slowly
        log.error("dimse cannot listen error=%s", error.strerror)
    finally:
        for server in servers:
            await asyncio.to_thread(server.stop)


def _sweep(folder: Path, older_than_seconds: float) -> None:
    """Forget what was never received whole."""
    before = time.time() - older_than_seconds
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime <= before:
                path.unlink()
