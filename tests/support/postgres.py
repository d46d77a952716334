"""A PostgreSQL cluster of its own for a test run, on a Unix socket in a temporary folder."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.support.processes import as_user, give_to, running

BIN = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"


@contextmanager
def postgres_cluster(folder: Path) -> Iterator[str]:
    """The libpq connection string of a running cluster without durability (tests only)."""
    give_to(USER, folder)
    data = folder / "data"
    subprocess.run(
        as_user(USER, str(BIN / "initdb"), "-D", str(data), "-A", "trust", "-U", USER, "-N"),
        check=True,
        capture_output=True,
        cwd=folder,
    )
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    command = as_user(USER, str(BIN / "postgres"), "-D", str(data), "-F", *options)
    address = f"host={folder} user={USER}"
    with running(command, lambda: _answers(address), folder / "log", folder):
        yield address


def fresh_database(address: str) -> str:
    """The SQLAlchemy URL of a new database of the cluster."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(f"{address} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    host = address.split()[0].removeprefix("host=")
    return f"postgresql+psycopg://{USER}@/{name}?host={host}"


def _answers(address: str) -> bool:
    try:
        psycopg.connect(f"{address} dbname=postgres").close()
    except psycopg.OperationalError:
        return False
    return True
