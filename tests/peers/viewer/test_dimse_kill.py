"""The DIMSE process as it runs: killed in the middle, nothing that it acknowledged is lost."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pydicom

from tests.integration.scheduling.steps import MONDAY
from tests.support.conference import conference
from tests.support.dimse import DCMTK, a_peer, know, listening, stored_files
from tests.support.image_room import CT_SMALL
from tests.support.installation import ROOT
from tests.support.ports import free_port
from tests.support.processes import running


def many(folder: Path, count: int) -> Path:
    folder.mkdir()
    dataset = pydicom.dcmread(CT_SMALL)
    for number in range(count):
        dataset.SOPInstanceUID = f"1.2.826.0.1.88.{number + 1}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(folder / f"{number}.dcm")
    return folder


async def test_pa3_killed_while_receiving_loses_nothing_acknowledged(tmp_path: Path) -> None:
    port = free_port()
    async with conference(tmp_path, MONDAY) as meeting:
        await know(meeting, a_peer("DCMTK"))
        environment = {
            "TELEHEALTH_DATA_DIR": str(tmp_path),
            "TELEHEALTH_DIMSE_HOST": "127.0.0.1",
            "TELEHEALTH_DIMSE_PORT": str(port),
        }
        settings = [f"{name}={value}" for name, value in environment.items()]
        command = ["/usr/bin/env", "-C", str(ROOT), *settings, sys.executable, "-m", "telehealth"]
        send = [
            str(DCMTK / "storescu"), "-v", "-aet", "DCMTK", "-aec", "TELEHEALTH", "+sd",
            "127.0.0.1", str(port), str(many(tmp_path / "many", 150)),
        ]  # fmt: skip
        log = tmp_path / "log"
        with running([*command, "dimse"], listening(port), log) as process:
            sender = await asyncio.create_subprocess_exec(
                *send, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            assert sender.stdout is not None
            acknowledged = 0
            async for line in sender.stdout:
                if b"Received Store Response (Success)" in line:
                    acknowledged += 1
                if acknowledged == 20:
                    os.kill(process.pid, signal.SIGKILL)
            await sender.wait()
        assert 20 <= acknowledged < 150
        kept = await stored_files(meeting)
        assert acknowledged <= len(kept) <= acknowledged + 1
        with running([*command, "dimse"], listening(port), log):
            again = await asyncio.create_subprocess_exec(
                *send, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.STDOUT
            )
            assert await again.wait() == 0
        assert len(await stored_files(meeting)) == 150
        assert not list((tmp_path / "dimse").iterdir())
