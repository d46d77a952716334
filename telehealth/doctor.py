"""`telehealth doctor`: what is right, what is missing, what to do. Changes nothing."""

import asyncio
import errno
import json
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from signaling.machine import every_address
from signaling.mux import Listen
from signaling.udp import bound
from signaling.worker import WorkerConfig
from telehealth.database import Database
from telehealth.media import worker_config
from telehealth.migrate import head_revision
from telehealth.settings import Settings
from telehealth.site import FOLDER as SITE
from viewer.pacs_store import PacsStore

LEAST_FREE_BYTES: Final = 20 << 30  # a week of thin-slice studies


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, how it is, and what to do about it."""

    what: str
    state: State
    detail: str


async def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order an IT officer would ask."""
    findings = [
        _data_folder(settings.data_dir),
        _free_space(settings.data_dir),
        await _database(settings),
        _site(),
        _port(settings),
        *_media_ports(settings),
        *await _dimse(settings),
        *_exposure(settings),
        *_sinks(settings),
    ]
    peers = {"PACS": settings.pacs_url, "EMR (FHIR)": settings.fhir_url}
    for name, url in peers.items():
        if url is not None:
            findings.append(await _peer(name, str(url)))
    return findings


def _data_folder(folder: Path) -> Finding:
    what = f"data folder {folder}"
    if not folder.exists():
        parent = next(p for p in folder.absolute().parents if p.exists())
        good = os.access(parent, os.W_OK)
        return Finding(what, State.OK if good else State.FAILED, "is made at the first start")
    if not os.access(folder, os.W_OK):
        return Finding(what, State.FAILED, "cannot be written: give it to this account")
    return Finding(what, State.OK, "can be written")


def _free_space(folder: Path) -> Finding:
    place = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    state = State.OK if free >= LEAST_FREE_BYTES else State.WARNING
    return Finding("free disk space", state, f"{free >> 30} GiB; 20 GiB or more is advised")


async def _database(settings: Settings) -> Finding:
    kind, _, _ = settings.database().partition("+")
    what = f"database ({kind})"
    if kind == "sqlite" and not settings.data_dir.exists():
        return Finding(what, State.OK, "is made at the first start")
    database = Database(settings.database())
    try:
        async with database.engine.connect() as connection:
            current = await connection.run_sync(_revision)
    except (SQLAlchemyError, OSError) as error:
        return Finding(what, State.FAILED, f"cannot be opened: {type(error).__name__}")
    finally:
        await database.close()
    if current == head_revision():
        return Finding(what, State.OK, f"revision {current}")
    return Finding(what, State.WARNING, "run 'telehealth migrate' (serve does it too)")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _site() -> Finding:
    built = (SITE / "index.html").is_file()
    detail = "built" if built else "not built: run 'make web'"
    return Finding("browser app", State.OK if built else State.FAILED, detail)


def _port(settings: Settings) -> Finding:
    what = f"address {settings.host}:{settings.port}"
    try:
        with socket.create_server((settings.host, settings.port)):
            return Finding(what, State.OK, "free")
    except OSError as error:
        return Finding(what, State.WARNING, f"taken ({error.strerror}): is it running already?")


def _media_ports(settings: Settings) -> Iterator[Finding]:
    """Fixed media ports of every worker, by whether they can be bound."""
    if settings.media_engine != "embedded":
        return
    for index in range(settings.media_workers):
        config = WorkerConfig.from_json(json.dumps(worker_config(settings, index)))
        listens = config.addresses or every_address(config.loopback, config.port, config.tcp_port)
        for listen in listens:
            yield from _listening(listen)


def _listening(listen: Listen) -> Iterator[Finding]:
    ports = {"UDP": (listen.port, socket.SOCK_DGRAM), "TCP": (listen.tcp_port, socket.SOCK_STREAM)}
    for name, (port, kind) in ports.items():
        if port:  # any free one is found when it starts
            yield _bindable(f"media {name} {listen.bind} port {port}", listen.bind, port, kind)


def _bindable(what: str, address: str, port: int, kind: socket.SocketKind) -> Finding:
    try:
        bound(address, port, kind).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return Finding(what, State.WARNING, "taken: is it running already?")
        return Finding(what, State.FAILED, "not an address of this machine, or not allowed")
    return Finding(what, State.OK, "free")


async def _dimse(settings: Settings) -> list[Finding]:
    what = f"DIMSE server {settings.dimse_ae_title}, port {settings.dimse_port}"
    if not settings.dimse_port:
        return [Finding("DIMSE server", State.OK, "off (TELEHEALTH_DIMSE_PORT=0)")]
    peers = await _known_peers(settings)
    if not peers:
        detail = "off until a PACS peer is added on the admin page"
        return [Finding(what, State.OK, detail)]
    files = (settings.dimse_tls_certificate, settings.dimse_tls_key)
    missing = [str(path) for path in files if path is not None and not path.is_file()]
    if settings.dimse_tls_port and (None in files or missing):
        detail = "DIMSE with TLS needs TELEHEALTH_DIMSE_TLS_CERTIFICATE and _KEY, readable files"
        return [Finding(what, State.FAILED, detail)]
    return [Finding(what, State.OK, f"for {peers} known peers; 'Kiểm tra' asks each of them")]


async def _known_peers(settings: Settings) -> int:
    """How many peers are known; none where the database cannot tell yet."""
    if settings.database().startswith("sqlite") and not settings.data_dir.exists():
        return 0
    database = Database(settings.database())
    try:
        async with database.reading() as tx:
            return len(await PacsStore(tx).peers())
    except (SQLAlchemyError, OSError):
        return 0
    finally:
        await database.close()


def _exposure(settings: Settings) -> Iterator[Finding]:
    secure = settings.origin().startswith("https://")
    local = settings.origin().startswith(("http://127.0.0.1", "http://localhost"))
    if not secure and not local:
        detail = "browsers give no camera or microphone without https: set TELEHEALTH_PUBLIC_URL"
        yield Finding("public address", State.FAILED, detail)
    if settings.turn_urls and not settings.turn_secret:
        detail = "nobody gets credentials for it: set TELEHEALTH_TURN_SECRET"
        yield Finding("TURN relay", State.FAILED, detail)
    if secure and not settings.turn_urls:
        detail = "sites behind strict firewalls cannot be heard: set TELEHEALTH_TURN_URLS"
        yield Finding("TURN relay", State.WARNING, detail)


def _sinks(settings: Settings) -> Iterator[Finding]:
    named = {
        "folder": settings.archive_folder,
        "PACS": settings.pacs_url,
        "FHIR": settings.fhir_url,
    }
    active = [name for name, value in named.items() if value is not None]
    if active:
        yield Finding("delivery to the record", State.OK, ", ".join(active))
    else:
        detail = "no sink is set: minutes go to 'deliveries' in the data folder only"
        yield Finding("delivery to the record", State.WARNING, detail)


async def _peer(name: str, url: str) -> Finding:
    try:
        async with asyncio.timeout(5), httpx.AsyncClient() as client:
            answer = await client.get(url)
    except (httpx.HTTPError, TimeoutError) as error:
        return Finding(name, State.FAILED, f"does not answer: {type(error).__name__}")
    return Finding(name, State.OK, f"answers (HTTP {answer.status_code})")
