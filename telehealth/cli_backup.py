"""`telehealth backup` and `telehealth restore`."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from telehealth import backup as backups
from telehealth.backup_database import DatabaseToolFailed
from telehealth.backup_files import BackupDamaged
from telehealth.cli_database import now
from telehealth.settings import Settings

Result = TypeVar("Result")
_REFUSALS = (BackupDamaged, backups.NotEmpty, DatabaseToolFailed)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def backup(settings: Settings, folder: Path) -> None:
    """Copy database and files into FOLDER while the product runs.

    A second backup into the same FOLDER copies only what is new. Every file is read back and
    compared by SHA-256; backup.json in FOLDER lists them and is written last.
    """
    if folder.resolve().is_relative_to(settings.data_dir.resolve()):
        raise click.ClickException("a backup does not belong into the data folder")
    made = _with_bar(
        "backup",
        lambda: backups.bytes_to_copy(settings),
        lambda progress: backups.back_up(settings, folder, now(), progress),
    )
    click.echo(f"{len(made.files)} files, {made.database} at revision {made.revision}: {folder}")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def restore(settings: Settings, folder: Path) -> None:
    """Fill an empty data folder, or an empty PostgreSQL database, from the backup in FOLDER.

    Every file is compared with backup.json before anything is written.
    """
    made = _with_bar(
        "restore",
        lambda: backups.bytes_kept(folder),
        lambda progress: backups.restore(settings, folder, progress),
    )
    click.echo(f"{len(made.files)} files of {made.made_at}; now run 'telehealth migrate'")


def _with_bar(
    label: str, length: Callable[[], int], work: Callable[[Callable[[int], None]], Result]
) -> Result:
    try:
        with click.progressbar(length=length(), label=label) as bar:
            return work(bar.update)
    except _REFUSALS as error:
        raise click.ClickException(str(error)) from None
    except SQLAlchemyError as error:
        reason = type(error).__name__
        raise click.ClickException(f"the database does not answer ({reason})") from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or label}: {error.strerror}") from None
