"""A database as one file and back: SQLite by its own backup, PostgreSQL by pg_dump."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

NAMES: Final = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


class DatabaseToolFailed(Exception):
    """pg_dump or pg_restore is not there or refuses; its words are for the operator."""


def kind_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def dump(url: str, target: Path) -> None:
    """One consistent state, while others read and write. Raises DatabaseToolFailed."""
    target.unlink(missing_ok=True)
    if kind_of(url) == "sqlite":
        with closing(sqlite3.connect(_place(url))) as live, closing(sqlite3.connect(target)) as to:
            live.backup(to)
            # A file that is read alone must not look for a log beside it.
            to.execute("PRAGMA journal_mode=DELETE")
    else:
        _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={target}")


def load(url: str, source: Path) -> None:
    """Fill an empty database. Raises DatabaseToolFailed."""
    if kind_of(url) == "sqlite":
        with closing(sqlite3.connect(source)) as kept, closing(sqlite3.connect(_place(url))) as to:
            kept.backup(to)
    else:
        options = ("--no-owner", "--single-transaction", "--exit-on-error")
        _run("pg_restore", url, *options, f"--dbname={make_url(url).database}", f"{source}")


def is_sqlite_there(url: str) -> bool:
    """Whether a SQLite database lies at this address already."""
    return kind_of(url) == "sqlite" and Path(_place(url)).exists()


def _place(url: str) -> str:
    return make_url(url).database or ""


def _run(tool: str, url: str, *options: str) -> None:
    """The password goes by the environment: a command line can be read by everybody."""
    parts = make_url(url)
    told = {
        "PGHOST": parts.host,
        "PGPORT": parts.port and str(parts.port),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
    }
    environment = {**os.environ, **{name: value for name, value in told.items() if value}}
    try:
        subprocess.run([tool, *options], env=environment, check=True, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise DatabaseToolFailed(f"{tool} is needed: install postgresql-client") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace")[-500:]
        raise DatabaseToolFailed(f"{tool}: {said}") from None
