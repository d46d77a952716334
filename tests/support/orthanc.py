"""Debian's Orthanc with its DICOMweb plugin as a PACS, in a temporary folder, never as root."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.ports import free_port
from tests.support.processes import as_user, give_to, running

ORTHANC = shutil.which("Orthanc", path="/usr/sbin:/usr/bin") or "Orthanc"
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
USER, NAME, PASSWORD = "nobody", "hospital", "pacs-password"


@contextmanager
def orthanc(folder: Path, settings: Mapping[str, Any] | None = None) -> Iterator[str]:
    """The address of a running Orthanc; its DICOMweb root is `dicom-web/` below."""
    port = free_port()
    command = orthanc_command(folder, {"HttpPort": port, **(settings or {})})
    address = f"http://127.0.0.1:{port}/"
    with running(command, lambda: _answers(address), folder / "log", folder):
        yield address


def orthanc_command(folder: Path, settings: Mapping[str, Any]) -> list[str]:
    """What runs it on this folder, where it may have run before."""
    configuration = {
        "Name": "TESTPACS",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "DicomPort": free_port(),
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {NAME: PASSWORD},
        "OverwriteInstances": False,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        **settings,
    }
    (folder / "storage").mkdir(exist_ok=True)
    give_to(USER, folder / "storage")
    (folder / "orthanc.json").write_text(json.dumps(configuration))
    (folder / "orthanc.json").chmod(0o644)
    return as_user(USER, ORTHANC, str(folder / "orthanc.json"))


def _answers(address: str) -> bool:
    try:
        answer = httpx.get(f"{address}dicom-web/studies", auth=(NAME, PASSWORD), timeout=2)
    except httpx.TransportError:
        return False
    return answer.status_code == 200
