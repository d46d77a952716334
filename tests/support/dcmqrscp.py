"""DCMTK's dcmqrscp as a PACS that DIMSE alone reaches."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.dimse import DCMTK, listening
from tests.support.processes import running

AE_TITLE = "QRSCP"
_CONFIGURATION = """
NetworkTCPPort  = {port}
MaxPDUSize      = 131072
MaxAssociations = 16

HostTable BEGIN
ours = (TELEHEALTH, 127.0.0.1, {ours})
HostTable END

VendorTable BEGIN
VendorTable END

AETable BEGIN
{title}  {storage}  RW  (200, 1024mb)  ANY
AETable END
"""


@contextmanager
def dcmqrscp(folder: Path, port: int, our_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A running archive that knows us at `our_port`."""
    storage = folder / "storage"
    storage.mkdir(parents=True)
    text = _CONFIGURATION.format(port=port, ours=our_port, title=AE_TITLE, storage=storage)
    (folder / "dcmqrscp.cfg").write_text(text)
    command = [str(DCMTK / "dcmqrscp"), "-c", str(folder / "dcmqrscp.cfg")]
    with running(command, listening(port), folder / "log", folder) as process:
        yield process


def signal_all(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the archive and the child that it forked for each association."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    for pid in (process.pid, *map(int, children.split())):
        os.kill(pid, number)
