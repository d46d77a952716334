"""A private PostgreSQL cluster on a free loopback port, gone when the block ends."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.support.ports import free_port

VERSIONS = Path("/usr/lib/postgresql")  # Debian keeps a folder for each major version


def _tool(name: str) -> Path:
    return max(VERSIONS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))


def _run(*command: str | Path) -> None:
    as_server = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # refuses root
    subprocess.run([*as_server, *map(str, command)], check=True, cwd="/", stdout=subprocess.DEVNULL)


@contextmanager
def cluster() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database in a fresh cluster."""
    home = Path(tempfile.mkdtemp(prefix="pg"))
    if os.getuid() == 0:
        shutil.chown(home, "postgres")
    data, port = home / "data", free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
    control = (_tool("pg_ctl"), "-D", data)
    try:
        _run(_tool("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N")
        _run(*control, "-w", "-l", home / "log", "-o", f"{options} -F", "start")
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)


def fresh_database(url: str) -> str:
    """The URL of a new database, made as the template of the cluster is."""
    server, _, _ = url.rpartition("/")
    name = f"t{uuid4().hex}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"
