"""`telehealth demo`: the invented conference on the real product; a second start keeps its data."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
import httpx
from argon2 import PasswordHasher

from telehealth import installation
from telehealth.cli_database import now
from telehealth.database import Database
from telehealth.demo import memory
from telehealth.demo.arrival import TIMEOUT_SECONDS, Arrival, by_tenths
from telehealth.demo.memory import Memory
from telehealth.demo.seed import (
    ADMINISTRATOR,
    PASSWORD,
    SeededCase,
    accounts,
    is_seeded,
    seed,
    seeded_cases,
)
from telehealth.settings import Settings

log = logging.getLogger(__name__)

# The people of the story in the order of the week, with what each does.
CAST = {
    "coord.hub": "điều phối viên bệnh viện trung ương / hub coordinator",
    "chair1": "chủ tọa / chair",
    "sec1": "thư ký / secretary",
    "pr.nk": "bác sĩ trình bệnh, Nậm Khê / presenting doctor",
    "sp.neuro": "chuyên gia ngoại thần kinh / neurosurgeon",
    "sp.rad": "chuyên gia chẩn đoán hình ảnh / radiologist",
    ADMINISTRATOR: "quản trị, nhật ký truy cập / administrator, audit",
}


async def run(settings: Settings, images: Path | None, stop: asyncio.Event) -> None:
    """Seed on the first run, tell who may sign in, serve until `stop`."""
    settings = with_record_folder(settings)
    await installation.migrate(settings)
    known = await _seeded(settings, images)
    receiving = asyncio.create_task(_until(stop, _receive_guests(settings, known)))
    await installation.keep(settings, stop)
    await receiving


def with_record_folder(settings: Settings) -> Settings:
    """The demo's record is a folder beside its data, unless another place is configured."""
    if settings.archive_folder or settings.pacs_url or settings.fhir_url:
        return settings
    folder = settings.data_dir / "record"
    folder.mkdir(parents=True, exist_ok=True)
    return settings.model_copy(update={"archive_folder": folder})


async def _seeded(settings: Settings, images: Path | None) -> Memory:
    """People and cases; images follow when the server answers. Another start finds what is there.

    The memory is written first: a start that is killed in between seeds again.
    """
    known = memory.recalled(settings.data_dir)
    database = Database(settings.database())
    try:
        async with database.transaction() as tx:
            if await is_seeded(tx):
                return known or Memory(seeded_at=now(), arrived=True)
            fresh = Memory(seeded_at=now(), images=images)
            memory.keep(settings.data_dir, fresh)
            await seed(tx, PasswordHasher().hash(PASSWORD), fresh.seeded_at)
            return fresh
    finally:
        await database.close()


async def _receive_guests(settings: Settings, known: Memory) -> None:
    """When the first page can be opened: tell who may sign in, then let the images arrive."""
    address = f"http://127.0.0.1:{settings.port}"
    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client:
        await _ready(client)
        click.echo(_welcome(str(settings.public_url or address).rstrip("/")))
        if known.arrived:
            return
        try:
            count = await Arrival(client, known.images, by_tenths(click.echo)).run(
                await _cases(settings, known)
            )
        except httpx.HTTPError as error:
            log.warning("demo images interrupted error=%s", type(error).__name__)
            click.echo("  Chưa nhận hết ảnh: lần chạy sau nhận tiếp / the next start goes on")
            return
    memory.keep(settings.data_dir, known.model_copy(update={"arrived": True}))
    click.echo(f"  Đã nhận đủ {count.done} ảnh / all {count.done} images are in")


async def _ready(client: httpx.AsyncClient) -> None:
    while True:
        try:
            if (await client.get("/readyz")).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            await asyncio.sleep(0.1)


async def _cases(settings: Settings, known: Memory) -> list[SeededCase]:
    """In the order in which the week discusses them."""
    database = Database(settings.database())
    try:
        async with database.reading() as tx:
            return await seeded_cases(tx, known.seeded_at)
    finally:
        await database.close()


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, or as much of it as there is time for."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


def _welcome(address: str) -> str:
    names = {account.username: account.full_name for account in accounts()}
    lines = [f"  {name:10} {names[name]:22} {role}" for name, role in CAST.items()]
    return "\n".join(
        [
            "",
            f"  Hội chẩn từ xa: {address}",
            "",
            *lines,
            "",
            f"  Mật khẩu / password: {PASSWORD}        Ctrl-C: dừng / stop",
            "",
        ]
    )
