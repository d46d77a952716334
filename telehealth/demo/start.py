"""`telehealth demo`: the invented conference on the real product; a second start keeps its data."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import click
import httpx

from telehealth import installation
from telehealth.demo.images import for_case
from telehealth.demo.seed import (
    ADMINISTRATOR,
    PASSWORD,
    SeededCase,
    accounts,
    is_seeded,
    seed,
    seeded_cases,
)
from telehealth.images import Images
from telehealth.parts import Parts
from telehealth.settings import Settings
from telehealth.web_process import open_parts
from viewer.intake import Sender
from viewer.upload import NewUpload

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
    async with open_parts(settings) as parts:
        await _seed_once(parts, images)
    telling = asyncio.create_task(_tell_when_ready(settings, stop))
    await installation.keep(settings, stop)
    await telling


def with_record_folder(settings: Settings) -> Settings:
    """The demo's record is a folder beside its data, unless another place is configured."""
    if settings.archive_folder or settings.pacs_url or settings.fhir_url:
        return settings
    folder = settings.data_dir / "record"
    folder.mkdir(parents=True, exist_ok=True)
    return settings.model_copy(update={"archive_folder": folder})


async def _seed_once(parts: Parts, images: Path | None) -> None:
    async with parts.database.reading() as tx:
        if await is_seeded(tx):
            return
    hashed = parts.identity.hash_password(PASSWORD)
    async with parts.database.transaction() as tx:
        await seed(tx, hashed, parts.clock())
        cases = await seeded_cases(tx, parts.clock())
    if parts.images is not None:
        await _add_images(parts.images, cases, images)


async def _add_images(images: Images, cases: list[SeededCase], folder: Path | None) -> None:
    """Upload what each case asks for, by the same way in as a doctor's browser."""
    wanted = [(case, one) for case in cases for one in case.wanted]
    with click.progressbar(wanted, label="images of the invented patients") as progress:
        for case, one in progress:
            files = await asyncio.to_thread(for_case, one, folder)
            sender = Sender(case.case_id, case.facility_id, case.presenter_id)
            for number, data in enumerate(files):
                await _upload(images, sender, f"{one.modality}/{number + 1:04d}.dcm", data)


async def _upload(images: Images, sender: Sender, name: str, data: bytes) -> None:
    upload = await images.intake.create(sender, NewUpload(len(data), name, has_body=True))
    await images.intake.append(upload, 0, len(data), _once(data))
    finished = await images.intake.finish(upload)
    if finished.state == "refused":
        log.warning("demo image refused reason=%s", finished.reason)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _tell_when_ready(settings: Settings, stop: asyncio.Event) -> None:
    """Print address and accounts as soon as the first page can be opened."""
    address = f"http://127.0.0.1:{settings.port}"
    async with httpx.AsyncClient() as client:
        while not stop.is_set():
            try:
                if (await client.get(f"{address}/readyz")).status_code == httpx.codes.OK:
                    break
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
    if not stop.is_set():
        click.echo(_welcome(address))


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
