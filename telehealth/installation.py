"""One whole installation on one machine: which processes run, in which order."""

import asyncio

from telehealth import media
from telehealth.database import Database
from telehealth.migrate import upgrade
from telehealth.processes import Child, keep_running
from telehealth.settings import Settings


def children(settings: Settings) -> list[Child]:
    """The processes of one installation; they read the same settings from the environment."""
    place = settings.archive_folder  # the demo chooses one: both must know it
    record = {"TELEHEALTH_ARCHIVE_FOLDER": str(place.resolve())} if place else {}
    return [
        *media.children(settings),
        Child("web", ("telehealth", "web"), record),
        Child("worker", ("telehealth", "worker"), record),
        Child("recorder", ("telehealth", "recorder")),
        *([Child("dimse", ("telehealth", "dimse"))] if settings.dimse_port else []),
    ]


def make_folders(settings: Settings) -> None:
    """The data folder, and where the media workers listen."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    for path in media.socket_paths(settings):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


async def migrate(settings: Settings) -> None:
    """Make the folders and bring the database to the newest revision."""
    make_folders(settings)
    database = Database(settings.database())
    try:
        await upgrade(database)
    finally:
        await database.close()


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Migrate, then keep every process running until `stop`."""
    await migrate(settings)
    await keep(settings, stop)


async def keep(settings: Settings, stop: asyncio.Event) -> None:
    """Keep every process of a migrated installation running until `stop`."""
    await keep_running(children(settings), stop)
