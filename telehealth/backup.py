"""`telehealth backup` and `restore`: database first, then the bytes it names, each proven by hash.

Blobs never change and packs are only added to, so what is copied after the database holds all that
the database names, while people go on working.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from alembic.runtime.migration import MigrationContext

from telehealth import backup_database
from telehealth.backup_files import (
    LIST_NAME,
    BackupDamaged,
    BackupList,
    Kept,
    copied,
    hashed,
    tree,
)
from telehealth.database import Database
from telehealth.sealing import KEY_FILE
from telehealth.settings import Settings

Progress = Callable[[int], None]
BLOBS: Final = "blobs"
FOLDERS: Final = (BLOBS, "images/packs")
FILES: Final = ("media-key.json", KEY_FILE)


class NotEmpty(Exception):
    """A restore never writes over an installation."""


def bytes_to_copy(settings: Settings) -> int:
    """For a progress bar: about how much a backup reads."""
    return sum((settings.data_dir / name).stat().st_size for name in _names(settings.data_dir))


def bytes_kept(folder: Path) -> int:
    """For a progress bar: how much a restore reads. Raises BackupDamaged."""
    return 2 * sum(each.size for each in BackupList.read(folder).files.values())


def back_up(settings: Settings, folder: Path, now: datetime, progress: Progress) -> BackupList:
    """Copy everything into `folder`; what an earlier backup left there is used again.

    Raises BackupDamaged when a blob is not what its name says, DatabaseToolFailed.
    """
    kind = backup_database.kind_of(settings.database())
    if kind == "sqlite" and not backup_database.is_sqlite_there(settings.database()):
        raise BackupDamaged(f"{settings.data_dir} holds no database: nothing to back up")
    revision = asyncio.run(_revision(settings))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / LIST_NAME).unlink(missing_ok=True)  # until this one is whole, there is none
    database = folder / backup_database.NAMES[kind]
    backup_database.dump(settings.database(), database)
    files = {database.name: hashed(database, _silent)}
    for name in _names(settings.data_dir):
        files[name] = copied(settings.data_dir / name, folder / name, progress)
        _require_true(name, files[name])
    made = BackupList(now.isoformat(), revision, kind, files)
    made.write(folder)
    return made


def restore(settings: Settings, folder: Path, progress: Progress) -> BackupList:
    """Fill an empty data folder; every file is checked before the first is written.

    The database comes last: an interrupted restore may be run again.

    Raises BackupDamaged, NotEmpty, DatabaseToolFailed.
    """
    kept = BackupList.read(folder)
    url = settings.database()
    if backup_database.kind_of(url) != kept.database:
        raise BackupDamaged(f"the backup is of {kept.database}: set TELEHEALTH_DATABASE_URL so")
    if backup_database.is_sqlite_there(url):
        raise NotEmpty(f"{settings.data_dir} holds an installation already")
    _check(folder, kept, progress)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = backup_database.NAMES[kept.database]
    for name, expected in kept.files.items():
        if name != database:
            _require_same(name, copied(folder / name, settings.data_dir / name, progress), expected)
    for name in kept.files.keys() & set(FILES):
        (settings.data_dir / name).chmod(0o600)
    backup_database.load(url, folder / database)
    return kept


def _check(folder: Path, kept: BackupList, progress: Progress) -> None:
    for name, expected in kept.files.items():
        try:
            found = hashed(folder / name, progress)
        except FileNotFoundError:
            raise BackupDamaged(f"{name} is missing") from None
        _require_same(name, found, expected)


def _names(data_dir: Path) -> list[str]:
    found = [name for folder in FOLDERS for name in tree(data_dir, folder)]
    return found + [name for name in FILES if (data_dir / name).is_file()]


def _require_true(name: str, kept: Kept) -> None:
    """A blob lies under its own hash, `blobs/ab/cdef...`."""
    if name.startswith(f"{BLOBS}/") and "".join(Path(name).parts[1:]) != kept.sha256:
        raise BackupDamaged(f"{name} is not what its name says")


def _require_same(name: str, found: Kept, expected: Kept) -> None:
    if found != expected:
        raise BackupDamaged(f"{name} is not what was backed up")


def _silent(_count: int) -> None:
    """The database is not in the progress bar: its size is known afterwards only."""


async def _revision(settings: Settings) -> str:
    """The revision of the database; it must be one that this code can read."""
    database = Database(settings.database())
    try:
        async with database.engine.connect() as connection:
            found = await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    finally:
        await database.close()
    if found is None:
        raise BackupDamaged("the database was never migrated: nothing to back up")
    return found
