"""A pool whose process is killed with -9 leaves nobody behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.installation import ROOT

PARENT = """
import asyncio, os, time
from viewer.pool import ProcessPool

async def main():
    pool = ProcessPool(1, 0)
    print(await pool.run(60, os.getpid), flush=True)
    await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_processes_of_a_killed_parent_end(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) > 0
        parent.send_signal(signal.SIGKILL)
        # The child holds the pipe too: its end is the end of the child.
        assert parent.stdout.read() == ""
