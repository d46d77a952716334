"""Real processes: kept running, stopped in order, never orphaned."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from signaling.workers import Workers
from telehealth.processes import Child, keep_running
from tests.support.installation import ROOT
from tests.support.media import process_behind

# A child that writes its pid into a folder, then reads its standard input to the end.
SCRIPT = """
import os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / f"{os.getpid()}.pid").write_text(sys.stdin.readline())
sys.stdin.read()
"""

PARENT = """
import asyncio, sys
from telehealth.processes import Child, keep_running
child = Child("c", ("child_script", sys.argv[1]), {"PYTHONPATH": sys.argv[1]}, b"hello\\n")
asyncio.run(keep_running([child], asyncio.Event()))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "child_script.py").write_text(SCRIPT)
    return tmp_path


async def started(folder: Path, count: int) -> list[int]:
    """The pids of the children so far, once there are `count` and each has read its line."""
    async with asyncio.timeout(30):
        while True:
            files = list(folder.glob("*.pid"))
            if len(files) >= count and all(file.read_text() for file in files):
                return [int(file.stem) for file in sorted(files, key=os.path.getmtime)]
            await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


async def gone(pid: int) -> None:
    async with asyncio.timeout(30):
        while is_alive(pid):
            await asyncio.sleep(0.02)


async def test_a_killed_child_is_started_again_and_all_end_at_the_stop(folder: Path) -> None:
    stop = asyncio.Event()
    child = Child("c", ("child_script", str(folder)), {"PYTHONPATH": str(folder)}, b"hello\n")
    keeping = asyncio.create_task(keep_running([child], stop))
    first = (await started(folder, 1))[0]
    assert (folder / f"{first}.pid").read_text() == "hello\n"
    os.kill(first, signal.SIGKILL)
    second = (await started(folder, 2))[1]
    stop.set()
    await keeping
    assert not is_alive(first)
    assert not is_alive(second)


async def test_one_media_worker_runs_by_hand_until_told(tmp_path: Path) -> None:
    place = {"TELEHEALTH_DATA_DIR": str(tmp_path), "TELEHEALTH_MEDIA_ADDRESSES": "127.0.0.1"}
    command = [sys.executable, "-m", "telehealth", "media", "--index"]
    worker = subprocess.Popen([*command, "0"], cwd=ROOT, env=os.environ | place)
    sockets = (tmp_path / "run" / "media-0.sock",)
    async with asyncio.timeout(60):
        while not sockets[0].exists():
            await asyncio.sleep(0.02)
    (reply,) = await Workers(sockets).stats()
    assert json.loads(reply.body)["rooms"] == 0
    pid = process_behind(sockets[0])
    worker.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(worker.wait, 30) == 0
    assert not is_alive(pid)
    wrong = subprocess.run([*command, "1"], cwd=ROOT, env=os.environ | place, capture_output=True)
    assert (wrong.returncode, b"no media worker 1" in wrong.stderr) == (1, True)


async def test_a_killed_parent_leaves_nobody_behind(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(folder)], cwd=ROOT)
    child = (await started(folder, 1))[0]
    parent.kill()
    parent.wait()
    await gone(child)
