"""A whole installation as a person runs it: the `telehealth` command over a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import httpx

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
STOP_SECONDS = 30


def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Installation:
    """`telehealth <command>` in a process group of its own, ready when /readyz says so."""

    def __init__(
        self, folder: Path, *command: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output: list[str] = []
        self._command = command or ("serve",)
        self._environment = environment or {}

    def __enter__(self) -> "Installation":
        clean = {key: value for key, value in os.environ.items() if "TELEHEALTH" not in key}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "telehealth", *self._command],
            cwd=ROOT,
            env={
                **clean,
                "TELEHEALTH_DATA_DIR": str(self.folder / "var"),
                "TELEHEALTH_PORT": str(self.port),
                "TELEHEALTH_MEDIA_ADDRESSES": "127.0.0.1",
                **self._environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait_until_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if kind is not None:
            sys.stdout.write("".join(self.output[-200:]))

    def wait_until_said(self, words: str) -> str:
        """The first line of output with these words, once it is printed."""
        deadline, pause = time.monotonic() + START_SECONDS, threading.Event()
        while time.monotonic() < deadline and self._reader.is_alive():
            if line := next((line for line in self.output if words in line), None):
                return line
            pause.wait(0.05)
        raise RuntimeError(f"never said {words!r}:\n" + "".join(self.output[-50:]))

    def processes(self) -> list[int]:
        """Every living process of this data folder, whoever is its parent now."""
        mark = f"TELEHEALTH_DATA_DIR={self.folder / 'var'}\0".encode()
        return [int(place.name) for place in Path("/proc").glob("[0-9]*") if _has(place, mark)]

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self._reader.join(STOP_SECONDS)
        if self._reader.is_alive():
            raise RuntimeError("somebody of the installation still lives and holds its output")
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.returncode

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        pause = threading.Event()
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pause.wait(0.1)
        self.stop()
        raise RuntimeError("the installation did not get ready:\n" + "".join(self.output[-50:]))


def _has(process: Path, mark: bytes) -> bool:
    """Whether a process began with this environment; one that has just ended has none."""
    try:
        return mark in (process / "environ").read_bytes()
    except OSError:
        return False
