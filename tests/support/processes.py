"""Real servers as child processes of a test: never as root, ended by their own handle."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 120.0
POLL_SECONDS = 0.05


def as_user(user: str, *commands: str) -> list[str]:
    """The command line, run as `user` when we are root (servers refuse root, rightly)."""
    if os.getuid() != 0:
        return list(commands)
    return ["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", *commands]


def give_to(user: str, folder: Path) -> None:
    """Let `user` own a folder, and reach it from the root of the file system."""
    if os.getuid() != 0:
        return
    shutil.chown(folder, user)
    for parent in folder.parents:
        if parent.stat().st_mode & 0o001 == 0 and parent.stat().st_uid == 0:
            parent.chmod(parent.stat().st_mode | 0o011)


@contextmanager
def running(
    command: Sequence[str],
    ready: Callable[[], bool],
    log: Path,
    cwd: Path | None = None,
    keep: Sequence[int] = (),
    end: int = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """The process while the block runs; AssertionError with its log when it does not get ready.

    It inherits the file descriptors in `keep`. `end` is the signal that stops it.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=cwd, pass_fds=keep)
        try:
            until = time.monotonic() + START_SECONDS
            while not ready():
                alive = process.poll() is None and time.monotonic() < until
                assert alive, log.read_text(errors="replace")[-2000:]
                try:
                    process.wait(POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
            yield process
        finally:
            process.send_signal(end)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
