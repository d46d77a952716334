"""The gateway process: receives from the hospital's machines, sends on, shows its state."""

import asyncio
import logging
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from starlette.applications import Starlette

from telehealth.gateway_asking import askable
from telehealth.gateway_desk import GatewayDesk
from telehealth.gateway_home import (
    CONFIG,
    Config,
    ConfigWrong,
    GatewayIdentity,
    NearConfig,
    write_fresh_config,
)
from telehealth.gateway_near import NearFetching, NearShelf, near_app
from telehealth.gateway_page import GatewayPage
from telehealth.gateway_sending import Sending
from viewer.dimse_admission import Bounds
from viewer.dimse_server import DimseServer
from viewer.errors import PeerInvalid
from viewer.gateway_queue import GatewayQueue
from viewer.gateway_rules import Rates

log = logging.getLogger(__name__)

_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_BROWSERS_MAX: Final = 200
_QUIET: Final[Mapping[str, Any]] = {
    "loop": "none",
    "log_config": None,
    "access_log": False,
    "timeout_graceful_shutdown": 2,
}


def now() -> datetime:
    """The clock of the gateway: aware UTC."""
    return datetime.now(UTC)


async def enrol(home: Path, server: str, code: str) -> GatewayIdentity:
    """Exchange the code for an identity, kept in `home`. Raises ConfigWrong in plain words."""
    try:
        async with httpx.AsyncClient(base_url=server, timeout=_TIMEOUT) as client:
            answer = await client.post("/api/gateway/enrol", json={"code": code})
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise ConfigWrong(f"{server} cannot be reached: {type(error).__name__}") from None
    if answer.status_code == httpx.codes.FORBIDDEN:
        raise ConfigWrong("the code is wrong, used or older than a day: ask for another one")
    if answer.status_code != httpx.codes.OK:
        raise ConfigWrong(f"{server} is not a case conference server (HTTP {answer.status_code})")
    identity = GatewayIdentity.model_validate_json(answer.content)
    identity.write(home)
    write_fresh_config(home, server)
    return identity


async def run(home: Path, stop: asyncio.Event) -> None:
    """Receive and deliver until `stop`. Raises ConfigWrong before anything is received."""
    config, identity = Config.read(home), GatewayIdentity.read(home)
    try:
        peers = [each.peer(identity.facility_id) for each in config.peer]
    except PeerInvalid as error:
        raise ConfigWrong(f"{home / CONFIG}: peer{error.pointer}: {error.detail}") from None
    askable(home, config, identity)
    queue = await asyncio.to_thread(GatewayQueue, home / "queue")
    tempfile.tempdir = str(queue.receiving)  # pynetdicom receives into temporary files
    async with AsyncExitStack() as receivers:
        _receive(config, GatewayDesk(peers, queue), receivers)
        await _deliver(home, config, identity, queue, stop)


def _receive(config: Config, desk: GatewayDesk, receivers: AsyncExitStack) -> None:
    """Listen, also by TLS where that is set up; `receivers` stops what listens."""
    own, ports = config.own(), [(config.port, False)]
    if config.tls is not None:
        ports.append((config.tls.port, True))
    for port, tls in ports:
        address = (config.host, port)
        try:
            server = DimseServer(own, address, desk, Bounds(), tls, services=(Verification,))
        except OSError as error:
            why = error.strerror or error  # what ssl says of a certificate has no number
            raise ConfigWrong(f"cannot listen on {config.host}:{port}: {why}") from None
        receivers.push_async_callback(asyncio.to_thread, server.stop)
        log.info("gateway receives host=%s port=%d tls=%s peers=%d", *address, tls, len(desk.known))


async def _deliver(
    home: Path, config: Config, identity: GatewayIdentity, queue: GatewayQueue, stop: asyncio.Event
) -> None:
    headers = {"Authorization": f"Bearer {identity.secret}"}
    server = str(config.server).rstrip("/")
    async with httpx.AsyncClient(base_url=server, headers=headers, timeout=_TIMEOUT) as client:
        sending = Sending(queue, client, Rates.parse(config.rate), now)
        page = GatewayPage(identity.name, home, sending)
        async with asyncio.TaskGroup() as group:
            if config.near is not None:
                shelf = NearShelf(home / "near")
                sending.near = _fetching(config.near, shelf, sending)
                group.create_task(sending.near.run(stop))
                group.create_task(_give(config.near, near_app(shelf, origin_of(server)), stop))
            group.create_task(sending.run(stop))
            group.create_task(sending.tell(stop))
            if config.status_port:
                where = uvicorn.Config(page.app(), config.status_host, config.status_port, **_QUIET)
                group.create_task(_serve(where, stop))


def _fetching(near: NearConfig, shelf: NearShelf, sending: Sending) -> NearFetching:
    limit = int(near.disk_gib * (1 << 30))
    ways = sending.is_busy, sending.rest
    return NearFetching(shelf, sending.client, near.address, limit, *ways)


async def _give(near: NearConfig, app: Starlette, stop: asyncio.Event) -> None:
    where = uvicorn.Config(
        app,
        near.host,
        near.port,
        ssl_certfile=near.certificate,
        ssl_keyfile=near.key,
        limit_concurrency=_BROWSERS_MAX,
        **_QUIET,
    )
    await _serve(where, stop)


def origin_of(server: str) -> str:
    """The origin of pages from the server (RFC 6454)."""
    url = httpx.URL(server)
    return f"{url.scheme}://{url.netloc.decode()}"


async def _serve(where: uvicorn.Config, stop: asyncio.Event) -> None:
    """A signal that uvicorn hears itself is raised once more when it has stopped, for `stop`."""
    server = uvicorn.Server(where)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    stopping.cancel()
