"""The gateway as it runs in a hospital: no line, a power cut, and all that was sent arrives."""

import asyncio
import os
import signal
import sys
from io import BytesIO
from pathlib import Path

import httpx
from pydicom import dcmread

from tests.integration.scheduling.steps import MONDAY
from tests.peers.viewer.test_dimse_kill import many
from tests.peers.viewer.test_dimse_tls import certificate
from tests.support.dimse import dcmtk, listening, stored_files
from tests.support.gateways import configure, enrolled
from tests.support.image_doors import image_conference, served
from tests.support.image_room import CT_SMALL
from tests.support.installation import ROOT
from tests.support.ports import free_port
from tests.support.processes import running

COUNT = 40


async def test_days_without_a_line_and_a_power_cut_lose_nothing(tmp_path: Path) -> None:
    home, port, page = tmp_path / "home", free_port(), free_port()
    command = running_from(home)
    send = ["-aet", "DCMTK", "-aec", "TELEHEALTH", "+sd", "127.0.0.1", port]
    async with (
        image_conference(tmp_path, MONDAY) as (meeting, _),
        served(meeting) as url,
    ):
        await enrolled(meeting, url, home)
        configure(home, f"http://127.0.0.1:{free_port()}", port, page)
        with running(command, listening(port), tmp_path / "log") as process:
            sent = await dcmtk("storescu", *send, many(tmp_path / "many", COUNT))
            assert sent.code == 0, sent.output
            stranger = await dcmtk("echoscu", "-aet", "OTHER", "-aec", "TELEHEALTH", *send[-2:])
            assert stranger.code != 0
            os.kill(process.pid, signal.SIGKILL)  # acknowledged to the PACS, sent to nobody
            process.wait()
        assert await stored_files(meeting) == []
        configure(home, url, port, page)
        with running(command, listening(page), tmp_path / "log"):
            await _delivered(f"http://127.0.0.1:{page}")
        assert len(await stored_files(meeting)) == COUNT
        assert not any((home / "queue" / "waiting").iterdir())


async def test_who_must_send_by_tls_is_taken_by_tls_only(tmp_path: Path) -> None:
    home, port, tls_port, page = tmp_path / "home", free_port(), free_port(), free_port()
    ours, theirs = certificate(tmp_path, "ours"), certificate(tmp_path, "theirs")
    files = {"certificate": ours.certificate, "key": ours.key, "authorities": theirs.certificate}
    lines = "".join(f'{name} = "{path}"\n' for name, path in files.items())
    who = ["-aet", "DCMTK", "-aec", "TELEHEALTH"]
    shown = ["+tls", theirs.key, theirs.certificate, "+cf", ours.certificate]
    async with (
        image_conference(tmp_path, MONDAY) as (meeting, _),
        served(meeting) as url,
    ):
        await enrolled(meeting, url, home)
        configure(home, url, port, page, f"tls = true\n[tls]\nport = {tls_port}\n{lines}")
        with running(running_from(home), listening(page), tmp_path / "log"):
            plain = await dcmtk("storescu", *who, "127.0.0.1", port, CT_SMALL)
            assert plain.code != 0
            stranger = ["+tls", ours.key, ours.certificate, "+cf", ours.certificate]
            assert (await dcmtk("echoscu", *stranger, *who, "localhost", tls_port)).code != 0
            sent = await dcmtk("storescu", *shown, *who, "localhost", tls_port, CT_SMALL)
            assert sent.code == 0, sent.output
            await _delivered(f"http://127.0.0.1:{page}")
        (stored,) = await stored_files(meeting)
        assert dcmread(BytesIO(stored)).PixelData == dcmread(CT_SMALL).PixelData


def running_from(home: Path) -> list[str]:
    """The command that the service manager of a hospital's computer runs."""
    command = ["/usr/bin/env", "-C", str(ROOT), sys.executable, "-m", "telehealth"]
    return [*command, "gateway", "run", "--home", str(home)]


async def _delivered(page: str) -> None:
    """The gateway's own page says that nothing waits any more."""
    async with httpx.AsyncClient(base_url=page) as client, asyncio.timeout(60):
        while (state := (await client.get("/status.json")).json())["waiting_files"]:
            await asyncio.sleep(0.05)
        assert (state["trouble"], state["refused_files"]) == ("", 0)
        shown = await client.get("/", headers={"Accept-Language": "vi"})
    assert "Đang hoạt động bình thường." in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
