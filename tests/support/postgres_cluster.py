"""A private PostgreSQL cluster on a free loopback port, gone when the block ends."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path("/usr/lib/postgresql/15/bin")


def installed() -> bool:
    """Whether Debian's server is on this machine."""
    return (BIN / "initdb").exists()


def _as_server() -> list[str]:
    # The server refuses to run as root.
    return ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(*command: str | Path) -> None:
    subprocess.run(
        [*_as_server(), *map(str, command)], check=True, cwd="/", stdout=subprocess.DEVNULL
    )


@contextmanager
def cluster() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database in a fresh cluster."""
    home = Path(tempfile.mkdtemp(prefix="pg"))
    if os.getuid() == 0:
        shutil.chown(home, "postgres")
    data, port = home / "data", _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
    try:
        _run(BIN / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N")
        _run(BIN / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(BIN / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)
